"""The time of a conversation: minutes of the week in Connecticut."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.model import WEEK, Instant

ZONE: Final = ZoneInfo("America/New_York")
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = 24 * 60


def now() -> Instant:
    """This very minute of the week."""
    return instant(datetime.now(ZONE))


def today() -> date:
    """The day it is in Connecticut."""
    return datetime.now(ZONE).date()


def instant(moment: datetime) -> Instant:
    """The minute of the week of a moment in the state's own time."""
    local = moment.astimezone(ZONE)
    return Instant(local.weekday() * _DAY + local.hour * 60 + local.minute)


def parse(text: str) -> Instant:
    """ "Sun 03:00" as a minute of the week.

    ValueError: it is not a day (Mon ... Sun) and a time (00:00 ... 23:59).
    """
    day, _, time = text.strip().partition(" ")
    hours, _, minutes = time.strip().partition(":")
    try:
        minute = DAYS.index(day[:3].lower()) * _DAY + int(hours) * 60 + int(minutes)
    except ValueError:
        raise ValueError('write a day and a time, as "Sun 03:00"') from None
    if not (0 <= int(hours) < 24 and 0 <= int(minutes) < 60 and 0 <= minute < WEEK):
        raise ValueError('the time goes from 00:00 to 23:59, as "Sun 03:00"')
    return Instant(minute)


def said(minute: Instant) -> str:
    """A minute of the week as it is written in transcripts: "Sun 03:00"."""
    day, rest = divmod(minute, _DAY)
    return f"{DAYS[day].capitalize()} {rest // 60:02}:{rest % 60:02}"
