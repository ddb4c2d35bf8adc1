"""Periods that may be released: a year "2026", a quarter "2026-Q3", a month "2026-07".

Rule: fixed by the calendar, never overlapping but by nesting. A rolling week or a chosen range is
no period: each would be one more equation for whoever wants to single somebody out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

YEARS: Final = range(2020, 2100)
GRACE: Final = timedelta(days=1)  # a talk over midnight, and the batch that is then written
NAMES: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_MONTHS_OF: Final = {"year": 12, "quarter": 3, "month": 1}
_LABEL: Final = re.compile(r"([0-9]{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?", re.ASCII)
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A stretch of whole months. `first` and `last` are both in it: "2026-07", "2026-09"."""

    first: str
    last: str
    label: str
    kind: str  # "year", "quarter", "month"

    @property
    def months(self) -> tuple[str, ...]:
        """Its months, in order; of a month itself alone."""
        year, month = int(self.first[:4]), int(self.first[5:])
        return tuple(f"{year:04}-{month + each:02}" for each in range(_MONTHS_OF[self.kind]))

    @property
    def quarters(self) -> tuple[Period, ...]:
        """The quarters of a year, a quarter itself; of a month none."""
        if self.kind == "month":
            return ()
        starts = {int(month[5:]) for month in self.months}
        return tuple(_quarter(self.first[:4], n) for n in range(1, 5) if n * 3 in starts)

    @property
    def name(self) -> str:
        """In words: "2026", "July to September 2026", "July 2026"."""
        if self.kind == "year":
            return self.label
        first, last = (NAMES[int(month[5:]) - 1] for month in (self.first, self.last))
        return (
            f"{first} {self.label[:4]}" if first == last else f"{first} to {last} {self.first[:4]}"
        )

    @property
    def end(self) -> date:
        """Its last day."""
        year, month = int(self.last[:4]), int(self.last[5:])
        return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)

    def over(self, today: date) -> bool:
        """Whether nothing more can be counted in it: from the second day after its end on."""
        return today > self.end + GRACE

    def __contains__(self, other: Period) -> bool:
        return self.first <= other.first and other.last <= self.last

    def __str__(self) -> str:
        return self.label


def parse(text: str) -> Period:
    """The period of a label. ValueError, in a sentence: there is no such period."""
    found = _LABEL.fullmatch(text.strip())
    if found is None or int(found[1]) not in YEARS:
        raise ValueError(
            f"There is no period '{text.strip()[:20]}'. Write a year as 2026, a quarter as 2026-Q3"
            " or a month as 2026-07."
        )
    year, quarter, month = found.groups()
    if quarter:
        return _quarter(year, int(quarter))
    if month:
        return Period(f"{year}-{month}", f"{year}-{month}", f"{year}-{month}", "month")
    return Period(f"{year}-01", f"{year}-12", year, "year")


def _quarter(year: str, n: int) -> Period:
    return Period(f"{year}-{n * 3 - 2:02}", f"{year}-{n * 3:02}", f"{year}-Q{n}", "quarter")


def year_of(month: str) -> Period:
    """The year in which a month lies."""
    return parse(month[:4])


def quarter_of(month: str) -> Period:
    """The quarter in which a month lies."""
    return _quarter(month[:4], (int(month[5:]) + 2) // 3)


def month_of(day: date) -> str:
    """The month of a day, as counters name it: "2026-07"."""
    return f"{day.year:04}-{day.month:02}"


def before(month: str) -> str:
    """The month before: "2025-12" of "2026-01"."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year:04}-{number - 1:02}" if number > 1 else f"{year - 1:04}-12"


def is_odd(month: str) -> bool:
    """Whether the number of a month in its year is odd: no two months in a row are."""
    return int(month[5:]) % 2 == 1


def is_month(text: str) -> bool:
    """Whether it names a month as counters do."""
    return _MONTH.fullmatch(text) is not None
