"""Work that keeps a thread, for the scripted and for the stock server; files beside FOREDRAFT_TOLD begin and end it."""

import os
import subprocess
import time
from pathlib import Path

FOLDER = Path(os.environ.get("FOREDRAFT_TOLD", "/none")).parent
_LONGEST = 60


def busy(uri):
    """Says with the file `<name>.busy` that it began, and goes on until there is `<name>.end`."""
    name = uri.rpartition("/")[2]
    (FOLDER / f"{name}.busy").touch()
    end = time.monotonic() + _LONGEST
    while not (FOLDER / f"{name}.end").exists() and time.monotonic() < end:
        time.sleep(0.01)


def child(_):
    """Runs a program that reads its stdin, which it has from us, to the end."""
    subprocess.run(["cat"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


JOBS = {"busy": busy, "child": child}
"""By the text of the document in which completion is asked for."""
