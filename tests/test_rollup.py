"""What is rolled up, against somebody who knows every rule: every small table there is, is tried.

The threshold is made small, so that all tables fit: 3 in place of 11.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from bot.usage.model import NOT_ASKED, OTHER
from bot.usage.rollup import (
    LEAST_TOGETHER,
    Group,
    Part,
    added,
    choices,
    joining,
    pair_rolled_up,
    rolled_up,
    total_may_hold,
)

SMALL = 3
Table = tuple[int, ...]
Rule = Callable[[Mapping[str, int], int], Group]
Seen = dict[
    tuple[object, ...], dict[object, set[int]]
]  # what was published -> cell -> all it may be


def tables(cells: int, total: int) -> Iterator[Table]:
    """Every table of so many cells with that sum."""
    if cells == 1:
        yield (total,)
        return
    for first in range(total + 1):
        yield from ((first, *rest) for rest in tables(cells - 1, total - first))


def seen() -> Seen:
    return defaultdict(lambda: defaultdict(set))


def too_narrow(found: Seen, threshold: int) -> list[object]:
    """Cells that were small somewhere, and have fewer possible values than the threshold."""
    assert found
    return [
        (key, cell, sorted(values))
        for key, cells in found.items()
        for cell, values in cells.items()
        if any(0 < n < threshold for n in values) and len(values) < threshold
    ]


def printed(names: Sequence[str], table: Table, rolled: Group) -> Table:
    return tuple(n for name, n in zip(names, table, strict=True) if name not in rolled)


def from_one_table(
    names: Sequence[str], most: int, threshold: int, rule: Rule = rolled_up
) -> tuple[Seen, Seen]:
    """What is told by one table: to whoever knows the rules, and also what is 0, small and large.

    The second leaves out tables in which nothing has a row: their total alone is told.
    """
    reader, guesser = seen(), seen()
    for total in range(2 * threshold, most + 1):
        for table in tables(len(names), total):
            cells = dict(zip(names, table, strict=True))
            rolled = rule(cells, threshold)
            told = (total, rolled, printed(names, table, rolled))
            sizes = tuple((n > 0) + (n >= threshold) for n in table)
            for name in rolled:
                reader[told][name].add(cells[name])
                if len(rolled) < len(names):
                    guesser[(*told, sizes)][name].add(cells[name])
    return reader, guesser


def closed(found: Seen, wanted: range) -> list[object]:
    """Cells that were small somewhere, and cannot be each of these numbers."""
    assert found
    return [
        (key, cell, sorted(values))
        for key, cells in found.items()
        for cell, values in cells.items()
        if values & {*wanted} - {0} and not values >= {*wanted}
    ]


SMALL_TABLES = [
    ("ab", 30, SMALL),
    ("abc", 30, SMALL),
    ("abcd", 24, SMALL),
    ("abcde", 18, SMALL),
    (("a", OTHER), 30, SMALL),
    (("a", "b", OTHER), 30, SMALL),
    (("a", "b", "c", OTHER), 20, SMALL),
    (("a", "b", "c", NOT_ASKED), 20, SMALL),
    (("a", "b", OTHER, NOT_ASKED), 20, SMALL),
    ("abc", 45, 5),
    ("abcd", 28, 4),
    pytest.param("abc", 90, 11, marks=pytest.mark.full),
    pytest.param(("a", "b", OTHER), 90, 11, marks=pytest.mark.full),
    pytest.param("abcd", 60, 11, marks=pytest.mark.full),
    pytest.param("abcdef", 18, SMALL, marks=pytest.mark.full),
    pytest.param("abcde", 32, 4, marks=pytest.mark.full),
    pytest.param(("a", "b", "c", OTHER, NOT_ASKED), 30, 4, marks=pytest.mark.full),
]


@pytest.mark.parametrize(("names", "most", "threshold"), SMALL_TABLES)
def test_whoever_knows_all_the_rules_cannot_narrow_a_small_cell_of_one_table(
    names: Sequence[str], most: int, threshold: int
) -> None:
    """Every table is rolled up; each hidden cell keeps as many possible values as 0 to 10 has.

    They are 0 to 10 themselves, but in a table of two. And whoever also knows of each cell whether
    it is 0, small or large, still thinks any number possible from 1 to 10.
    """
    reader, guesser = from_one_table(names, most, threshold)
    assert not too_narrow(reader, threshold)
    assert len(names) < 3 or not closed(reader, range(threshold))
    assert len(names) < 4 or not closed(guesser, range(1, threshold)), "three leave no safe table"


def worse(choose: Callable[[Mapping[str, int], set[str], int], Iterator[str]]) -> Rule:
    """A rule that makes one mistake: other cells join, or they stop joining elsewhere."""

    def rule(cells: Mapping[str, int], threshold: int = SMALL) -> Group:
        group = {name for name, n in cells.items() if n < threshold}
        if any(cells[name] for name in group):
            group.update(choose(cells, group, threshold))
        return frozenset(group)

    return rule


def smallest_first(cells: Mapping[str, int], group: set[str], threshold: int) -> Iterator[str]:
    """By size, until each could be 0 or just too large if sizes told nothing: two rows or more."""
    order = sorted({*cells} - group, key=lambda name: (cells[name], name))
    together, taken = sum(cells[name] for name in group), 0
    for name in order:
        small = sum(0 < cells[each] < threshold for each in group)
        if len(group) + taken > 2 and together >= threshold - 1 + small + threshold * taken:
            return
        together, taken = together + cells[name], taken + 1
        yield name


def one_will_do(cells: Mapping[str, int], group: set[str], _threshold: int) -> Iterator[str]:
    """The last one declared, however little room it gives."""
    yield from [name for name in reversed([*cells]) if name not in group][:1]


def room_for_one_less(cells: Mapping[str, int], group: set[str], threshold: int) -> Iterator[str]:
    """As the rule, but without the one more that keeps the stopping point from telling."""
    small = sum(0 < cells[name] < threshold for name in group)
    together, size = sum(cells[name] for name in group), len(group)
    taken = 0
    for name in [name for name in reversed([*cells]) if name not in group]:
        if size + taken > 2 and taken and together >= threshold - 2 + small + threshold * taken:
            return
        together, taken = together + cells[name], taken + 1
        yield name


@pytest.mark.parametrize("choose", [smallest_first, one_will_do, room_for_one_less])
def test_the_attacker_of_all_tables_wins_against_a_rule_with_one_mistake(
    choose: Callable[[Mapping[str, int], set[str], int], Iterator[str]],
) -> None:
    reader, guesser = from_one_table("abcde", 16, SMALL, worse(choose))
    assert closed(reader, range(SMALL)) or closed(guesser, range(1, SMALL))


def from_parts_and_whole(names: Sequence[str], totals: Sequence[int]) -> tuple[Seen, Seen]:
    """What the parts tell by themselves, and what they tell with the table over them."""
    alone, together = seen(), seen()
    each = [
        [
            (table, rolled_up(dict(zip(names, table, strict=True)), SMALL))
            for table in tables(len(names), total)
        ]
        for total in totals
    ]
    for world in itertools.product(*each):
        parts = [
            Part(dict(zip(names, table, strict=True)), rolled, True) for table, rolled in world
        ]
        least = choices(parts, SMALL)[0]
        told = tuple((rolled, printed(names, table, rolled)) for table, rolled in world)
        sums = added(parts)
        year = (least, tuple(sums[name] for name in names if name not in least))
        for place, part in enumerate(parts):
            for name in part.rolled:
                alone[told][place, name].add(part.cells[name])
                together[(*told, year)][place, name].add(part.cells[name])
    return alone, together


@pytest.mark.parametrize(
    ("names", "totals"),
    [
        ("abc", (8, 8)),
        (("a", "b", OTHER), (9, 10)),
        ("ab", (6, 7, 8, 9)),
        pytest.param("abc", (8, 8, 8), marks=pytest.mark.full),
        pytest.param("abcd", (9, 8), marks=pytest.mark.full),
    ],
)
def test_a_table_over_published_ones_tells_nothing_about_them(
    names: Sequence[str], totals: Sequence[int]
) -> None:
    alone, together = from_parts_and_whole(names, totals)
    assert alone
    for told, cells in together.items():
        for cell, values in cells.items():
            assert values == alone[told[:-1]][cell], told


def test_a_value_and_the_rest_are_told_together_or_not_at_all() -> None:
    found = seen()
    for total in range(2 * SMALL, 30):
        for n in range(total + 1):
            rolled = pair_rolled_up({"a": n, "rest": total - n}, SMALL)
            assert rolled in (frozenset(), frozenset({"a", "rest"}))
            if rolled:
                found[(total,)]["a"].add(n)
    assert not too_narrow(found, SMALL)


@pytest.mark.parametrize("parts", [1, 2, 3, 4])
def test_the_sum_of_unpublished_totals_leaves_each_small_one_open(parts: int) -> None:
    """Also for somebody who knows which of them are small."""
    found = seen()
    for total in range(4 * 7 + 1):
        for table in tables(parts, total):
            if total_may_hold(table, SMALL):
                sizes = tuple(n < SMALL for n in table)
                for place, n in enumerate(table):
                    found[total, sizes][place].add(n)
    assert not too_narrow(found, SMALL)
    only_small = (4, (True,) * parts)
    assert parts < 3 or only_small in found, "three that are small may be told"


def test_small_cells_and_only_as_many_others_as_it_takes_are_rolled_up() -> None:
    cells = {"a": 500, "b": 40, "c": 30, "d": 9, "e": 8, "f": 0}
    assert rolled_up(cells) == {"c", "d", "e", "f"}
    assert rolled_up({**cells, "c": 11, "d": 4}) == {"c", "d", "e", "f"}, "23: 10, 1 and 11 + 1"
    assert rolled_up({**cells, "c": 11, "d": 3}) == {"b", "c", "d", "e", "f"}
    assert rolled_up({**cells, "c": 10, "f": 7}) == {"b", "c", "d", "e", "f"}
    assert rolled_up({**cells, "c": 3, "f": 2, "d": 5, "e": 4}) == {"c", "d", "e", "f"}
    assert rolled_up({**cells, "d": 11, "e": 0}) == frozenset()


def test_one_small_cell_does_not_empty_a_table() -> None:
    """Whatever the sizes beside it: two others go with it, and every other keeps its row."""
    needs = {f"need {at}": 150 + at for at in range(16)}
    for small in needs:
        rolled = rolled_up({**needs, small: 8, NOT_ASKED: 700})
        assert small in rolled
        assert len(rolled) == LEAST_TOGETHER
        assert NOT_ASKED not in rolled


def test_which_larger_values_join_is_known_before_anything_is_counted() -> None:
    """From the last declared to the first, an answer `other` before them, not asked after them."""
    assert joining(["a", OTHER, "b", NOT_ASKED]) == [OTHER, "b", "a", NOT_ASKED]
    large = {"a": 90, "b": 12, "c": 5, "d": 400, "e": 70, NOT_ASKED: 11}
    assert rolled_up(large) == {"c", "d", "e"}
    for sizes in itertools.permutations([11, 30, 90, 400, 5000]):
        names = [name for name in large if name != "c"]
        cells = {**large, **dict(zip(names, sizes, strict=True))}
        assert rolled_up(cells) == {"c", "d", "e"}


def test_an_answer_called_other_is_in_the_row_of_that_name() -> None:
    assert rolled_up({"a": 500, "b": 40, "c": 3, "d": 0, OTHER: 70}) == {"c", "d", OTHER}
    assert rolled_up({"a": 500, "b": 40, "c": 3, "d": 90, OTHER: 70}) == {"c", "d", OTHER}
    assert rolled_up({"a": 500, "b": 40, "c": 11, "d": 0, OTHER: 70}) == frozenset()
