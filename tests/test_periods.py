"""Periods are those of the calendar, and no others."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.usage import periods
from bot.usage.periods import parse

DAYS = st.dates(date(2020, 1, 1), date(2098, 12, 31))


@pytest.mark.parametrize(
    ("label", "first", "last", "name", "end"),
    [
        ("2026", "2026-01", "2026-12", "2026", date(2026, 12, 31)),
        ("2026-Q1", "2026-01", "2026-03", "January to March 2026", date(2026, 3, 31)),
        ("2026-Q4", "2026-10", "2026-12", "October to December 2026", date(2026, 12, 31)),
        ("2024-02", "2024-02", "2024-02", "February 2024", date(2024, 2, 29)),
        (" 2026-12 ", "2026-12", "2026-12", "December 2026", date(2026, 12, 31)),
    ],
)
def test_a_label_is_a_stretch_of_whole_months(
    label: str, first: str, last: str, name: str, end: date
) -> None:
    period = parse(label)
    assert (period.first, period.last, period.name, period.end) == (first, last, name, end)
    assert str(period) == label.strip()
    assert (period.months[0], period.months[-1]) == (first, last)


@pytest.mark.parametrize(
    "label",
    ["", "26", "2026-Q5", "2026-Q0", "2026-13", "2026-1", "2026-07-14", "last week", "1999",
     "2026-07..2026-09", "２０２６", "2026-Q3\n2026", "-2026"],
)  # fmt: skip
def test_what_is_no_period_is_refused_in_a_sentence_that_says_how_to_write_one(label: str) -> None:
    with pytest.raises(ValueError, match=r"There is no period .*2026-Q3"):
        parse(label)


def test_a_year_is_its_quarters_and_a_quarter_its_months() -> None:
    year = parse("2026")
    assert [each.label for each in year.quarters] == ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]
    assert sum((each.months for each in year.quarters), ()) == year.months
    assert len(year.months) == 12
    for quarter in year.quarters:
        assert quarter.quarters == (quarter,)
        assert quarter in year
        assert year not in quarter
    assert parse("2026-07").quarters == ()
    assert parse("2026-07") in parse("2026-Q3")
    assert parse("2026-07") not in parse("2026-Q2")


def test_a_period_is_over_on_the_second_day_after_its_end() -> None:
    """A talk over midnight, and the batch that is written then, belong to it."""
    assert not parse("2026-Q3").over(date(2026, 9, 30))
    assert not parse("2026-Q3").over(date(2026, 10, 1))
    assert parse("2026-Q3").over(date(2026, 10, 2))


@given(DAYS)
def test_every_day_is_in_one_month_one_quarter_and_one_year(day: date) -> None:
    month = periods.month_of(day)
    assert periods.is_month(month)
    period, quarter, year = parse(month), periods.quarter_of(month), periods.year_of(month)
    assert period in quarter
    assert quarter in year
    assert not year.over(day)
    assert period.end + timedelta(days=1) > day
    assert parse(quarter.label) == quarter


@given(DAYS)
def test_the_month_before_ends_the_day_before(day: date) -> None:
    month = periods.month_of(day)
    before = periods.month_of(day.replace(day=1) - timedelta(days=1))
    assert periods.before(month) == before


def test_two_months_in_a_row_never_look_the_same_in_one_bit() -> None:
    """Also at the turn of a year: December is even, January odd."""
    for year in (2026, 2027):
        for number in range(1, 13):
            month = f"{year}-{number:02}"
            assert periods.is_odd(month) != periods.is_odd(periods.before(month))
