"""What releases tell about the cells of one view, and what else an attacker may know.

Three attackers are tried before a release is made:
- the reader knows every number ever published, and what was rolled up;
- the insider also knows which hidden values are 0 (a channel that is not connected);
- the guesser also guesses rightly which of what was rolled up earlier is below THRESHOLD.
For the first two, every hidden cell must stay open over more than ten. The third starts out with
"0 to 10": a new release must not tell anything more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.usage.audit import Attacker, Cell, Cells, Fact, between, exactly
from bot.usage.cells import NOT_SHOWN, View, held_by
from bot.usage.model import OTHER, THRESHOLD, Release, Table
from bot.usage.periods import Period

OPEN: Final = THRESHOLD - 1  # an interval must be wider than this
_FREE: Final = OPEN - 0.5  # at least THRESHOLD whole numbers, as 0 to 10


@dataclass(frozen=True, slots=True)
class Told:
    """What one release tells of a view. `printed` None: no table of it, the total alone.

    `certain` False: it is nobody's release, but what a difference of releases would amount to.
    """

    pieces: tuple[str, ...]  # the atoms that it is about
    total: int | None
    printed: Mapping[str, int] | None = None
    rolled: frozenset[str] = frozenset()
    certain: bool = True

    def cells(self, *values: str) -> Cells:
        """These values, over all its atoms."""
        return frozenset((piece, value) for piece in self.pieces for value in values)


def told(release: Release, view: View, pieces: Sequence[Period]) -> Told:
    """What a release tells of a view."""
    labels = tuple(piece.label for piece in held_by(release, pieces))
    for table in release.tables:
        if table.dimension == view.dimension:
            if view.pair:
                rows = _pair(table, view, release.total or 0)
                return Told(labels, release.total, rows, frozenset(() if rows else view.values))
            return Told(labels, release.total, _rows(table), frozenset(table.within))
    return Told(labels, release.total)


def _rows(table: Table) -> dict[str, int]:
    """The rows of single values: `other` is one only where nothing was rolled up."""
    return {row.value: row.n for row in table.rows if row.value != OTHER or not table.within}


def _pair(table: Table, view: View, total: int) -> dict[str, int]:
    return {
        value: n
        for row in table.rows
        if row.value == view.values[0]
        for value, n in ((row.value, row.n), (NOT_SHOWN, total - row.n))
    }


def facts(each: Told, view: View) -> Iterator[Fact]:
    """The numbers that were published, as sums of cells."""
    everything = each.cells(*view.values)
    if each.total is None:
        yield between(everything, 0, OPEN)
        return
    yield exactly(everything, each.total)
    for value, n in (each.printed or {}).items():
        yield exactly(each.cells(value), n)
    if each.printed is not None:  # a value that was not known then was not counted then
        unknown = set(view.values) - set(each.printed) - each.rolled
        yield from (exactly(each.cells(value), 0) for value in sorted(unknown))


def insider(each: Told, counts: Mapping[Cell, int]) -> Iterator[Fact]:
    """What somebody knows who knows the house: which of the hidden values nobody chose."""
    for value in sorted(each.rolled):
        cells = each.cells(value)
        if not _sum(cells, counts):
            yield exactly(cells, 0)


def guesser(each: Told, counts: Mapping[Cell, int]) -> Iterator[Fact]:
    """Which of the hidden cells are small."""
    for value in sorted(each.rolled):
        cells = each.cells(value)
        small = _sum(cells, counts) < THRESHOLD
        yield between(cells, 0, OPEN) if small else between(cells, THRESHOLD, None)


def derivable(
    before: Sequence[Told], after: Sequence[Told], view: View, counts: Mapping[Cell, int]
) -> list[Cells]:
    """Hidden cells that could be narrowed down if `after` were published too; none: it is safe.

    AuditError: what was published contradicts itself.
    """
    every = [*before, *after]
    asked = [*dict.fromkeys(_small(every, view, counts))]
    if not asked:
        return []
    public = [fact for each in every if each.certain for fact in facts(each, view)]
    knows = [fact for each in every for fact in insider(each, counts)]
    found = Attacker(public).narrowed(asked, OPEN)
    return (
        found
        or Attacker([*public, *knows]).narrowed(asked, OPEN)
        or _guessed(before, public, view, counts)
    )


def _guessed(
    before: Sequence[Told], public: list[Fact], view: View, counts: Mapping[Cell, int]
) -> list[Cells]:
    """Cells of earlier releases about which a guesser would learn more than before."""
    guesses = [f for each in before for f in (*insider(each, counts), *guesser(each, counts))]
    asked = [each.cells(v) for each in before for v in sorted(each.rolled)]
    asked = [cells for cells in asked if 0 < _sum(cells, counts) < THRESHOLD]
    if not asked:
        return []
    now = Attacker([*public, *guesses])
    narrow = now.narrowed(asked, _FREE)
    if not narrow:
        return []
    then = Attacker([*(fact for each in before for fact in facts(each, view)), *guesses])
    return [c for c in narrow if _narrower(now.interval(c), then.interval(c))]


def _narrower(now: tuple[float, float], then: tuple[float, float]) -> bool:
    return now[0] > then[0] + 0.5 or now[1] < then[1] - 0.5


def _small(every: Iterable[Told], view: View, counts: Mapping[Cell, int]) -> Iterator[Cells]:
    """What must stay open: every cell of 1 to 10 there is, of an atom or of a release."""
    for each in every:
        for value in view.values:
            found = [each.cells(value), *(frozenset({(p, value)}) for p in each.pieces)]
            yield from (cells for cells in found if 0 < _sum(cells, counts) < THRESHOLD)


def _sum(cells: Cells, counts: Mapping[Cell, int]) -> int:
    return sum(counts.get(cell, 0) for cell in cells)
