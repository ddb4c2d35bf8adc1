"""One six-message conversation, timed in turn by the engine and by its peers.

Rule 1: side by side. Every round times every subject once, in an order of its own;
what is told is the median of the rounds, and of each round's own ratio.
Rule 2: the clock runs over conversations only. Books, tables and updates are made before, and
the garbage collector is off.
Rule 3: it measures and tells, and never fails anybody's work: a goal missed is a line of a table.

    python -m benchmarks.engine [--rounds N] [--quick] [--write]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import platform
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from statistics import median
from typing import Final

from benchmarks.subjects import (
    FLOWS,
    FLOWS_TIMES,
    HAND,
    OURS,
    PTB,
    SERVICES,
    SERVICES_TIMES,
    TYPED,
    WIRED,
    Subject,
    subjects,
)
from bot import load

HOME: Final = Path(__file__).parent
TODAY: Final = date(2026, 1, 5)  # of the directory: a run next year weighs old records the same
SAMPLE: Final = 0.004  # seconds: how long a subject is timed in one round


@dataclass(frozen=True, slots=True)
class Result:
    """Of one subject: microseconds a message, each round; bytes a conversation."""

    name: str
    rounds: tuple[float, ...]
    kept: float

    @property
    def micro(self) -> float:
        return median(self.rounds)


# Measuring --------------------------------------------------------------------------------


def measure(subjects: Sequence[Subject], rounds: int, people: int) -> dict[str, Result]:
    """Every subject's result, by name."""
    gc.collect()
    gc.freeze()
    gc.disable()
    times = {each.name: enough(each) for each in subjects}
    micros: dict[str, list[float]] = {each.name: [] for each in subjects}
    for number in range(rounds):
        gc.collect()
        for subject in Random(number).sample(subjects, len(subjects)):
            subject.run(1)  # or each would pay for what the one before left in the caches
            took = subject.run(times[subject.name])
            micros[subject.name].append(took / times[subject.name] / len(TYPED) * 1e6)
    gc.enable()
    gc.unfreeze()
    kept = {each.name: bytes_kept(each, people) for each in subjects}
    return {name: Result(name, tuple(micros[name]), kept[name]) for name in micros}


def enough(subject: Subject) -> int:
    """How many conversations take about SAMPLE seconds, once the caches are warm."""
    times = 1
    while (took := subject.run(times)) < SAMPLE:
        times *= 2
    return max(1, round(times * SAMPLE / took))


def bytes_kept(subject: Subject, people: int) -> float:
    """Bytes that one more live conversation takes, its place in a table included."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    held = subject.keep(people)
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del held
    return (after - before) / people


# Telling ----------------------------------------------------------------------------------


def ratio(of: Result, to: Result) -> float:
    """How many times as long `of` takes: the median of each round's own ratio."""
    return median(a / b for a, b in zip(of.rounds, to.rounds, strict=True))


def table(results: dict[str, Result]) -> list[str]:
    """One line a subject."""
    lines = [
        "| | microseconds a message | of the engine's | bytes a live conversation |",
        "|---|---:|---:|---:|",
    ]
    for each in results.values():
        part = ratio(each, results[OURS])
        lines.append(f"| {each.name} | {each.micro:.2f} | {part:.2f} | {each.kept:.0f} |")
    return lines


def goals(results: dict[str, Result]) -> list[str]:
    """One line a goal."""
    ours = results[OURS]
    hand, flows = ratio(ours, results[HAND]), ratio(results[FLOWS], ours)
    quiet, wired = ratio(results[PTB], ours), ratio(results[WIRED], ours)
    services = ratio(results[SERVICES], ours)
    told = [
        ("at most 6 times the hand-written machine", hand, hand <= 6),
        ("20 times as fast as ConversationHandler not sending", quiet, quiet >= 20),
        ("20 times as fast as ConversationHandler sending", wired, wired >= 20),
        (f"flat with {FLOWS_TIMES} times the flows (15 %)", flows, abs(flows - 1) <= 0.15),
        (
            f"flat with {SERVICES_TIMES} times the services (15 %)",
            services,
            abs(services - 1) <= 0.15,
        ),
    ]
    head = ["| goal | measured | |", "|---|---:|---|"]
    return head + [f"| {what} | {x:.2f} | {'met' if met else 'missed'} |" for what, x, met in told]


def report(results: dict[str, Result], rounds: int, people: int) -> str:
    """The tables in Markdown, and what they were measured on."""
    where = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    how = f"{rounds} rounds, {people:,} conversations kept at once"
    head = f"{date.today().isoformat()}, {where}; {how}."  # noqa: DTZ011  a day, not a moment
    return "\n".join([head, "", *table(results), "", *goals(results), ""])


def write(told: str, name: str = "result") -> None:
    """Put a report between the markers of that name in the README."""
    readme = HOME / "README.md"
    start, stop = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
    before, _, rest = readme.read_text(encoding="utf-8").partition(start)
    _, found, after = rest.partition(stop)
    if not found:
        raise SystemExit(f"README.md: the markers of '{name}' are gone; put them back")
    readme.write_text(f"{before}{start}{told}{stop}{after}", encoding="utf-8")


def main() -> None:
    """Measure, print, and write if asked."""
    options = argparse.ArgumentParser(prog="benchmarks.engine")
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument("--quick", action="store_true", help="a smoke: few rounds, few people")
    options.add_argument("--write", action="store_true", help="put the result into README.md")
    chosen = options.parse_args()
    rounds, people = (5, 50) if chosen.quick else (chosen.rounds, 10_000)
    program = load.load(HOME.parent / "flows", HOME.parent / "locales", today=TODAY)
    with asyncio.Runner() as loop:
        results = measure(subjects(program, loop), rounds, people)
    told = report(results, rounds, people)
    print(told)
    if chosen.write:
        write(told)


if __name__ == "__main__":
    main()
