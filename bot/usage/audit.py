"""The auditor: what can be derived about a cell from all releases together, by linear programming.

Rule 1: it knows published facts, and what an attacker may know or guess besides, as sums of cells
between two numbers. It does not know how the releases were made, so it can find their faults.
Rule 2: an interval is worked out over all numbers, not only whole ones. It holds the true one; it
could only be wider than that, and is not where sums nest or cross as in tables (their matrix is
totally unimodular).
Rule 3: it says where a cell is, never what is in it.

HiGHS solves the programs, through highspy: its makers' own package, a tenth of scipy's size, and
it goes on from the last solution, so the next question about the same facts takes a fraction of a
millisecond.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from highspy import Highs

Cell = tuple[str, str]  # a period that is not divided further, a value
Cells = frozenset[Cell]
Interval = tuple[float, float]

_FAR: Final = 1e7  # more conversations than there will be
_NEAR: Final = 1e-6  # what the solver may be off
NOT_INSTALLED: Final = "Releases need the auditor; install it: pip install 'waypost[release]'"


class AuditError(Exception):
    """The facts contradict each other, or the solver is not installed. Names no count."""


@dataclass(frozen=True, slots=True)
class Fact:
    """The sum of some cells is at least `low` and at most `high`; None: no most."""

    cells: Cells
    low: int
    high: int | None

    def holds(self, counts: Mapping[Cell, int]) -> bool:
        """Whether it is true of these counts. A cell that is not there is 0."""
        together = sum(counts.get(cell, 0) for cell in self.cells)
        return self.low <= together and (self.high is None or together <= self.high)


def exactly(cells: Iterable[Cell], n: int) -> Fact:
    """A published number."""
    return Fact(frozenset(cells), n, n)


def between(cells: Iterable[Cell], low: int, high: int | None) -> Fact:
    """A bound that is known or guessed."""
    return Fact(frozenset(cells), low, high)


class Attacker:
    """Somebody who knows some facts, and that no count is below 0.

    AuditError: the facts contradict each other.
    """

    def __init__(self, facts: Iterable[Fact]) -> None:
        known = list(facts)
        self._columns: dict[Cell, int] = {}
        for fact in known:
            for cell in sorted(fact.cells):
                self._columns.setdefault(cell, len(self._columns))
        self._solver = _solver(len(self._columns))
        for fact in known:
            _add(self._solver, fact.low, fact.high, [self._columns[cell] for cell in fact.cells])

    def interval(self, asked: Cells) -> Interval:
        """The least and the most that the sum of these cells can be."""
        columns = self._known(asked)
        if columns is None:
            return (0.0, _FAR)
        low, high = (self._extreme(columns, sign) for sign in (1.0, -1.0))
        return (sum(low[column] for column in columns), sum(high[column] for column in columns))

    def narrowed(self, asked: Sequence[Cells], wider_than: float) -> list[Cells]:
        """Those of which the interval is not wider than that.

        Every solution is a witness for all of them: most are seen to be wide without a question.
        """
        columns = {cells: found for cells in asked if (found := self._known(cells)) is not None}
        seen: dict[Cells, list[float]] = {cells: [_FAR, -_FAR] for cells in columns}
        narrow = []
        for cells, wanted in columns.items():
            for sign in (-1.0, 1.0):
                if _wide(seen[cells], wider_than):
                    break
                _witness(self._extreme(wanted, sign), columns, seen)
            if not _wide(seen[cells], wider_than):
                narrow.append(cells)
        return narrow

    def _known(self, asked: Cells) -> list[int] | None:
        """The columns of these cells; None where one of them is in no fact: it may be anything."""
        found = [self._columns.get(cell) for cell in sorted(asked)]
        known = [column for column in found if column is not None]
        return known if len(known) == len(found) else None

    def _extreme(self, columns: list[int], sign: float) -> Sequence[float]:
        """A solution in which the sum of these columns is least (sign 1) or most (sign -1)."""
        for column in columns:
            self._solver.changeColCost(column, sign)
        solution = _solved(self._solver)
        for column in columns:
            self._solver.changeColCost(column, 0.0)
        return solution


def _wide(seen: Sequence[float], wider_than: float) -> bool:
    return seen[1] - seen[0] > wider_than + _NEAR


def _witness(
    solution: Sequence[float], columns: Mapping[Cells, list[int]], seen: dict[Cells, list[float]]
) -> None:
    for cells, wanted in columns.items():
        together, span = sum(solution[column] for column in wanted), seen[cells]
        span[0], span[1] = min(span[0], together), max(span[1], together)


def nearest(facts: Collection[Fact], counts: Mapping[Cell, int]) -> dict[Cell, int]:
    """The counts that agree with the facts and differ least from those given.

    Counts that were written after a release was made belong to no release: a release is for good.
    AuditError: nothing agrees with the facts.
    """
    if all(fact.holds(counts) for fact in facts):
        return dict(counts)
    cells = sorted({*counts, *(cell for fact in facts for cell in fact.cells)})
    solver = _solver(3 * len(cells))  # the counts, what they have too little and too much
    for place, cell in enumerate(cells):
        less, more = len(cells) + 2 * place, len(cells) + 2 * place + 1
        _add(solver, counts.get(cell, 0), counts.get(cell, 0), [place, less], [more])
        solver.changeColCost(less, 1.0)
        solver.changeColCost(more, 1.0)
    columns = {cell: place for place, cell in enumerate(cells)}
    for fact in facts:
        _add(solver, fact.low, fact.high, [columns[cell] for cell in fact.cells])
    solution = _solved(solver)
    found = {cell: round(solution[place]) for cell, place in columns.items()}
    if not all(fact.holds(found) for fact in facts):
        raise AuditError("the counts cannot be brought into line with earlier releases")
    return found


def _solver(columns: int) -> Highs:
    try:
        from highspy import Highs  # only where a release is made: most commands need none
    except ImportError:
        raise AuditError(NOT_INSTALLED) from None
    solver = Highs()  # type: ignore[no-untyped-call]  # its makers left this one without types
    for name, value in (("output_flag", False), ("threads", 1), ("presolve", "off")):
        solver.setOptionValue(name, value)
    solver.addVars(columns, [0.0] * columns, [_FAR] * columns)
    return solver


def _add(
    solver: Highs, low: int, high: int | None, plus: Sequence[int], minus: Sequence[int] = ()
) -> None:
    """A row: the sum of some columns, less others, between two numbers."""
    factors = [1.0] * len(plus) + [-1.0] * len(minus)
    most = float("inf") if high is None else float(high)
    solver.addRow(float(low), most, len(factors), [*plus, *minus], factors)


def _solved(solver: Highs) -> Sequence[float]:
    from highspy import HighsModelStatus

    solver.run()
    if solver.getModelStatus() != HighsModelStatus.kOptimal:
        raise AuditError("what was published contradicts itself")
    return list(solver.getSolution().col_value)
