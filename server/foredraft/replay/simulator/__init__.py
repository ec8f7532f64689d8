"""Model providers without the models: real sockets on 127.0.0.1 that speak each provider's wire format, as a scenario
says: how fast, how limited, how broken, and what the models know.

    async with serve(read_scenario("fast")) as simulator:
        simulator.base("groq")  # http://127.0.0.1:PORT/groq/openai/v1
        simulator.log  # what was asked, and what became of it

`python -m foredraft.replay.simulator --help` is the same as a process. The README beside this file tells what a
scenario may say.
"""

from foredraft.replay.simulator.log import Entry
from foredraft.replay.simulator.reading import ScenarioError, parse_scenario, read_scenario
from foredraft.replay.simulator.scenario import Scenario
from foredraft.replay.simulator.server import Simulator, serve

__all__ = ["Entry", "Scenario", "ScenarioError", "Simulator", "parse_scenario", "read_scenario", "serve"]
