"""Links and QR codes to hand on. Pure: settings in, links out.

Rule 1: a link holds an address of ours, and at most a language and a mark for a *kind* of place:
nothing of anybody, and no single place.
Rule 2: a mark is three letters without meaning. A link stays in the history of a phone, and there
the word "shelter" would tell whoever looks over it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import segno

from bot.config import Settings
from bot.facts import shown
from bot.model import Language

LETTERS: Final = "bcdfghjkmnpqrstvwxz"  # no vowel: no words
MARK_LETTERS: Final = 3
BORDER: Final = 4  # modules of quiet around a code, as its standard asks
OPEN_HOSTS: Final = ("0.0.0.0", "::", "")  # noqa: S104  compared with, never listened on
HERE: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to the chat: its name (`web`, `sms`, `telegram`), link, and code as SVG."""

    name: str
    link: str
    shown: str  # as a person types it: no https://, no mark, a number with hyphens
    code: str


def mark(place: str) -> str:
    """The letters that stand for a kind of place in a link; "" for none."""
    if not place:
        return ""
    letters, rest = "", int.from_bytes(blake2b(place.encode(), digest_size=4).digest())
    for _ in range(MARK_LETTERS):
        rest, at = divmod(rest, len(LETTERS))
        letters += LETTERS[at]
    return letters


def place_of(marked: str, places: Iterable[str]) -> str:
    """The kind of place that a mark stands for, "" for none of `places`."""
    return next((place for place in places if mark(place) == marked), "")


def address(settings: Settings) -> str:
    """Where the web chat is, without a slash at the end."""
    if settings.public_url:
        return settings.public_url
    host = HERE if settings.host in OPEN_HOSTS else settings.host
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def ways(settings: Settings, language: Language, place: str) -> tuple[Way, ...]:
    """Every way that somebody answers on, the web chat first; the marks of `place` in them."""
    found = [_way("web", _web(settings, place))]
    if settings.answers_twilio and settings.twilio_number:
        found.append(_sms(settings.twilio_number))
    if settings.telegram_token and settings.telegram_name:
        found.append(_way("telegram", _telegram(settings.telegram_name, language, place)))
    return tuple(found)


def _web(settings: Settings, place: str) -> str:
    marked = mark(place)
    return f"{address(settings)}/?{marked}" if marked else f"{address(settings)}/"


def _telegram(name: str, language: Language, place: str) -> str:
    code = "-".join(filter(None, (language, mark(place))))
    return f"https://t.me/{name}?start={code}"


def _sms(number: str) -> Way:
    """No body: whatever is written there stays on the phone, and every body is a hello."""
    link = f"sms:{number}"
    return Way("sms", link, shown(number), _code(link))


def _way(name: str, link: str) -> Way:
    return Way(name, link, link.partition("://")[2].partition("?")[0].rstrip("/"), _code(link))


def _code(link: str) -> str:
    """A QR code as an SVG element that fills its box, dark on nothing."""
    code = segno.make(link, error="m", micro=False)
    return code.svg_inline(border=BORDER, omitsize=True, svgclass=None, lineclass=None)
