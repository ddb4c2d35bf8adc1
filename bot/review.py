"""What is wrong with a translation, in words for its translator. Pure.

Rule 1: every text is judged, and every flaw of it named, so that one run finds all.
Rule 2: a text with a flaw is not said; English is. A wrong number is worse than a foreign one.
Rule 3: nothing here knows a language: what a sentence means is for people to review.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.fields import PLACEHOLDER
from bot.model import Language, Source, TextId
from bot.po import Entry, PoFile
from bot.source import Spot

STATUS: Final = "X-Waypost-Status"
SMS_LETTERS: Final = TextId("always/sms_letters")
UPDATE: Final = "run 'waypost translate update'"

MISSING: Final = "missing"
FUZZY: Final = "fuzzy"
OUTDATED: Final = "outdated"
LONG: Final = "too long"
WRONG: Final = "wrong"
KINDS: Final = (MISSING, FUZZY, OUTDATED, LONG, WRONG)
BEHIND: Final = frozenset({MISSING, FUZZY, OUTDATED})  # nobody's mistake: the flows went on

_DIGITS = re.compile(r"\d+")
_PHONE = re.compile(r"\+?\d(?:[\s().\-\u2010-\u2015/]*\d){6,}")
_REVIEWED = re.compile(r"reviewed by \S.* on (\d{4}-\d{2}-\d{2})")
# Marks of direction and joining are part of some scripts; these only hide what a text says.
_HIDING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufffd")


@dataclass(frozen=True, slots=True, order=True)
class Flaw:
    """One thing to mend. `id` is empty where the whole file is meant."""

    spot: Spot
    kind: str  # one of KINDS
    id: TextId
    english: str
    what: str


def wanted(sources: Mapping[TextId, Source]) -> dict[TextId, Source]:
    """The texts translators translate, in reading order: by file and line.

    Not those that are the same everywhere, nor those made of placeholders alone.
    """
    kept = [(id, source) for id, source in sources.items() if _translatable(source)]
    return dict(sorted(kept, key=lambda pair: (pair[1].file, pair[1].line, pair[0])))


def _translatable(source: Source) -> bool:
    return not source.fixed and bool(PLACEHOLDER.sub("", source.said).strip())


def heard(id: TextId) -> bool:
    """Whether a text lists words that people send, and is never shown."""
    return id.endswith("/also") or id.startswith("always/words/")


def review(file: PoFile, language: Language, sources: Mapping[TextId, Source]) -> list[Flaw]:
    """Every flaw of one catalog, by line; texts that are not in it last."""
    texts = wanted(sources)
    flaws = list(_header(file))
    seen: set[TextId] = set()
    for entry in file.entries:
        found = _judge(entry, texts)
        if entry.id in seen:
            found = [(f"'{entry.id}' is translated twice; keep one of them", WRONG)]
        seen.add(entry.id)
        spot = Spot(file.name, entry.line)
        flaws += [Flaw(spot, kind, entry.id, entry.english, what) for what, kind in found]
    for id, source in texts.items():
        if id not in seen:
            what = (
                f"{language} has no translation for '{id}' (\"{_short(source.said)}\"); {UPDATE}"
            )
            flaws.append(Flaw(Spot(file.name, 1), MISSING, id, source.said, what))
    return flaws


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _header(file: PoFile) -> Iterator[Flaw]:
    status = dict(file.header).get(STATUS, "")
    if status == "draft" or _is_review(status):
        return
    wanted = "'draft' or 'reviewed by NAME on YEAR-MONTH-DAY'"
    what = f"the header needs {STATUS}: {wanted}; it has '{status}'"
    if not status:
        what = f"the header lacks {STATUS}; add {wanted}"
    yield Flaw(Spot(file.name, file.line), WRONG, TextId(""), "", what)


def _is_review(status: str) -> bool:
    match = _REVIEWED.fullmatch(status)
    if match is None:
        return False
    try:
        return bool(date.fromisoformat(match[1]))
    except ValueError:
        return False


Judged = list[tuple[str, str]]  # what, and its kind


def _judge(entry: Entry, texts: Mapping[TextId, Source]) -> Judged:
    """One entry: first whether it can be judged at all, then everything wrong with it."""
    source = texts.get(entry.id)
    if source is None:
        return [(f"the flows have no text '{entry.id}' (any more); {UPDATE}", OUTDATED)]
    if entry.plural:
        return [("plural forms are not used here; remove msgid_plural and msgstr[1]", WRONG)]
    if entry.english != source.said and not heard(entry.id):  # each language has its own words
        what = f"the English of '{entry.id}' has changed; {UPDATE}, then translate it again"
        return [(what, OUTDATED)]
    if entry.fuzzy:
        what = f"'{entry.id}' is marked as doubtful (fuzzy); check it and remove the mark"
        return [(what, FUZZY)]
    if not entry.said.strip():
        what = f"'{entry.id}' (\"{_short(source.said)}\") is not translated; write its msgstr"
        return [] if entry.id == SMS_LETTERS else [(what, MISSING)]
    found: Judged = [(what, WRONG) for check in _CHECKS for what in check(entry, source)]
    return found + [(what, LONG) for what in _too_long(entry, source)]


def _too_long(entry: Entry, source: Source) -> Iterator[str]:
    letters = len(unicodedata.normalize("NFC", entry.said))
    if source.most and letters > source.most:
        over = letters - source.most
        yield f"{letters} letters, at most {source.most} fit; shorten it by {over}"


def _placeholders(entry: Entry, source: Source) -> Iterator[str]:
    there, needed = set(PLACEHOLDER.findall(entry.said)), set(PLACEHOLDER.findall(source.said))
    for name in sorted(needed - there):
        yield f"{{{name}}} is missing in the translation; write it as it is in the English"
    for name in sorted(there - needed):
        yield f"{{{name}}} is not in the English; remove it, or write what the English has"
    if re.search("[{}]", PLACEHOLDER.sub("", entry.said)):
        yield "a brace { or } stands alone; write the placeholders as in the English"


def _numbers(entry: Entry, source: Source) -> Iterator[str]:
    """A contact is named by its id: a number typed here would outlive the true one."""
    if heard(entry.id):
        return
    said = PLACEHOLDER.sub(" ", entry.said)
    known = set(map(_plain, _DIGITS.findall(PLACEHOLDER.sub(" ", source.said))))
    typed = _PHONE.findall(said) or [
        number
        for number in _DIGITS.findall(said)
        if len(number) > 2 and _plain(number) not in known
    ]
    if typed:
        what = f"the number {typed[0]} is typed in; name its contact"
        yield f"{what} as the English does, {{card:…}}"


def _plain(number: str) -> str:
    return "".join(str(unicodedata.digit(digit)) for digit in number)


def _signs(entry: Entry, _source: Source) -> Iterator[str]:
    for sign in sorted(set(entry.said)):
        if sign != "\n" and (sign in _HIDING or unicodedata.category(sign) in {"Cc", "Cs", "Co"}):
            yield f"an invisible sign (U+{ord(sign):04X}) is in the translation; remove it"


def _edges(entry: Entry, source: Source) -> Iterator[str]:
    for side, edge in (("begins", _left), ("ends", _right)):
        if edge(entry.said) != edge(source.said):
            yield f"the translation {side} with other blanks than the English; make them alike"


def _left(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _right(text: str) -> str:
    return text[len(text.rstrip()) :]


def _letters(entry: Entry, _source: Source) -> Iterator[str]:
    """The line of letters for SMS: "á=a í=i", each one letter and what stands for it."""
    if entry.id != SMS_LETTERS:
        return
    for pair in entry.said.split():
        letter, equals, plain = pair.partition("=")
        if not (equals and len(letter) == 1 and plain.isascii()):
            yield f"'{pair}' is not understood; write letter=plain letter, as á=a, or nothing"


_CHECKS: Final[tuple[Callable[[Entry, Source], Iterator[str]], ...]] = (
    _placeholders,
    _numbers,
    _signs,
    _edges,
    _letters,
)
