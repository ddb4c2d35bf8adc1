"""What may be published of a period, and why it may not."""

from __future__ import annotations

from datetime import date

import pytest

from bot.usage import release as module
from bot.usage.model import OTHER, Release
from bot.usage.periods import parse
from bot.usage.release import Refusal, allowed, make
from tests.usage_years import (
    AFTER,
    DECLARED,
    MONTHS,
    QUARTERS,
    YEAR,
    Counts,
    release_all,
)


def flat(monthly: int, **values: int) -> Counts:
    """Every month the same: conversations, and channels by name."""
    found = {("conversation", "started"): monthly}
    found |= {("channel", value): n for value, n in values.items()}
    return {month: dict(found) for month in MONTHS}


def one(label: str, counts: Counts, volume: int = 2_000, *earlier: Release) -> Release:
    made = make(parse(label), counts, earlier, DECLARED, volume, today=AFTER)
    assert isinstance(made, Release), made
    return made


def refused(label: str, counts: Counts, volume: int = 2_000, *earlier: Release) -> str:
    made = make(parse(label), counts, earlier, DECLARED, volume, today=AFTER)
    assert isinstance(made, Refusal), made
    return made.key


def rows(made: Release, dimension: str) -> dict[str, int]:
    found = [table for table in made.tables if table.dimension == dimension]
    return {row.value: row.n for table in found for row in table.rows}


# Whether it may be made at all -----------------------------------------------------------------


def test_a_period_is_released_from_the_second_day_after_its_end() -> None:
    counts = flat(30)
    for day, expected in (
        (date(2025, 12, 31), Refusal),
        (date(2026, 1, 1), Refusal),
        (AFTER, Release),
    ):
        assert isinstance(make(parse("2025"), counts, [], DECLARED, 0, today=day), expected), day


def test_a_refusal_names_the_day_from_which_it_can_be_done() -> None:
    made = make(parse("2025-Q4"), flat(30), [], DECLARED, 0, today=date(2025, 12, 31))
    assert isinstance(made, Refusal)
    assert made.args["day"] == "2026-01-02"


def test_no_period_is_released_twice() -> None:
    first = one("2025-Q1", flat(30))
    assert refused("2025-Q1", flat(60), 2_000, first) == "again"


def test_no_part_is_released_after_the_whole() -> None:
    whole = one("2025", flat(30))
    assert refused("2025-Q1", flat(30), 2_000, whole) == "inside"
    assert refused("2025-07", flat(30), 50_000, whole) == "inside"


@pytest.mark.parametrize(
    ("volume", "quarter", "month"),
    [
        (0, (), None),
        (999, (), None),
        (1_000, ("*",), None),
        (2_999, ("*",), None),
        (3_000, ("*",), ("channel",)),
        (29_999, ("*",), ("channel",)),
        (30_000, ("*",), ("*",)),
    ],
)
def test_the_year_before_decides_how_fine_a_release_may_be(
    volume: int, quarter: tuple[str, ...], month: tuple[str, ...] | None
) -> None:
    assert allowed(parse("2025"), volume) == ("*",)
    assert allowed(parse("2025-Q1"), volume) == quarter
    assert allowed(parse("2025-01"), volume) == month


def test_a_refusal_does_not_tell_how_many_there_were_in_the_year_before() -> None:
    made = make(parse("2025-07"), flat(30), [], DECLARED, 1_234, today=AFTER)
    assert isinstance(made, Refusal)
    assert made.args == {"period": "July 2025", "year": "2024", "least": "3,000"}


def test_the_tables_of_a_release_are_those_that_its_grain_allows() -> None:
    counts = flat(300, sms=200, web=100)
    assert refused("2025-01", counts, 2_999) == "too_fine"
    assert [t.dimension for t in one("2025-01", counts, 3_000).tables] == ["channel"]
    assert [t.dimension for t in one("2025-01", counts, 30_000).tables] == [*DECLARED]
    few = one("2025-Q1", counts, 999)
    assert (few.total, few.tables, few.notes) == (900, (), ("totals_only",))
    assert [t.dimension for t in one("2025", counts, 0).tables] == [*DECLARED]


def test_a_quarter_below_eleven_waits_for_the_year_and_a_year_says_no_more_than_that() -> None:
    assert refused("2025-Q1", flat(3)) == "too_few"
    assert refused("2025-Q1", flat(0)) == "too_few", "or the others would be 1 to 10"
    for monthly in (0, 0.8):
        counts = flat(0)
        counts["2025-01"] = {("conversation", "started"): int(monthly * 12)}
        made = one("2025", counts)
        assert (made.total, made.tables, made.notes) == (None, (), ("fewer",))


# That it adds up ---------------------------------------------------------------------------------


def test_a_year_leaves_out_the_one_quarter_that_a_difference_would_tell() -> None:
    counts = flat(100, sms=100)
    for month in parse("2025-Q4").months:
        counts[month] = {("conversation", "started"): 2, ("channel", "sms"): 2}
    made, no = release_all(counts, 2_000, [*QUARTERS, YEAR])
    assert [(label, each.key) for label, each in no] == [("2025-Q4", "too_few")]
    assert made[-1].total == 900
    assert made[-1].left_out == ("2025-Q4",)
    assert made[-1].notes == ("left_out",)


def test_what_a_quarter_left_out_is_not_in_the_year_either() -> None:
    counts = flat(4_000, sms=4_000)
    counts["2025-02"] = {("conversation", "started"): 4, ("channel", "sms"): 4}
    made, no = release_all(counts, 50_000, [*MONTHS, *QUARTERS, YEAR])
    assert [label for label, _ in no] == ["2025-02"]
    assert (made[-1].total, made[-1].left_out) == (44_000, ("2025-02",))


def test_small_quarters_are_in_the_year_where_their_sum_tells_none_of_them() -> None:
    counts = flat(0)
    counts["2025-01"] = {("conversation", "started"): 500}
    for month in ("2025-04", "2025-07", "2025-10"):
        counts[month] = {("conversation", "started"): 6}
    made, _ = release_all(counts, 2_000, [*QUARTERS, YEAR])
    assert made[-1].total == 518
    counts["2025-10"] = {("conversation", "started"): 9}
    assert one("2025", counts, 2_000, made[0]).left_out == ("2025-Q2", "2025-Q3", "2025-Q4")


def test_a_year_of_four_full_small_quarters_is_refused() -> None:
    """Forty in four quarters of at most ten: each had ten."""
    counts = flat(0)
    for month in ("2025-01", "2025-04", "2025-07", "2025-10"):
        counts[month] = {("conversation", "started"): 10}
    assert refused("2025", counts) == "too_even"
    for month in ("2025-01", "2025-04", "2025-07", "2025-10"):
        counts[month] = {("conversation", "started"): 7}
    assert one("2025", counts).total == 28


def test_a_year_keeps_to_what_its_quarters_said_whatever_is_counted_later() -> None:
    counts = flat(100, sms=60, web=37, telegram=3)
    made, _ = release_all(counts, 2_000, QUARTERS)
    counts["2025-02"] = {
        ("conversation", "started"): 105,
        ("channel", "sms"): 63,
        ("channel", "web"): 39,
    }
    year = one("2025", counts, 2_000, *made)
    assert year.total == 1_200
    assert rows(year, "channel") == {
        value: sum(rows(each, "channel")[value] for each in made)
        for value in rows(year, "channel")
    }


def test_after_a_crash_the_total_is_the_largest_table() -> None:
    made = one("2025", flat(100, sms=70, web=40))
    assert made.total == 1_320
    assert "uneven" in made.notes
    assert rows(made, "channel") == {
        "sms": 840,
        "web": 480,
        "whatsapp": 0,
        "telegram": 0,
        "not_asked": 0,
    }


def test_values_that_are_no_longer_declared_stay_in_their_tables() -> None:
    counts = flat(100, sms=60, pigeon=40)
    assert rows(one("2025", counts), "channel")["pigeon"] == 480


def test_a_zero_is_printed_only_where_nothing_is_rolled_up() -> None:
    assert rows(one("2025-Q1", flat(100, sms=100)), "channel")["web"] == 0
    small = rows(one("2025-Q1", flat(100, sms=60, telegram=37, whatsapp=2, web=1)), "channel")
    assert small == {"sms": 180, OTHER: 120}


def test_a_row_of_shown_is_left_out_where_what_is_left_is_small() -> None:
    counts = flat(100)
    for month in MONTHS:
        counts[month] |= {("shown", "help_line"): 99, ("shown", "police"): 50}
    made = one("2025-Q1", counts)
    assert rows(made, "shown") == {"police": 150}
    table = made.tables[-1]
    assert (table.within, table.notes, table.exclusive) == (
        ("help_line",),
        ("not_published",),
        False,
    )


def test_a_demonstration_says_so() -> None:
    made = make(parse("2025"), flat(30), [], DECLARED, 0, today=AFTER, demo=True)
    assert isinstance(made, Release)
    assert made.demo


# Differences -------------------------------------------------------------------------------------


def test_a_value_that_was_rolled_up_in_one_quarter_gets_no_row_in_the_year() -> None:
    counts = flat(100, sms=40, web=40, telegram=20)
    for month in parse("2025-Q2").months:
        counts[month] = {
            ("conversation", "started"): 100, ("channel", "sms"): 60, ("channel", "web"): 39,
            ("channel", "telegram"): 1,
        }  # fmt: skip
    made, _ = release_all(counts, 2_000, [*QUARTERS, YEAR])
    year = rows(made[-1], "channel")
    assert "telegram" in rows(made[0], "channel")
    assert "telegram" not in rows(made[1], "channel")
    assert "telegram" not in year
    assert sum(year.values()) == made[-1].total == 1_200


def test_without_the_quarters_the_same_year_has_that_row() -> None:
    counts = flat(100, sms=40, web=40, telegram=20)
    counts["2025-05"] = {
        ("conversation", "started"): 100,
        ("channel", "sms"): 99,
        ("channel", "web"): 1,
    }
    assert rows(one("2025", counts), "channel")["telegram"] == 220


def test_the_auditor_has_the_last_word_on_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a rule would let a table through that tells a small cell, it is rolled up further."""
    counts = flat(30, sms=20, web=9, telegram=1)
    monkeypatch.setattr(module, "rolled_up", lambda cells: frozenset({"telegram"} & {*cells}))
    assert rows(one("2025-Q1", counts), "channel") == {"sms": 60, OTHER: 30}
    monkeypatch.setattr(module, "derivable", lambda *_known: [])
    assert rows(one("2025-Q1", counts), "channel")["web"] == 27


def test_a_total_that_would_tell_a_small_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A year after three quarters, with a small fourth, and the rule against it taken away."""
    earlier = [Release(label, 300, ()) for label in QUARTERS[:3]]
    counts = flat(100)
    for month in parse("2025-Q4").months:
        counts[month] = {("conversation", "started"): 2}
    assert one("2025", counts, 2_000, *earlier).total == 900
    monkeypatch.setattr(module, "total_may_hold", lambda _totals: True)
    assert refused("2025", counts, 2_000, *earlier) == "derivable"
    bare = make(parse("2025"), counts, earlier, {}, 2_000, today=AFTER)
    assert bare == Refusal("derivable", {"period": "2025"}), "also where there is no table"
