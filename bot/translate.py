"""The translators' side: which texts to translate, keeping catalogs up to date, gaps. Pure.

Rule 1: files are entries in and entries out (po.py); only the command reads and writes them.
Rule 2: the same flows give the same bytes: no dates, nothing in an order of chance.
Rule 3: no translation is thrown away. One whose English changed is kept as doubtful with the
English it belongs to; one whose text is gone is kept as a comment, and comes back with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bot.fields import PLACEHOLDER
from bot.model import Language, Source, TextId
from bot.po import Entry, PoFile
from bot.review import KINDS, STATUS, Flaw, heard, review, wanted

TEMPLATE = "waypost.pot"
CATALOG = "LC_MESSAGES/waypost.po"

_MEANS = {
    "town": "the name of a town",
    "language": "the name of a language, in the reader's own",
    "language_english": "the English name of the reader's language",
    "number": "a phone number",
    "name": "a name, the same in every language",
    "age": "a number of years",
    "opens": "a day of the week and a time",
    "card": "a phone number",
    "right": "a sentence about a right, translated by itself",
}


@dataclass(frozen=True, slots=True)
class Gaps:
    """How far a language is. `counts` has the number of texts for each of review.KINDS.

    A text with several flaws counts once for each kind; `translated` are the texts with none.
    """

    language: Language
    status: str  # "draft", or who reviewed it and when
    texts: int
    translated: int
    counts: Mapping[str, int]
    flaws: tuple[Flaw, ...]

    @property
    def complete(self) -> bool:
        return not self.flaws


def gaps_of(file: PoFile, language: Language, sources: Mapping[TextId, Source]) -> Gaps:
    """What a catalog still lacks."""
    flaws = sorted(review(file, language, sources))
    texts = wanted(sources)
    kinds = Counter(kind for _, kind in {(flaw.id, flaw.kind) for flaw in flaws})
    translated = len(texts.keys() - {flaw.id for flaw in flaws})
    status = dict(file.header).get(STATUS, "")
    counts = {kind: kinds[kind] for kind in KINDS}
    return Gaps(language, status, len(texts), translated, counts, tuple(flaws))


def template(sources: Mapping[TextId, Source]) -> PoFile:
    """The list of texts to translate, in reading order."""
    header = _header(Language(""))
    return PoFile(TEMPLATE, header, tuple(_blank(sources)), ("Texts of Waypost to translate.",))


def fresh(language: Language) -> PoFile:
    """A catalog for a new language, a draft without a text yet."""
    header = (*_header(language), (STATUS, "draft"))
    return PoFile(CATALOG, header, (), (f"Waypost in '{language}'.",))


def _header(language: Language) -> tuple[tuple[str, str], ...]:
    return (
        ("Project-Id-Version", "waypost"),
        ("Language", language),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=UTF-8"),
        ("Content-Transfer-Encoding", "8bit"),
    )


def _blank(sources: Mapping[TextId, Source]) -> Iterator[Entry]:
    for id, source in wanted(sources).items():
        flags = ("python-brace-format",) if PLACEHOLDER.search(source.said) else ()
        place = f"{source.file}:{source.line}"
        yield Entry(id, source.said, notes=tuple(_notes(id, source)), place=place, flags=flags)


def _notes(id: TextId, source: Source) -> Iterator[str]:
    """What a translator should know of a text."""
    if source.note:
        yield " ".join(source.note.split())
    if heard(id):
        yield "what people may send, as many words as you know; never shown"
    if source.most:
        yield f"at most {source.most} letters"
    for name in dict.fromkeys(PLACEHOLDER.findall(source.said)):
        yield f"{{{name}}}: {_MEANS.get(name.partition(':')[0], 'keep as it is')}"


def updated(file: PoFile, sources: Mapping[TextId, Source]) -> PoFile:
    """A catalog brought up to date with the flows. Doing it twice changes nothing more."""
    old = {entry.id: entry for entry in (*file.removed, *file.entries)}
    new = tuple(_renewed(blank, old.pop(blank.id, None)) for blank in _blank(sources))
    removed = tuple(_gone(entry) for entry in old.values() if entry.said.strip())
    return replace(file, entries=new, removed=removed)


def _renewed(blank: Entry, old: Entry | None) -> Entry:
    """An entry of the template with what a translator had written for it."""
    if old is None or not old.said.strip():
        return replace(blank, comments=old.comments if old else ())
    kept = replace(blank, said=old.said, comments=old.comments)
    translated = old.was or old.english  # the English that the translation belongs to
    if translated != blank.english and not heard(blank.id):
        return replace(kept, fuzzy=True, was=translated)
    doubtful = old.plural or (old.fuzzy and not old.was)
    return replace(kept, fuzzy=doubtful)


def _gone(entry: Entry) -> Entry:
    """A removed text remembers which English its translation belongs to."""
    english = entry.was or entry.english
    return Entry(entry.id, english, entry.said, comments=entry.comments)


def table(found: list[Gaps]) -> Iterator[str]:
    """The gaps of every language as lines of a table."""
    titles = ("language", "status", "texts", "translated", *KINDS)
    rows = [
        (each.language, each.status or "-", *map(str, (each.texts, each.translated, *_row(each))))
        for each in found
    ]
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    for row in (titles, *rows):
        words = [_cell(place, *cell) for place, cell in enumerate(zip(row, widths, strict=True))]
        yield "  ".join(words).rstrip()


def _row(gaps: Gaps) -> Iterator[int]:
    return (gaps.counts[kind] for kind in KINDS)


def _cell(place: int, word: str, width: int) -> str:
    return word.ljust(width) if place < 2 else word.rjust(width)
