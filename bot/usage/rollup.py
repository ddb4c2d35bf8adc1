"""Which values of a table get no row of their own, so that no small number can be read or derived.

Rule 1: a printed cell is 0 or at least THRESHOLD. A 0 is printed only in a table in which nothing
was rolled up: beside small cells it would tell that those are not 0.
Rule 2: what is rolled up must stay open also to somebody who knows these rules: every small value
in it may be any of eleven numbers, 0 to 10. To somebody who even knows which values are small,
it may still be any from 1 to 10 (tests try every small table there can be).
Rule 3: small values are joined by larger ones in an order that everybody knows and that no count
changes. To take the smallest of them would tell that the others are larger still; and a single
small value beside large ones would then have to take all of them with it.
Rule 4: a table over published ones rolls up whatever one of them did, so it is a sum of what they
printed and tells nothing new. To print a value that is large in the year and was small in some
quarters would tell more: for some tables, trying them all, exactly what was hidden.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.usage.model import NOT_ASKED, OTHER, THRESHOLD

LEAST_GROUPS: Final = 2  # a table is made of at least two rows that could stand alone
LEAST_TOGETHER: Final = 3  # of two, in a known order, the small one could be told, and is not 0

Cells = Mapping[str, int]  # value -> conversations
Group = frozenset[str]  # values without a row of their own


@dataclass(frozen=True, slots=True)
class Part:
    """A table inside a larger period: its cells, and which of them are rolled up."""

    cells: Cells
    rolled: Group
    published: bool = False  # else it is what no release has told yet


def rolled_up(cells: Cells, threshold: int = THRESHOLD, least: int = 0) -> Group:
    """The values of one table that go into `other`; all of them where it has no safe table.

    `cells` are in the order in which the values are declared. What is small goes first, with every
    0; then larger values join, `least` values or more, until what is rolled up is hidden well.
    """
    if sum(cells.values()) < LEAST_GROUPS * threshold:
        return frozenset(cells)
    if not any(0 < n < threshold for n in cells.values()):
        return frozenset()
    group = {value for value, n in cells.items() if n < threshold or value == OTHER}
    for value in joining(cells):
        if len(group) >= least and _hidden_well([cells[each] for each in group], threshold):
            break
        group.add(value)
    return frozenset(group)


def joining(values: Iterable[str]) -> list[str]:
    """In which order values join small ones, if they are large themselves.

    First an answer called `other`: its row holds them all. Then from the last that is declared to
    the first, for menus begin with what is common; what was not asked joins at the very end.
    """
    upward = reversed([*values])
    return sorted(upward, key=lambda value: (value == NOT_ASKED, value != OTHER))


def _hidden_well(group: Sequence[int], threshold: int) -> bool:
    """Whether these may stand together as `other`.

    For somebody who knows which of them are 0, small and large: there is room for each small one
    to be THRESHOLD - 1, the other small ones being 1 and the large ones no less than THRESHOLD.
    That it is 1 more than they need keeps the large ones from telling that a shorter group had
    no such room. Without a large one, there is also room for each to be 0: the rest can hold all.
    """
    small, large = (sum(0 < n < threshold for n in group), sum(n >= threshold for n in group))
    together, most = sum(group), threshold - 1
    if together < most + small + threshold * large:
        return False
    if large:
        return len(group) >= LEAST_TOGETHER
    return together <= most * min(small - 1, len(group) - 2)


def pair_rolled_up(cells: Cells, threshold: int = THRESHOLD) -> Group:
    """Likewise for a table of a value and the rest of the total: both are told, or neither."""
    small = any(0 < n < threshold for n in cells.values())
    few = sum(cells.values()) < LEAST_GROUPS * threshold
    return frozenset(cells) if small or few else frozenset()


def over_parts(parts: Iterable[Part]) -> Group:
    """The values without a row in a table over these parts: what a part rolled up, and then 0s."""
    known = list(parts)
    held = frozenset().union(*(part.rolled for part in known))
    return held | {value for value, n in added(known).items() if not n} if held else held


def added(parts: Iterable[Part]) -> dict[str, int]:
    """The sums of the parts' cells."""
    sums: dict[str, int] = {}
    for part in parts:
        for value, n in part.cells.items():
            sums[value] = sums.get(value, 0) + n
    return sums


def choices(parts: Sequence[Part], threshold: int = THRESHOLD) -> list[Group]:
    """What a table over these parts may roll up, the least first; the last is all of it."""
    if len(parts) == 1 and not parts[0].published:
        cells = parts[0].cells
        sizes = range(len(cells) + 1) if parts[0].rolled else ()
        more = [rolled_up(cells, threshold, least) for least in sizes]
        return [*dict.fromkeys([parts[0].rolled, *more])]
    held, everything = over_parts(parts), frozenset(added(parts))
    return [held, everything] if held else [held]


def total_may_hold(totals: Collection[int], threshold: int = THRESHOLD) -> bool:
    """Whether the sum of these totals, none of them published, leaves each small one open.

    Open to be any number below THRESHOLD, also for somebody who knows which of them are small.
    """
    small, most = [n for n in totals if n < threshold], threshold - 1
    if not small:
        return True
    if len(small) < len(totals):
        return sum(totals) - threshold * (len(totals) - len(small)) >= most
    return threshold <= sum(totals) <= most * (len(small) - 1)
