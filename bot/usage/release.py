"""Counters -> what may be published of one period, for good; or why it may not. Pure.

Rule 1: a period is released once, when it is over, and before any period around it.
Rule 2: a period around released ones is their exact sum: what was counted after they were made
belongs to no release, and so does a part of it that had too few conversations to be told.
Rule 3: a table that could give a hidden cell away is rolled up further, until nothing is left to
roll up; a total that could is refused. The auditor decides, over all releases that ever were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from bot.usage import cells as cell
from bot.usage.cells import TOTALS, Counts, Declared, View
from bot.usage.evidence import Told, derivable, facts, told
from bot.usage.model import OTHER, SHOWN, THRESHOLD, Release, Row, Table
from bot.usage.periods import GRACE, Period, parse
from bot.usage.rollup import (
    Group,
    Part,
    choices,
    pair_rolled_up,
    rolled_up,
    total_may_hold,
)

# Conversations of the year before -> what may be published of a period this fine: all dimensions,
# one, or none; a period that is not there may not be released at all.
QUARTERS_FROM: Final = 1_000
CHANNELS_FROM: Final = 3_000
MONTHS_FROM: Final = 30_000
MONTHLY: Final = "channel"
EVERYTHING: Final = "*"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no release: a key of `refusals` in flows/usage.yaml, and what fills it."""

    key: str
    args: Mapping[str, str] = field(default_factory=dict)


class _RefusedError(Exception):
    def __init__(self, key: str, **args: str) -> None:
        self.refusal = Refusal(key, args)


def make(
    period: Period,
    counts: Counts,
    earlier: Sequence[Release],
    declared: Declared,
    volume: int,
    *,
    today: date,
    demo: bool = False,
) -> Release | Refusal:
    """The release of a period, or why there is none.

    `counts` by month; `earlier` are all releases ever made; `declared` are the counted dimensions
    and their values; `volume` is the number of conversations in the year before.
    AuditError: the auditor is not installed, or earlier releases contradict each other.
    """
    try:
        _may_be_made(period, earlier, volume, today)
        made = _Maker(period, counts, earlier, declared, volume).release()
    except _RefusedError as refused:
        return refused.refusal
    return Release(made.period, made.total, made.tables, made.notes, demo, made.left_out)


def allowed(period: Period, volume: int) -> tuple[str, ...] | None:
    """The dimensions of which a period may have tables, EVERYTHING for all; None: no release."""
    if period.kind == "year" or volume >= MONTHS_FROM:
        return (EVERYTHING,)
    if period.kind == "quarter":
        return (EVERYTHING,) if volume >= QUARTERS_FROM else ()
    return (MONTHLY,) if volume >= CHANNELS_FROM else None


def _may_be_made(period: Period, earlier: Sequence[Release], volume: int, today: date) -> None:
    if not period.over(today):
        ready = period.end + GRACE + timedelta(days=1)
        raise _RefusedError("not_over", period=period.name, day=ready.isoformat())
    for each in earlier:
        if each.period == period.label:
            raise _RefusedError("again", period=period.name)
        if period in parse(each.period):
            raise _RefusedError("inside", period=period.name, around=parse(each.period).name)
    if allowed(period, volume) is None:
        year = str(int(period.label[:4]) - 1)
        least = f"{CHANNELS_FROM:,}"  # the number itself may not be told: it is in no release
        raise _RefusedError("too_fine", period=period.name, year=year, least=least)


class _Maker:
    """One release in the making. `pieces` are the atoms of the period, `inside` what was told."""

    def __init__(
        self,
        period: Period,
        counts: Counts,
        earlier: Sequence[Release],
        declared: Declared,
        volume: int,
    ) -> None:
        self.period, self.counts, self.volume = period, counts, volume
        self.inside = cell.inside(period, earlier)
        self.views = cell.views(declared, counts)
        self.pieces = cell.atoms(period, self.inside)
        self.before = [told(each, TOTALS, self.pieces) for each in self.inside]
        self.cells = cell.counted(
            self.pieces, counts, (fact for each in self.before for fact in facts(each, TOTALS))
        )
        self.children = cell.outermost(self.inside)

    def release(self) -> Release:
        left_out = self._left_out()
        bare = Release(self.period.label, None, (), left_out=left_out)
        held = cell.held_by(bare, self.pieces)
        total = self.cells.total(held)
        notes = self._notes(left_out)
        if total < THRESHOLD:
            return self._few(bare, notes)
        self._check_total(Told(tuple(piece.label for piece in held), total))
        tables = self._tables(held, total)
        notes += () if tables else ("totals_only",)
        return Release(self.period.label, total, tables, notes, left_out=left_out)

    def _few(self, bare: Release, notes: tuple[str, ...]) -> Release:
        if self.period.kind != "year":
            raise _RefusedError("too_few", period=self.period.name)
        return Release(bare.period, None, (), (*notes, "fewer"))

    def _notes(self, left_out: tuple[str, ...]) -> tuple[str, ...]:
        lost = any(cell.uneven(self.counts.get(month, {})) for month in self.period.months)
        return (*(("left_out",) if left_out else ()), *(("uneven",) if lost else ()))

    def _left_out(self) -> tuple[str, ...]:
        """Parts too small to be told by a difference, as "2026-Q4", and those left out before."""
        before = [label for each in self.children for label in each.left_out]
        if not self.children:
            self._check_silent_parts()
            return ()
        open_parts = [
            piece
            for piece in self.pieces
            if not any(piece in parse(each.period) for each in self.children)
        ]
        totals = {piece.label: self.cells.total([piece]) for piece in open_parts}
        small = [label for label, n in totals.items() if n < THRESHOLD]
        now = [] if total_may_hold(list(totals.values())) else small
        return tuple(sorted({*before, *now}))

    def _check_silent_parts(self) -> None:
        """Where each part was too small for a release, the sum must not tell how small."""
        finer = cell.parts(self.period)
        if self.period.kind == "month" or allowed(finer[0], self.volume) is None:
            return
        totals = [
            sum(cell.total(self.counts.get(month, {})) for month in part.months) for part in finer
        ]
        silent = all(n < THRESHOLD for n in totals) and sum(totals) >= THRESHOLD
        if silent and not total_may_hold(totals):
            raise _RefusedError("too_even", period=self.period.name)

    def _check_total(self, now: Told) -> None:
        if self.before and derivable(self.before, [now], TOTALS, self.cells.totals):
            raise _RefusedError("derivable", period=self.period.name)

    # The tables ----------------------------------------------------------------------------

    def _tables(self, held: Sequence[Period], total: int) -> tuple[Table, ...]:
        names = allowed(self.period, self.volume) or ()
        found = [
            _Shaper(self, view, held, total).table()
            for view in self.views
            if view.dimension in names or EVERYTHING in names
        ]
        whole = [table for table in found if table.exclusive]
        pairs = [table for table in found if not table.exclusive]
        return (*whole, *([_joined(pairs)] if pairs else []))


class _Shaper:
    """One table in the making: what it may show is tried from the most to nothing."""

    def __init__(self, maker: _Maker, view: View, held: Sequence[Period], total: int) -> None:
        self.maker, self.view, self.held, self.total = maker, view, held, total
        self.before = [told(each, view, maker.pieces) for each in maker.inside]
        facts_before = [fact for each in self.before for fact in facts(each, view)]
        self.counts = maker.cells.of(view, facts_before)
        self.sources = self._sources()
        self.parts = [self._part(each) for each in self.sources]

    def table(self) -> Table:
        for rolled in choices(self.parts):
            sums = self._sums(self.held)
            printed = {value: n for value, n in sums.items() if value not in rolled}
            labels = tuple(piece.label for piece in self.held)
            now = Told(labels, self.total, printed, rolled)
            rest = [each for each in self.sources if not each.certain]
            if not derivable(self.before, [now, *rest], self.view, self.counts):
                return _table(self.view, sums, rolled)
        raise _RefusedError("derivable", period=self.maker.period.name)

    def _sources(self) -> list[Told]:
        """The tables inside that make up this one, and what no table has told yet."""
        tabled = [
            each
            for each in self.maker.inside
            if any(table.dimension == self.view.dimension for table in each.tables)
        ]
        found = [told(each, self.view, self.maker.pieces) for each in cell.outermost(tabled)]
        known = {label for each in found for label in each.pieces}
        rest = [piece for piece in self.held if piece.label not in known]
        if not rest:
            return found
        cells = self._sums(rest)
        rolled = pair_rolled_up(cells) if self.view.pair else rolled_up(cells)
        printed = {value: n for value, n in cells.items() if value not in rolled}
        labels = tuple(piece.label for piece in rest)
        return [*found, Told(labels, sum(cells.values()), printed, rolled, certain=False)]

    def _part(self, each: Told) -> Part:
        pieces = [piece for piece in self.maker.pieces if piece.label in each.pieces]
        return Part(self._sums(pieces), each.rolled, published=each.certain)

    def _sums(self, pieces: Sequence[Period]) -> dict[str, int]:
        labels = [piece.label for piece in pieces]
        return {
            value: sum(self.counts[label, value] for label in labels) for value in self.view.values
        }


def _table(view: View, sums: Mapping[str, int], rolled: Group) -> Table:
    """The largest first; `other` and what was not asked at the end."""
    if view.pair:
        name = view.values[0]
        return Table(
            SHOWN,
            () if rolled else (Row(name, sums[name]),),
            exclusive=False,
            notes=("not_published",) if rolled else (),
            within=(name,) if rolled else (),
        )
    *named, rest = view.values
    last = (OTHER, rest)
    printed = [value for value in named if value not in rolled]
    order = sorted(printed, key=lambda value: (value in last, -sums[value]))
    rows = [Row(value, sums[value]) for value in order]
    if rolled:
        rows.append(Row(OTHER, sum(sums[value] for value in rolled)))
    if rest not in rolled:
        rows.append(Row(rest, sums[rest]))
    within = tuple(value for value in view.values if value in rolled)
    return Table(view.dimension, tuple(rows), notes=_rolled_notes(view, rolled), within=within)


def _rolled_notes(view: View, rolled: Group) -> tuple[str, ...]:
    if len(rolled) == len(view.values):
        return ("nothing_alone",)
    if not rolled:
        return ()
    return ("rolled_up", "not_asked_rolled_up") if view.values[-1] in rolled else ("rolled_up",)


def _joined(pairs: Sequence[Table]) -> Table:
    """The table of `shown`, from one of each value."""
    rows = sorted((row for table in pairs for row in table.rows), key=lambda row: -row.n)
    within = tuple(value for table in pairs for value in table.within)
    notes = ("not_published",) if within else ()
    return Table(SHOWN, tuple(rows), exclusive=False, notes=notes, within=within)
