"""How much of what was answered is published under its own name, in years as they are likely.

A few answers are common and many are rare: shares go with one over the rank. docs/council.md tells
the numbers, and they are measured here.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain

import pytest

from bot.load import Program
from bot.usage.model import OTHER, SHOWN, Release
from bot.usage.periods import parse
from tests.conftest import ROOT
from tests.usage_years import MONTHS, QUARTERS, YEAR, Counts, release_all

ANSWERED = {
    "channel": 1.0, "language": 0.95, "for_whom": 0.85, "need": 0.7, "region": 0.45, "source": 0.2,
}  # fmt: skip
COMMON_FIRST = ("channel", "language")  # the others are declared in any order
SKEW = (1.0, 1.3)  # share of the answer at rank r: 1 / r ** skew
YEARS = 12
ORDER = [*chain.from_iterable((*MONTHS[n * 3 : n * 3 + 3], QUARTERS[n]) for n in range(4)), YEAR]
MAY_BE_OFF = 3  # percent: other dice

Sums = dict[str, list[int]]  # "year", "quarter", "month" -> answers given, those under a name


def skewed(dice: random.Random, declared: Mapping[str, tuple[str, ...]], size: int) -> Counts:
    """A year of so many conversations."""
    counts: Counts = {month: {("conversation", "started"): size // 12} for month in MONTHS}
    for name, values in declared.items():
        skew = dice.uniform(*SKEW)
        ranks = [*range(1, len(values) + 1)]
        if name not in COMMON_FIRST:
            dice.shuffle(ranks)
        weights = [rank**-skew for rank in ranks]
        for month in MONTHS:
            answered = sum(dice.random() < ANSWERED[name] for _ in range(size // 12))
            drawn = Counter(dice.choices(values, weights, k=answered))
            counts[month] |= {(name, value): n for value, n in drawn.items()}
    return counts


def given(counts: Counts, made: Release, dimension: str) -> Counter[str]:
    months = parse(made.period).months
    return sum(
        (
            Counter({value: n for (name, value), n in counts[month].items() if name == dimension})
            for month in months
        ),
        Counter(),
    )


def add(sums: Sums, counts: Counts, made: Iterable[Release]) -> None:
    for each in made:
        for table in each.tables:
            answers = given(counts, each, table.dimension)
            rows = {row.value for row in table.rows if row.value != OTHER or not table.within}
            found = sums.setdefault(parse(each.period).kind, [0, 0])
            found[0] += answers.total()
            found[1] += sum(n for value, n in answers.items() if value in rows)


def kept(program: Program, size: int) -> dict[str, int]:
    """Percent of the answers given that have a row of their own, by kind of period."""
    declared = {
        answer.name: answer.values
        for answer in program.book.answers.values()
        if answer.counted and answer.name != SHOWN
    }
    assert declared.keys() == ANSWERED.keys()
    sums: Sums = {}
    for seed in range(YEARS):
        counts = skewed(random.Random(seed), declared, size)
        made, _ = release_all(counts, size, ORDER, declared)
        assert YEAR in {each.period for each in made}
        add(sums, counts, made)
    return {kind: round(100 * under / all_) for kind, (all_, under) in sums.items()}


def told() -> dict[int, dict[str, int]]:
    """The table of docs/council.md: conversations a year -> kind of period -> percent."""
    text = (ROOT / "docs" / "council.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\d,]+) a year \| (.+) \|$", text, re.MULTILINE)
    kinds = ("year", "quarter", "month")
    return {
        int(size.replace(",", "")): {
            kind: int(cell.split()[0])
            for kind, cell in zip(kinds, cells.split(" | "), strict=True)
            if "%" in cell
        }
        for size, cells in rows
    }


@pytest.mark.parametrize("size", [300, 1_000, 3_000, 30_000])
def test_most_answers_are_published_under_their_own_name_as_the_council_is_told(
    shipped: Program, size: int
) -> None:
    expected, found = told()[size], kept(shipped, size)
    assert found.keys() == expected.keys()
    for kind, percent in found.items():
        assert abs(percent - expected[kind]) <= MAY_BE_OFF, (kind, percent)
