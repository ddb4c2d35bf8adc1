"""Promises about single facts: hours, dates, numbers and addresses are read as they are meant."""

from __future__ import annotations

import doctest
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot.facts
from bot.directory import WARN_AFTER_DAYS
from bot.facts import DAYS, WrongError, number, shown, stale, street, week
from bot.model import WEEK

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("24/7", [(0, WEEK)]),
        ("Mo-Tu 09:00-12:00", [(540, 720), (1980, 2160)]),
        ("Mo 09:00-12:00,13:00-14:00", [(540, 720), (780, 840)]),
        ("Mo 09:00-12:00; We 00:00-24:00", [(540, 720), (2880, 4320)]),
        ("Mo,We 08:00-09:00", [(480, 540), (3360, 3420)]),
        ("Mo 22:00-06:00", [(1320, 1800)]),
        ("Su 22:00-06:00", [(0, 360), (9960, WEEK)]),
        ("Su-Mo 10:00-11:00", [(600, 660), (9240, 9300)]),
    ],
)
def test_hours_become_minutes_of_the_week(text: str, spans: list[tuple[int, int]]) -> None:
    assert list(week(text)) == spans


def test_numbers_are_shown_as_people_write_them() -> None:
    assert shown("+18605550100") == "1-860-555-0100"
    assert shown("233733") == "233733"
    assert shown("911") == "911"


@pytest.mark.parametrize(
    ("seen", "old"),
    [
        ("", False),
        ("2026", False),
        ("2026-11-22", False),
        ("2024-11-22", False),
        ("2024-11-21", True),
        ("2024-11", True),
        ("2024", True),
    ],
)
def test_a_fact_grows_stale_and_an_undated_one_is_told_apart(seen: str, old: bool) -> None:
    assert stale(seen, TODAY, WARN_AFTER_DAYS) is old


@pytest.mark.parametrize(
    "text",
    [
        "Come to 12 Example Street",
        "at 12 North Example Ave, Hartford",
        "12-14 Example Rd",
        "1200 Example's Blvd.",
        "P.O. Box 12",
        "PO Box 12",
        "417 Old Post Road",
        "9 Route 6",
    ],
)
def test_a_street_address_is_recognized(text: str) -> None:
    assert street(text)


@pytest.mark.parametrize(
    "text",
    [
        "the Superior Court, since 2019 Connecticut Superior Court rules",
        "Towns from a 2017 map of the 18 agencies",
        "911 is answered around the clock",
        "https://example.org/12/Main Street",
        "the Elm Street office closed",
        "54 towns",
    ],
)
def test_what_is_no_street_address_passes(text: str) -> None:
    assert not street(text)


TIMES = st.tuples(st.integers(0, 23), st.integers(0, 59))


@given(st.sampled_from(DAYS), st.sampled_from(DAYS), TIMES, TIMES)
def test_any_opening_hours_stay_inside_the_week(
    first: str, last: str, opens: tuple[int, int], closes: tuple[int, int]
) -> None:
    text = f"{first}-{last} {opens[0]:02}:{opens[1]:02}-{closes[0]:02}:{closes[1]:02}"
    if opens == closes:
        with pytest.raises(WrongError):
            week(text)
        return
    assert all(0 <= start < end <= WEEK for start, end in week(text))


def complaint(read: Callable[[], object]) -> str:
    """What a reader says of a text it cannot take, "" if it takes it."""
    try:
        read()
    except WrongError as error:
        return str(error)
    return ""


@given(st.text(), st.sampled_from(["voice", "text", "tty", "fax"]))
def test_any_text_is_a_number_or_a_sentence_that_says_what_to_do(text: str, kind: str) -> None:
    said = complaint(lambda: number(text, kind))
    assert not said or "; " in said


@given(st.text())
def test_any_text_is_hours_or_a_sentence_that_says_what_to_do(text: str) -> None:
    said = complaint(lambda: week(text))
    assert not said or "; " in said


def test_the_examples_in_the_reader_are_true() -> None:
    found = doctest.testmod(bot.facts)
    assert (found.attempted > 0, found.failed) == (True, 0)
