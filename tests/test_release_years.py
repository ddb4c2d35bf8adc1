"""Random years: every number adds up, and whoever reads all releases finds no small cell."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bot.usage.model import OTHER, Release, Row, Table
from bot.usage.periods import parse
from tests.test_release import flat, rows
from tests.usage_years import (
    DECLARED,
    QUARTERS,
    YEAR,
    found_out,
    in_order,
    random_counts,
    release_all,
)

SOME_YEARS, ALL_YEARS = 200, 5_000


def check_table(table: Table, total: int) -> None:
    """Every row 0 or at least 11; their sum the total, or what is left of it no small number."""
    cells = [row.n for row in table.rows]
    lefts = [] if table.exclusive else [total - n for n in cells]
    assert not [n for n in (*cells, *lefts) if n < 0 or 0 < n < 11]
    assert not table.exclusive or sum(cells) == total


def check_year(year: Release, quarters: list[Release]) -> int:
    """The year is the sum of its quarters; how many rows were compared."""
    assert year.total == sum(each.total or 0 for each in quarters)
    compared = 0
    for dimension in DECLARED:
        for value, n in rows(year, dimension).items():
            parts = [rows(each, dimension).get(value) for each in quarters]
            if value != OTHER and None not in parts:
                assert n == sum(part or 0 for part in parts)
                compared += 1
    return compared


def check_sums(made: list[Release]) -> None:
    for each in made:
        for table in each.tables:
            check_table(table, each.total or 0)
    quarters = [each for each in made if "Q" in each.period]
    if made[-1:] and made[-1].period == YEAR and len(quarters) == len(QUARTERS):
        check_year(made[-1], quarters)


def test_the_year_is_the_sum_of_its_quarters_row_by_row() -> None:
    counts = random_counts(random.Random(4), 9_000)
    made, _ = release_all(counts, 2_000, [*QUARTERS, YEAR])
    assert check_year(made[-1], made[:-1]) > 10


def random_year(seed: int) -> None:
    """A year of 10 to 300,000 conversations, two of its tables, all its releases, the attacker."""
    dice = random.Random(seed)
    size = 10 ** dice.uniform(1, 5.48)
    declared = {name: DECLARED[name] for name in dice.sample(sorted(DECLARED), 2)}
    counts = random_counts(dice, size, declared)
    volume = round(size * dice.choice((0, 0.5, 1, 1, 2)))
    made, no = release_all(counts, volume, in_order(dice), declared)
    assert {each.key for _, each in no} <= {"too_few", "too_fine", "too_even"}
    assert not found_out(made, counts, declared), f"seed {seed}"
    check_sums(made)


def test_numbers_add_up_and_no_small_cell_can_be_derived_in_random_years() -> None:
    for seed in range(SOME_YEARS):
        random_year(seed)


@pytest.mark.full
def test_numbers_add_up_and_no_small_cell_can_be_derived_in_thousands_of_years() -> None:
    for seed in range(SOME_YEARS, ALL_YEARS):
        random_year(seed)


def test_the_attacker_of_the_random_years_can_win() -> None:
    """Print in the year what the rules hid for one quarter's sake, and a quarter is found out."""
    counts = flat(100, sms=40, web=30, whatsapp=19, telegram=11)
    counts["2025-04"] = counts["2025-05"] = counts["2025-06"] = flat(
        100, sms=70, web=20, whatsapp=8, telegram=2
    )["2025-04"]
    made, _ = release_all(counts, 2_000, [*QUARTERS, YEAR])
    assert not found_out(made, counts, DECLARED)
    told = Table("channel", tuple(Row(value, n) for value, n in (
        ("sms", 570), ("web", 330), ("whatsapp", 195), ("telegram", 105), ("not_asked", 0),
    )))  # fmt: skip
    leaky = replace(made[-1], tables=(told,))
    found = found_out([*made[:-1], leaky], counts, DECLARED)
    assert ("2025-Q2", "telegram") in {(each.period, each.value) for each in found}


def test_the_random_years_hold_every_kind_of_release() -> None:
    kinds = set()
    for seed in range(60):
        dice = random.Random(seed)
        size = 10 ** dice.uniform(1, 5.48)
        made, _ = release_all(random_counts(dice, size), round(size), in_order(dice))
        kinds |= {parse(each.period).kind for each in made}
        kinds |= {"left out" for each in made if each.left_out}
        kinds |= {"rolled up" for r in made for t in r.tables if t.within and len(t.rows) > 1}
    assert kinds >= {"month", "quarter", "year", "left out", "rolled up"}
