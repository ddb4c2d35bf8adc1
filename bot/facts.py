"""One fact at a time: is it written as it must be, and what does it mean?

Rule 1: no file is opened here, and no fact is put right. What is wrong is told to its author in
a sentence that says what to do; the value read is then a harmless one, so that one run finds
every problem.
Rule 2: no street address passes, in any field: a shelter's address can cost a life.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date
from typing import Final, TypeVar

import phonenumbers

from bot.fields import nearest
from bot.model import WEEK
from bot.source import Node, Problem, Spot

T = TypeVar("T")
DAY: Final = 24 * 60  # minutes
DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
EVER: Final = ((0, WEEK),)
COUNTRY: Final = "US"

_DATE = re.compile(r"\d{4}(-\d\d){0,2}\Z")
_TIMES = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)\Z")
_THREE_DIGITS = re.compile(r"(?:[2-9]11|988)\Z")  # the national short numbers
_RELAY = re.compile(r"711\Z")  # for teletypes only
_SHORT_CODE = re.compile(r"\d{5,6}\Z")  # takes texts, never calls
_LANGUAGE = re.compile(r"[a-z]{2,3}\Z")
_URL = re.compile(r"https?://\S+")
_STREET = re.compile(
    r"\b\d{1,5}(?:-\d{1,5})? (?:(?!Superior|Supreme|Juvenile|Probate)[A-Z][\w.'\u2019]* ){1,3}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Lane|Ln|Boulevard|Blvd|Court|Ct|Place|Pl|Highway"
    r"|Hwy|Turnpike|Tpke|Parkway|Pkwy|Square|Sq|Terrace|Ter|Circle|Cir|Way|Plaza|Row|Pike)\b"
    r"|\bP\.? ?O\.? ?Box\b|\b\d{1,5} (?:Route|Rte\.?) \d"
)


class WrongError(ValueError):
    """A value that cannot be right. Its text says why, and what to do."""


class Record:
    """One entry of a file of the directory, read field by field.

    `name` is how problems call it; `allowed` are all the fields it may have.
    """

    def __init__(
        self, name: str, node: Node, allowed: Collection[str], problems: list[Problem]
    ) -> None:
        self.name = name
        self.node = node
        self.problems = problems
        for key, spot in node.keys.items():
            if key not in allowed:
                self.wrong(spot, f"there is no field '{key}'; {_unknown(key, allowed)}")
        self._refuse_streets(node)

    def wrong(self, place: str | Spot, what: str) -> None:
        """Note a problem at a field, or at a spot."""
        if isinstance(place, str):
            found = self.node.fields.get(place)
            place = found.spot if found else self.node.spot
        problem = Problem(place, f"{self.name}: {what}")
        if problem not in self.problems:  # a field may be read twice, its fault is one
            self.problems.append(problem)

    def text(self, key: str) -> str:
        """A field as text, "" where it is left out."""
        found = self.node.fields.get(key)
        if found is None:
            return ""
        if found.kind != "text" or not found.text:
            self.wrong(key, f"'{key}' is empty; write it in one piece, or remove the line")
        return found.text

    def need(self, key: str, advice: str) -> str:
        """A field that must be there; `advice` says what to write."""
        if key not in self.node.fields:
            self.wrong(key, f"'{key}' is missing; {advice}")
        return self.text(key)

    def read(self, key: str, parse: Callable[[str], T], otherwise: T) -> T:
        """A field by its own reader; `otherwise` where it is left out or wrong."""
        text = self.text(key)
        if not text:
            return otherwise
        try:
            return parse(text)
        except WrongError as error:
            self.wrong(key, f"'{key}' {error}")
            return otherwise

    def one_of(self, key: str, known: Collection[str], otherwise: str) -> str:
        """A field that has one of few words."""
        return self.read(key, lambda text: one_of(text, known), otherwise)

    def records(self, key: str, name: str, allowed: Collection[str]) -> list[Record]:
        """A field that is a list of entries."""
        found = self.node.fields.get(key)
        if found is None:
            return []
        for item in found.items:
            if item.kind != "mapping":
                self.wrong(item.spot, f"an item of '{key}' must have 'name: value' lines")
        if found.kind != "list" or not found.items:
            self.wrong(key, f"'{key}' must be a list; begin each item with a hyphen")
        return [
            Record(f"{self.name}, {name} {at}", item, allowed, self.problems)
            for at, item in enumerate(found.items, 1)
            if item.kind == "mapping"
        ]

    def _refuse_streets(self, node: Node) -> None:
        if node.kind == "text" and street(node.text):
            self.wrong(
                node.spot, "this looks like a street address; remove it, no address is kept here"
            )
        for part in (*node.fields.values(), *node.items):
            if part.kind != "mapping":  # records of a list look for themselves
                self._refuse_streets(part)


def _unknown(key: str, allowed: Collection[str]) -> str:
    if key in {"address", "street", "location"}:
        return "no address is kept here, remove it"
    return nearest(key, allowed)


def row(spot: Spot, cells: dict[str, str]) -> Node:
    """A row of a CSV file as a node; empty cells are left out."""
    fields = {key: Node(spot, "text", text) for key, text in cells.items() if text}
    return Node(spot, "mapping", fields=fields)


def street(text: str) -> bool:
    """Whether a text seems to hold a street address. Addresses of web pages are no streets."""
    return _STREET.search(_URL.sub("", text)) is not None


def one_of(text: str, known: Collection[str]) -> str:
    """One of few words, or WrongError."""
    if text not in known:
        raise WrongError(f"cannot be '{text}'; {nearest(text, known)}")
    return text


def some_of(text: str, known: Collection[str]) -> frozenset[str]:
    """Words with commas, all of them known, or WrongError."""
    words = [word.strip() for word in text.split(",")]
    return frozenset(one_of(word, known) for word in words)


def languages(text: str) -> tuple[frozenset[str], bool]:
    """("en es interpreter") -> the language tags, and whether there is an interpreter."""
    words = set(text.split())
    for word in sorted(words - {"interpreter"}):
        if not _LANGUAGE.match(word):
            raise WrongError(f"cannot have '{word}'; write codes with spaces, as in: en es")
    return frozenset(words - {"interpreter"}), "interpreter" in words


def url(text: str) -> str:
    """The address of a page or a chat."""
    if not _URL.fullmatch(text):
        raise WrongError(f"cannot be '{text}'; write it whole, https:// first")
    return text


def age(text: str) -> int:
    """Whole years, 0 to 120."""
    if not text.isascii() or not text.isdecimal() or int(text) > 120:
        raise WrongError(f"cannot be '{text}'; write whole years, as in: 18")
    return int(text)


def day(text: str, today: date) -> str:
    """A day, a month or a year that has begun: "2024-05-01", "2024-05", "2024"."""
    try:
        began = _first_day(text)
    except ValueError:
        raise WrongError(f"cannot be '{text}'; write 2026-05-01, 2026-05 or 2026") from None
    if began > today:
        raise WrongError(f"cannot be '{text}', which is in the future; correct it")
    return text


def _first_day(text: str) -> date:
    if not _DATE.match(text):
        raise ValueError(text)
    return date.fromisoformat((text + "-01-01")[:10])


def stale(seen: str, today: date, limit_days: int) -> bool:
    """Whether a date is more than `limit_days` ago. A year alone counts from its first day.

    No date ("") is not stale: it is undated, which is told apart in the listing.
    """
    return bool(seen) and (today - _first_day(seen)).days > limit_days


def number(text: str, kind: str) -> str:
    """A number that such a line can have, E.164 or short, or WrongError."""
    short = text.isascii() and text.isdecimal() and len(text) <= 6
    if short and not _short_fits(text, kind):
        raise WrongError(f"cannot be '{text}' for a {kind} line; check the number and its type")
    if not short and not _is_american(text):
        raise WrongError(f"cannot be '{text}'; write +1 and ten digits, nothing between them")
    return text


def _short_fits(text: str, kind: str) -> bool:
    if kind == "tty":
        return _RELAY.match(text) is not None
    if _RELAY.match(text) or kind == "fax":
        return False
    wanted = _THREE_DIGITS.match(text)
    return bool(wanted or (kind == "text" and _SHORT_CODE.match(text)))


def _is_american(text: str) -> bool:
    if not re.match(r"\+\d+\Z", text, re.ASCII):
        return False
    try:
        parsed = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number_for_region(parsed, COUNTRY)


def shown(text: str) -> str:
    """A number as people write it, in groups with hyphens; a short one as it is."""
    if len(text) != len("+1AAAEEELLLL") or not text.startswith("+1"):
        return text
    return f"1-{text[2:5]}-{text[5:8]}-{text[8:]}"


def week(text: str) -> tuple[tuple[int, int], ...]:
    """Opening hours as (opens, closes) in minutes of the week, Monday 00:00 = 0, in order.

    >>> week("Mo-Tu 09:00-12:00")
    ((540, 720), (1980, 2160))
    """
    if text == "24/7":
        return EVER
    spans: list[tuple[int, int]] = []
    for rule in text.split(";"):
        days, _, times = rule.strip().partition(" ")
        for first in _days(days, text):
            for span in times.split(","):
                spans += _spans(first * DAY, span.strip(), text)
    return tuple(sorted(spans))


def _wrong_hours(text: str) -> WrongError:
    return WrongError(f"cannot be '{text}'; write 24/7, or as in: Mo-Fr 09:00-12:00,13:00-16:30")


def _days(text: str, whole: str) -> list[int]:
    """ "Mo-We,Sa" -> [0, 1, 2, 5]; "Sa-Mo" runs over the week's end."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise _wrong_hours(whole)
        start = DAYS.index(first)
        length = (DAYS.index(last or first) - start) % len(DAYS)
        found += [(start + step) % len(DAYS) for step in range(length + 1)]
    return found


def _spans(midnight: int, text: str, whole: str) -> list[tuple[int, int]]:
    """One span of one day; what runs over the week's end goes on at its beginning."""
    match = _TIMES.match(text)
    if not match:
        raise _wrong_hours(whole)
    hour, minute, last_hour, last_minute = map(int, match.groups())
    opens, closes = hour * 60 + minute, last_hour * 60 + last_minute
    if max(minute, last_minute) > 59 or opens >= DAY or closes > DAY or opens == closes:
        raise _wrong_hours(whole)
    opens, closes = midnight + opens, midnight + closes + (DAY if closes < opens else 0)
    if closes <= WEEK:
        return [(opens, closes)]
    return [(opens, WEEK), (0, closes - WEEK)]
