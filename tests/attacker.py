"""Somebody who has every byte of the store after every write, and knows the program (promise 17).

They want single conversations back: which channel, language and need belonged together. What they
can do: read the file; read what a write-ahead log holds besides, commit by commit; compare copies;
line up what grew in each dimension, as if every conversation had a fact in each; and guess.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

Triple = tuple[str, ...]  # a value of each dimension
State = Counter[tuple[str, str, str]]  # what the table says: (month, dimension, value) -> n
HEAD, FRAME_HEAD = 32, 24  # bytes of a write-ahead log


@dataclass(frozen=True)
class Copy:
    """All files of a store at one moment: their bytes by how their names end."""

    files: Mapping[str, bytes]

    @classmethod
    def of(cls, path: Path) -> Copy:
        found = path.parent.glob(f"{path.name}*")
        return cls({file.name.removeprefix(path.name): file.read_bytes() for file in found})


def history(copies: Sequence[Copy]) -> list[State]:
    """Every state of the table that the copies show, in order, without repeats."""
    states: list[State] = [Counter()]
    for copy in copies:
        for state in _states(copy):
            if state != states[-1]:
                states.append(state)
    return states


def _states(copy: Copy) -> Iterator[State]:
    """What one copy shows: the file alone, and after each commit of its log."""
    log = copy.files.get("-wal", b"")
    page = int.from_bytes(copy.files[""][16:18]) or 4096
    commits = [HEAD]
    for start in range(HEAD, len(log), FRAME_HEAD + page):
        if any(log[start + 4 : start + 8]):  # the size of the database: a commit ends here
            commits.append(start + FRAME_HEAD + page)
    for end in commits:
        with TemporaryDirectory() as folder:
            path = Path(folder, "copy")
            path.write_bytes(copy.files[""])
            Path(folder, "copy-wal").write_bytes(log[:end])
            yield _table(path)


def _table(path: Path) -> State:
    with closing(sqlite3.connect(path)) as base:
        try:
            rows = base.execute("SELECT month, dimension, value, n FROM counts").fetchall()
        except sqlite3.OperationalError:  # not made yet
            return Counter()
    return Counter({(month, dimension, value): n for month, dimension, value, n in rows})


def groups(states: Sequence[State], dimension: str) -> list[Counter[str]]:
    """What grew in a dimension between two states that differ there: groups of people."""
    found = []
    for before, after in pairwise(states):
        grown: Counter[str] = Counter()
        for (_, name, value), n in (after - before).items():
            if name == dimension:
                grown[value] += n
        if grown:
            found.append(grown)
    return found


def rebuilt(states: Sequence[State], dimensions: Sequence[str]) -> list[tuple[Triple, bool]]:
    """A guess for each conversation in the order they came, and whether it is certain.

    The commonest value of the group that a conversation must have been in; certain where the
    group has one value only, in every dimension.
    """
    by_dimension = []
    for dimension in dimensions:
        line = []
        for group in groups(states, dimension):
            value, _ = group.most_common(1)[0]
            line += [(value, len(group) == 1)] * group.total()
        by_dimension.append(line)
    return [
        (tuple(value for value, _ in each), all(sure for _, sure in each))
        for each in zip(*by_dimension, strict=False)
    ]


def right(guesses: Sequence[tuple[Triple, bool]], truth: Sequence[Triple]) -> float:
    """The share of guesses that are right."""
    hits = sum(guess == true for (guess, _), true in zip(guesses, truth, strict=False))
    return hits / max(1, len(truth))


def remains(copy: Copy, value: str) -> int:
    """How often a value's name stands in all the bytes, erased or not."""
    return sum(held.count(value.encode()) for held in copy.files.values())
