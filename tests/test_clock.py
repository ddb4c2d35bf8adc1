"""The time is Connecticut's, wherever the machine stands."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import clock
from bot.model import WEEK, Instant


@pytest.mark.parametrize(
    ("text", "minute"), [("Mon 00:00", 0), ("Sun 03:00", 8820), ("sunday 23:59", WEEK - 1)]
)
def test_a_day_and_a_time_are_a_minute_of_the_week(text: str, minute: int) -> None:
    assert clock.parse(text) == minute


@pytest.mark.parametrize(
    "text", ["", "noon", "Sun", "Sun 3", "Sun 24:00", "Sun 10:60", "Xyz 10:00"]
)
def test_anything_else_says_how_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match='as "Sun 03:00"'):
        clock.parse(text)


@given(st.integers(0, WEEK - 1))
def test_every_minute_is_written_and_read_alike(minute: int) -> None:
    assert clock.parse(clock.said(Instant(minute))) == minute


def test_summer_time_and_winter_time_are_the_state_s() -> None:
    assert clock.said(clock.instant(datetime(2026, 7, 6, 16, 0, tzinfo=UTC))) == "Mon 12:00"
    assert clock.said(clock.instant(datetime(2026, 12, 7, 17, 0, tzinfo=UTC))) == "Mon 12:00"


def test_now_is_a_minute_of_the_week() -> None:
    assert 0 <= clock.now() < WEEK
