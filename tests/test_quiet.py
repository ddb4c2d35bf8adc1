"""Nothing is logged, and an uncaught error tells its type and place, never a value."""

from __future__ import annotations

import subprocess
import sys

CANARY = "203 555 0142"
LOUD = f"""
from bot import quiet
quiet.hush()
import logging, threading, warnings
logging.getLogger("httpx").warning("{CANARY}")
logging.error("{CANARY}")
warnings.warn("{CANARY}")
def fail():
    raise ValueError("{CANARY}")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
class Sore:
    def __del__(self):
        raise KeyError("{CANARY}")
sore = Sore()
del sore
fail()
"""


def test_no_library_no_warning_and_no_exception_prints_a_value() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOUD], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert CANARY not in done.stdout + done.stderr
    lines = done.stderr.splitlines()
    assert [line.split(" at ")[0] for line in lines] == [
        "waypost stopped: ValueError",
        "waypost stopped: KeyError",
        "waypost stopped: ValueError",
    ]


def test_the_canary_can_fail() -> None:
    loud = LOUD.replace("quiet.hush()", "")
    done = subprocess.run(
        [sys.executable, "-c", loud], capture_output=True, text=True, check=False
    )
    assert CANARY in done.stderr


def test_every_entry_point_is_quiet_first() -> None:
    from bot import cli

    with open(cli.__file__, encoding="utf-8") as file:
        imports = [line for line in file if line.startswith(("from ", "import "))]
    assert imports[1] == "from bot import quiet\n"
