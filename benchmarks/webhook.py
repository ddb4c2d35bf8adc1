"""Signed webhooks from Twilio, answered in turn by our door and by its peers.

Rule 1: side by side. Every server runs all the time, on the same core; every round calls each of
them once, in an order of its own, from another core. What is told is the median of the rounds,
and of each round's own ratio.
Rule 2: a door that does not do its work is refused, not timed: it must turn a forged message
away if it checks at all, answer 200, and end each conversation with the right answer.
Rule 3: it measures and tells, and never fails anybody's work: a goal missed is a line of a table.

    python -m benchmarks.webhook [--rounds N] [--quick] [--write]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Final

import uvloop

from benchmarks.caller import Run, Talk, call, forged, talks
from benchmarks.doors import DOORS, ECHO, ORDINARY, OURS
from benchmarks.subjects import TYPED
from webhook import server

README: Final = Path(__file__).with_name("README.md")
START, STOP = "<!-- doors -->\n", "<!-- /doors -->\n"
CONNECTIONS: Final = (1, 64)
BUSY: Final = CONNECTIONS[-1]  # the goals are about a busy server
STOP_SECONDS: Final = 10.0
WARM: Final = 64  # conversations that are not timed


@dataclass(frozen=True, slots=True)
class Running:
    """A door that is served: where, and by which process."""

    port: int
    process: subprocess.Popen[bytes]

    def cpu(self) -> float:
        """Seconds of CPU that the process has used, all its threads together.

        The number is what clock_getcpuclockid(3) of Linux makes of a process id.
        """
        return time.clock_gettime(~self.process.pid << 3 | 2)


@dataclass(frozen=True, slots=True)
class Sample:
    """Of one door in one round: answers a second; seconds of CPU an answer, p50 and p99."""

    rate: float
    cpu: float
    p50: float
    p99: float


Samples = dict[tuple[str, int], list[Sample]]  # by door and connections, one a round


# Measuring ---------------------------------------------------------------------------------


@contextmanager
def serving(key: str, core: int | None) -> Iterator[Running]:
    """A door in a process of its own, bound to `core`."""
    at = server.listen("127.0.0.1", 0)
    port, number = at.getsockname()[1], at.fileno()
    command = [sys.executable, "-m", "benchmarks.doors", key, str(number)]
    command += [] if core is None else [str(core)]
    process = subprocess.Popen(command, pass_fds=[number], stdout=subprocess.DEVNULL)  # noqa: S603  our own
    at.close()
    try:
        yield Running(port, process)
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def prove(key: str, running: Running, loop: asyncio.Runner, people: Iterator[Talk]) -> None:
    """Call a door until it is warm, before the clock starts. WrongError: it does not work."""
    door = DOORS[key]
    if door.checks:
        loop.run(call(running.port, Run(iter([forged()]), status=403), 1))
    loop.run(call(running.port, Run(islice(people, WARM), door.proof), 4))


def sample(running: Running, loop: asyncio.Runner, run: Run, connections: int) -> Sample:
    """One door, called once."""
    before = running.cpu()
    took = loop.run(call(running.port, run, connections))
    spent, answers = running.cpu() - before, len(run.times)
    shares = quantiles(run.times, n=100)
    return Sample(answers / took, spent / answers, shares[49], shares[98])


def measure(rounds: int, held: int) -> Samples:
    """Every door's samples. `held`: conversations in one of them."""
    core, people, samples = pin(), talks(), Samples()
    with ExitStack() as stack, asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        running = {key: stack.enter_context(serving(key, core)) for key in DOORS}
        for key, each in running.items():
            prove(key, each, loop, people)
        for number in range(rounds):
            for connections in CONNECTIONS:
                same = list(islice(people, held))
                for key in Random(number).sample(sorted(DOORS), len(DOORS)):
                    run = Run(iter(same), DOORS[key].proof)
                    one = sample(running[key], loop, run, connections)
                    samples.setdefault((key, connections), []).append(one)
    return samples


def pin() -> int | None:
    """Keep to one core, and give the one for the servers; None: there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return None
    os.sched_setaffinity(0, {cores[1]})
    return cores[0]


# Telling -----------------------------------------------------------------------------------


def table(samples: Samples) -> list[str]:
    """One line a door and number of connections."""
    lines = [
        "| | connections | answers a second | p50 ms | p99 ms | µs of CPU an answer |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for connections in CONNECTIONS:
        for key, door in DOORS.items():
            lines.append(line(door.name, connections, samples[key, connections]))
    return lines


def line(name: str, connections: int, of: Sequence[Sample]) -> str:
    """The medians of a door's rounds."""
    rate, cpu = median(each.rate for each in of), median(each.cpu for each in of) * 1e6
    p50, p99 = (median(times) * 1e3 for times in zip(*((s.p50, s.p99) for s in of), strict=True))
    return f"| {name} | {connections} | {rate:,.0f} | {p50:.2f} | {p99:.2f} | {cpu:.0f} |"


def goals(samples: Samples) -> list[str]:
    """One line a goal: by answers a second, and by CPU, which noise moves less; met is both."""
    lines = ["| goal | answers | CPU | |", "|---|---:|---:|---|"]
    ours = samples[OURS, BUSY]
    for what, key, least in (
        ("at least 2 times the ordinary way", ORDINARY, 2.0),
        ("at least 0.75 of the FastAPI echo", ECHO, 0.75),
    ):
        pairs = list(zip(ours, samples[key, BUSY], strict=True))
        rate = median(a.rate / b.rate for a, b in pairs)
        cpu = median(b.cpu / a.cpu for a, b in pairs)
        verdict = "met" if min(rate, cpu) >= least else "missed"
        lines.append(f"| {what} | {rate:.2f} | {cpu:.2f} | {verdict} |")
    return lines


def report(samples: Samples, rounds: int, held: int) -> str:
    """The tables in Markdown, and what they were measured on."""
    where = f"Python {platform.python_version()}, one core for the servers"
    how = f"{rounds} rounds of {held * len(TYPED):,} messages"
    head = f"{date.today().isoformat()}, {where}; {how}."  # noqa: DTZ011  a day, not a moment
    return "\n".join([head, "", *table(samples), "", *goals(samples), ""])


def write(told: str) -> None:
    """Put a report between its markers in the README."""
    before, _, rest = README.read_text(encoding="utf-8").partition(START)
    _, found, after = rest.partition(STOP)
    if not found:
        raise SystemExit("README.md: the markers of the doors are gone; put them back")
    README.write_text(f"{before}{START}{told}{STOP}{after}", encoding="utf-8")


def main() -> None:
    """Measure, print, and write if asked."""
    options = argparse.ArgumentParser(prog="benchmarks.webhook")
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--quick", action="store_true", help="a smoke: one round, few people")
    options.add_argument("--write", action="store_true", help="put the result into README.md")
    chosen = options.parse_args()
    rounds, held = (1, 64) if chosen.quick else (chosen.rounds, 512)
    told = report(measure(rounds, held), rounds, held)
    print(told)
    if chosen.write:
        write(told)


if __name__ == "__main__":
    main()
