"""Counts survive crashes: kill -9 in the middle of talk, a hundred times over (promise 21).

After each kill the file must hold exactly what was written and acknowledged, or that and the one
batch that was being written, whole. What is lost is what waited: never more than one batch of
each dimension.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.usage.model import THRESHOLD, TOTAL
from bot.usage.store import open_store
from tests.conftest import ROOT
from tests.killed import MONTH

KILLS = 100 if os.environ.get("CI") or os.environ.get("FULL") else 12
MOMENTS = "CWAWA"  # it dies after it counted, while it wrote, after it wrote
Sums = Counter[tuple[str, str]]


@dataclass
class Life:
    """What a child did, from its log."""

    counted: Sums = field(default_factory=Sums)
    written: Sums = field(default_factory=Sums)
    writing: Sums = field(default_factory=Sums)  # a batch whose end nobody heard of
    since: Counter[str] = field(default_factory=Counter)  # facts since a pile was last taken
    acknowledged: int = 0


def read(log: Path) -> Life:
    """The last line may be cut off: its deed was not done, or was not acknowledged."""
    life = Life()
    lines = log.read_text(encoding="ascii").split("\n")[:-1]
    for line in lines:
        kind, what = line[0], json.loads(line[2:])
        if kind == "C":
            life.counted.update((dimension, value) for dimension, value in what)
            life.since.update(dimension for dimension, _ in what)
            continue
        batch = Sums({(dimension, value): n for dimension, value, n in what})
        if kind == "W":
            life.writing = batch
            for name in lost_of(batch):
                life.since[name] = 0
        else:
            assert batch == life.writing
            life.written += batch
            life.writing = Sums()
            life.acknowledged += 1
    return life


def in_store(path: Path) -> Sums:
    store = open_store(str(path), make=False)
    try:
        return Sums(store.counts(MONTH, MONTH))
    finally:
        store.close()


@contextmanager
def nursery(store: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.killed", str(store)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.communicate(timeout=20)


def live_and_die(
    process: subprocess.Popen[str], seed: int, log: Path, told: tuple[str, int], seconds: float
) -> None:
    """One child, killed some time after its log has so many lines of a kind.

    By what it has done and not by the clock: a slow machine has as much to lose as a fast one.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{seed} {log}\n")
    process.stdin.flush()
    child = int(process.stdout.readline())
    kind, number = told
    until = time.monotonic() + 60
    while not log.exists() or lines_of(log, kind) < number:
        assert time.monotonic() < until, "the child does not count"
        time.sleep(0.0002)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    assert process.stdout.readline() == "gone\n"


def lines_of(log: Path, kind: str) -> int:
    return f"\n{log.read_text(encoding='ascii')}".count(f"\n{kind} ")


def lost_of(facts: Sums) -> Counter[str]:
    """How many facts of each dimension."""
    sums: Counter[str] = Counter()
    for (dimension, _), n in facts.items():
        sums[dimension] += n
    return sums


def test_kills_lose_only_what_was_not_written_and_double_nothing(
    tmp_path: Path,
) -> None:
    store, dice = tmp_path / "counts.db", random.Random(9)
    open_store(str(store), {TOTAL}).close()
    before, in_the_middle, writes = Sums(), 0, 0
    with nursery(store) as process:
        for seed in range(KILLS):
            log = tmp_path / f"log-{seed}"
            when = MOMENTS[seed % len(MOMENTS)]
            told = (when, dice.randint(1, 20 if when == "C" else 4))
            live_and_die(process, seed, log, told, dice.choice([0, dice.uniform(0, 0.005)]))
            life, after = read(log), in_store(store)
            kept = after - before
            assert kept in (life.written, life.written + life.writing), seed
            assert not kept - life.counted, "something was counted that did not happen"
            in_the_middle += bool(life.writing)
            writes += life.acknowledged
            lost = lost_of(life.counted - kept)
            being_written = lost_of(life.writing)
            for name in lost:  # a few come between the taking of a pile and the note of it
                assert lost[name] <= life.since[name] + being_written[name] + THRESHOLD, seed
            before = after
    assert writes > KILLS, "it was killed before there was anything to lose"
    assert in_the_middle > KILLS / 20, "it was never killed while it wrote"
    assert before[TOTAL] > 5 * KILLS
