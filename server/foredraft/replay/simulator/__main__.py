"""`python -m foredraft.replay.simulator`: the simulator as a process."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import stat
import sys
from collections.abc import Sequence

from foredraft.replay.simulator import ScenarioError, read_scenario, serve
from foredraft.replay.simulator.reading import packaged_scenarios

_MORE = """\
It prints one JSON line, {"url": "http://127.0.0.1:PORT"}, and serves until SIGTERM, SIGINT, or the end of a piped
standard input. Each provider of the scenario is below its own path; GET /_providers lists the addresses, for example

  URL/groq/openai/v1     URL/deepseek/beta     URL/codestral/v1     URL/ollama     URL/llamacpp

While it runs:   GET  /_log        what was asked, and what became of it (?body=1: with the latest requests' bodies)
                 POST /_reset      clear the log
                 POST /_scenario   serve another scenario from now on (YAML or JSON)

A scenario, in short (the README beside this module has it all):

  seed: 1
  latency: {first_token_ms: 120, tokens_per_second: 150}
  answers: {knows: {paths: ["src/**/*.py"], share: 0.5}}
  providers:
    groq: {key: test, limits: {requests: {minute: 30}}, faults: [{do: status, status: 503, share: 0.3}]}
    ollama:

Scenarios that come along, by name: """


def main(argv: Sequence[str]) -> int:
    """Serve a scenario until told to end. Returns 0, or 2 for a command line or scenario that cannot be used."""
    options = _parser().parse_args(argv)
    try:
        scenario = read_scenario(options.scenario)
    except ScenarioError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    try:
        asyncio.run(_serve(scenario, options.port))
    except OSError as problem:
        sys.stderr.write(f"port {options.port} of 127.0.0.1 cannot be served: {problem.strerror}; --port 0 finds one\n")
        return 2
    except KeyboardInterrupt:
        pass
    return 0


async def _serve(scenario: object, port: int) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, ended.set)
    async with serve(scenario, port) as simulator:  # type: ignore[arg-type]
        sys.stdout.write(json.dumps({"url": simulator.url}) + "\n")
        sys.stdout.flush()
        if _is_piped():
            loop.add_reader(sys.stdin.fileno(), _read, ended, loop)
        await ended.wait()


def _read(ended: asyncio.Event, loop: asyncio.AbstractEventLoop) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        loop.remove_reader(sys.stdin.fileno())
        ended.set()


def _is_piped() -> bool:
    """Somebody holds the other end of standard input; /dev/null, a file or a terminal says nothing of an end."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m foredraft.replay.simulator",
        description="Simulated model providers on 127.0.0.1: real sockets, real wire formats, no model, no key.",
        epilog=_MORE + ", ".join(packaged_scenarios()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--scenario", required=True, metavar="FILE", help="a YAML or JSON file, or a name from below")
    parser.add_argument("--port", type=int, default=0, help="the port to listen on; 0 takes a free one (default)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
