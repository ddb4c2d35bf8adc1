"""From counters to the cells of periods: whole tables that add up, before anything is hidden.

Rule 1: every table of a month sums to the month's total; what is not told is `not_asked`. The
total is the largest sum there is: after a crash, a batch of one dimension alone may be lost.
Rule 2: an atom is a period inside which nothing was released. Everything that was or will be
published is a sum over atoms, so nothing finer has to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.usage.audit import Cell, Fact, exactly, nearest
from bot.usage.model import NOT_ASKED, SHOWN, TOTAL, Release
from bot.usage.periods import Period, parse

NOT_SHOWN: Final = "not_shown"  # the other cell of a table of one `shown` value
Counts = Mapping[str, Mapping[tuple[str, str], int]]  # month -> (dimension, value) -> n
Declared = Mapping[str, tuple[str, ...]]  # dimension -> its values


@dataclass(frozen=True, slots=True)
class View:
    """A table whose cells sum to the total: a dimension, or one value of `shown` and the rest."""

    dimension: str
    values: tuple[str, ...]
    pair: bool = False

    def cells(self, counts: Mapping[tuple[str, str], int], total: int) -> dict[str, int]:
        """Its cells in one month; the last is what is left of the total."""
        *named, rest = self.values
        cells = {value: counts.get((self.dimension, value), 0) for value in named}
        return {**cells, rest: total - sum(cells.values())}


TOTALS: Final = View(TOTAL[0], (TOTAL[1],))


def views(declared: Declared, counts: Counts) -> list[View]:
    """Every table there may be: what is declared, and what was counted when it still was."""
    values = {dimension: dict.fromkeys(known) for dimension, known in declared.items()}
    for dimension, value in sorted({fact for month in counts.values() for fact in month}):
        if (dimension, value) != TOTAL:  # by name: their order must tell nothing about counts
            values.setdefault(dimension, {})[value] = None
    pairs = values.pop(SHOWN, {})
    whole = [View(name, (*known, NOT_ASKED)) for name, known in values.items()]
    return [*whole, *(View(SHOWN, (value, NOT_SHOWN), pair=True) for value in pairs)]


def total(counts: Mapping[tuple[str, str], int]) -> int:
    """The conversations of one month: never fewer than any table of it holds."""
    sums = {TOTAL: counts.get(TOTAL, 0)}
    for (dimension, value), n in counts.items():
        key = (dimension, value if dimension == SHOWN else "")
        sums[key] = sums.get(key, 0) + n
    return max(sums.values())


def uneven(counts: Mapping[tuple[str, str], int]) -> bool:
    """Whether a batch was lost: some table holds more than were counted."""
    return total(counts) > counts.get(TOTAL, 0)


def inside(period: Period, released: Iterable[Release]) -> list[Release]:
    """Releases of periods that lie in this one and are not itself."""
    return [
        each for each in released if each.period != period.label and parse(each.period) in period
    ]


def outermost(found: Sequence[Release]) -> list[Release]:
    """Those that lie in no other of them."""
    spans = [parse(each.period) for each in found]
    alone = [not any(span in other and span != other for other in spans) for span in spans]
    return [each for each, is_alone in zip(found, alone, strict=True) if is_alone]


def atoms(period: Period, released: Sequence[Release]) -> list[Period]:
    """The period in pieces inside which nothing was released."""
    if not inside(period, released):
        return [period]
    return [atom for part in parts(period) for atom in atoms(part, released)]


def parts(period: Period) -> list[Period]:
    """The quarters of a year, the months of a quarter."""
    return list(period.quarters) if period.kind == "year" else [parse(m) for m in period.months]


def held_by(release: Release, pieces: Iterable[Period]) -> list[Period]:
    """The atoms that a release holds: those in its period, less those it left out."""
    whole, without = parse(release.period), [parse(label) for label in release.left_out]
    return [p for p in pieces if p in whole and not any(p in each for each in without)]


@dataclass(frozen=True, slots=True)
class Cells:
    """What was counted, by atom, brought into line with what was released of it before."""

    pieces: tuple[Period, ...]
    counts: Counts
    totals: Mapping[Cell, int]

    def of(self, view: View, told: Iterable[Fact] = ()) -> dict[Cell, int]:
        """The cells of a view. `told`: what earlier releases say of it."""
        found = {(p.label, v): n for p in self.pieces for v, n in self._summed(view, p).items()}
        sums = [
            exactly([(p.label, v) for v in view.values], self.totals[p.label, TOTAL[1]])
            for p in self.pieces
        ]
        return nearest([*told, *sums], found)

    def total(self, pieces: Iterable[Period]) -> int:
        """The conversations in these atoms."""
        return sum(self.totals[piece.label, TOTAL[1]] for piece in pieces)

    def _summed(self, view: View, piece: Period) -> dict[str, int]:
        sums = dict.fromkeys(view.values, 0)
        for month in piece.months:
            counted = self.counts.get(month, {})
            for value, n in view.cells(counted, total(counted)).items():
                sums[value] += n
        return sums


def counted(pieces: Sequence[Period], counts: Counts, told: Iterable[Fact]) -> Cells:
    """The cells of these atoms. `told`: what earlier releases say of their totals."""
    found = {
        (piece.label, TOTAL[1]): sum(total(counts.get(month, {})) for month in piece.months)
        for piece in pieces
    }
    return Cells(tuple(pieces), counts, nearest(list(told), found))
