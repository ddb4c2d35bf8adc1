"""Replies as text messages, and what each costs by the carrier's own arithmetic. Pure.

A message of GSM-7 letters holds 160 of them, a longer one 153 in each of its segments; one
letter outside that alphabet makes it UCS-2, with 70 and 67. The alphabet is 3GPP TS 23.038,
6.2.1 and 6.2.1.1 (the letters that cost two); the lengths are TS 23.040, 9.2.3.24.1.

Rule 1: a message has at most SEGMENTS_MOST segments, a turn at most MESSAGES_MOST messages.
Rule 2: nothing of a reply is lost: what is too long is divided, never cut off.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from bot.channels import plain
from bot.model import Language, Reply
from bot.texts import Catalog

SEGMENTS_MOST: Final = 2
SEGMENTS_LAST: Final = 10  # the carrier's own limit; only for what else took eleven messages
MESSAGES_MOST: Final = 10  # in one answer to the carrier
VARIANTS: Final = ("sms",)

BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = frozenset("\f^{}\\[~]|€")
_GSM: Final = BASIC | EXTENSION
_UNUSUAL: Final = re.compile(f"[^{re.escape(''.join(sorted(BASIC)))}]")  # not one unit

# Signs of print that cost a message half its room, and what a telephone's keys write instead.
_SIGNS: Final = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u02bb", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022", "-")
    | dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f", " ")
    | dict.fromkeys("\u00ad\u200b\ufeff", "")
    | {"\u2026": "..."}
)

# Where a text may be divided, best first: ends of lines, of sentences, of words. The marks of
# Chinese need no blank after them; the others are Arabic's question mark and Hindi's full stop.
_ENDS: Final = (
    re.compile(r"\n"),
    re.compile(r"[.!?\u061f\u0964]+[\"')\]]*\s|[\u3002\uff01\uff1f]+"),
    re.compile(r"\s"),
)


_GAP: Final = "\n\n"  # between blocks of one message
_Part = tuple[str, str]  # a block's text; "", or what joins it to the one before


class Limits(NamedTuple):
    """Letters of a message that is alone, and of one of several, in both encodings."""

    gsm_alone: int
    gsm: int
    ucs_alone: int
    ucs: int


LONG_CODE: Final = Limits(160, 153, 70, 67)
TOLL_FREE: Final = Limits(160, 152, 70, 66)


def encoding(text: str) -> str:
    """ "GSM-7" or "UCS-2"."""
    return "GSM-7" if _GSM.issuperset(text) else "UCS-2"


def forcing_letters(text: str) -> list[str]:
    """The letters that make a message UCS-2, each once, in their order."""
    return [letter for letter in dict.fromkeys(text) if letter not in _GSM]


def segments(text: str, limits: Limits = LONG_CODE) -> int:
    """How many segments the carrier sends and bills; 0 for no text."""
    if not _UNUSUAL.search(text):  # nearly every text: as many units as letters
        return _filled(len(text), limits.gsm_alone, limits.gsm)
    if _GSM.issuperset(text):
        units = len(text) + sum(map(text.count, EXTENSION))
        return _count(text, units, EXTENSION.__contains__, limits.gsm_alone, limits.gsm)
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    return _count(text, units, "\uffff".__lt__, limits.ucs_alone, limits.ucs)


def _filled(units: int, alone: int, most: int) -> int:
    """Segments that hold so many units, which may stand on any side."""
    return min(units, 1) if units <= alone else -(-units // most)


def _count(text: str, total: int, wide: Callable[[str], bool], alone: int, most: int) -> int:
    """Segments filled in turn; a letter that takes two units never stands on both sides."""
    if total <= alone or total == len(text):
        return _filled(total, alone, most)
    count, room = 1, most
    for letter in text:
        width = 1 + wide(letter)
        if width > room:
            count, room = count + 1, most
        room -= width
    return count


def write(
    replies: Iterable[Reply], catalog: Catalog, language: Language, limits: Limits = LONG_CODE
) -> list[str]:
    """The text messages of a turn, in order: as few as hold its blocks whole.

    Where MESSAGES_MOST of them cannot, they are filled one after the other, a block going on in
    the next at the end of a line or, failing that, of a word; longer messages are written only
    where that is not enough.
    """
    parts = list(_parts(replies, catalog, language))
    messages = _packed(parts, SEGMENTS_MOST, limits)
    if len(messages) <= MESSAGES_MOST:
        return messages
    flowing = "".join((joint or _GAP) + text for text, joint in parts).lstrip()
    for ends in (_ENDS, _ENDS[-1:]):
        messages = divided(flowing, SEGMENTS_MOST, limits, ends)
        if len(messages) <= MESSAGES_MOST:
            return messages
    for most in range(SEGMENTS_MOST + 1, SEGMENTS_LAST + 1):
        messages = _packed(parts, most, limits)
        if len(messages) <= MESSAGES_MOST:
            break
    return messages[:MESSAGES_MOST]


def _parts(replies: Iterable[Reply], catalog: Catalog, language: Language) -> Iterator[_Part]:
    """The blocks of all replies as text; for a menu, what joins it to the block before it."""
    letters = catalog.letters(language)
    for reply in replies:
        blocks = plain.blocks(reply, catalog, language, VARIANTS)
        for place, block in enumerate(blocks, start=1):
            menu = reply.choices and place == len(blocks) > 1
            joint = "" if not menu else _GAP if reply.offers else "\n"
            yield simplified("\n".join(block), letters), joint


def simplified(text: str, letters: Mapping[str, str]) -> str:
    """A text in signs that telephones have; without accents where that makes it GSM-7."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text).translate(_SIGNS)
    if not letters or _GSM.issuperset(text):
        return text
    plainer = "".join(letters.get(letter, letter) for letter in text)
    return plainer if _GSM.issuperset(plainer) else text


def _packed(parts: list[_Part], most: int, limits: Limits) -> list[str]:
    """The parts in as few messages as hold each of them whole."""
    messages: list[str] = []
    for unit in _units(parts, most, limits):
        joined = f"{messages[-1]}{_GAP}{unit}" if messages else unit
        if messages and segments(joined, limits) <= most:
            messages[-1] = joined
        else:
            messages += divided(unit, most, limits)
    return messages


def _units(parts: list[_Part], most: int, limits: Limits) -> list[str]:
    """A menu and its question are one, where they fit into one message."""
    units: list[str] = []
    for text, joint in parts:
        joined = f"{units[-1]}{joint}{text}" if joint else ""
        if joined and segments(joined, limits) <= most:
            units[-1] = joined
        else:
            units.append(text)
    return units


def divided(
    text: str,
    most: int = SEGMENTS_MOST,
    limits: Limits = LONG_CODE,
    ends: tuple[re.Pattern[str], ...] = _ENDS,
) -> list[str]:
    """A text in pieces of at most `most` segments, cut at the best ends there are."""
    pieces = []
    while segments(text, limits) > most:
        end = _end(text, most, limits, ends)
        pieces.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [piece for piece in (*pieces, text) if piece]


def _end(text: str, most: int, limits: Limits, kinds: tuple[re.Pattern[str], ...]) -> int:
    """Where the first piece ends. One that leaves it nearly empty is passed over."""
    sizes = range(1, len(text) + 1)
    room = max(1, bisect_right(sizes, most, key=lambda size: segments(text[:size], limits)))
    for kind in kinds:
        found = [match.end() for match in kind.finditer(text, 0, room + 1)]
        ends = [end for end in found if len(text[:end].rstrip()) <= room]
        if ends and (ends[-1] * 3 >= room or kind is _ENDS[-1]):
            return ends[-1]
    while room > 1 and unicodedata.category(text[room])[0] == "M":
        room -= 1  # a mark stays with its letter
    return room
