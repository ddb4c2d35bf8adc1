"""Review sheets: all that people read in one language, side by side, for a native speaker. Pure.

Rule 1: a sheet shows everything needed to judge a text without other files: the English, the
translation, what it says when somebody translates it back, where it is said, how long it may be.
Rule 2: what comes back filled in changes only the texts it names, and only if they pass the
same review as any translation.
Rule 3: a back-translation belongs to the words it was made from; for others it is not shown.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Final

from bot.model import Language, Source, TextId
from bot.po import Entry, PoFile
from bot.review import STATUS, Flaw, heard, review
from bot.source import Problem, Spot

BACK: Final = "back-translation.po"  # beside a catalog: its texts, and what they say in English
COLUMNS: Final = (
    "id", "context", "limit", "english", "translation", "back_translation", "better", "comment",
)  # fmt: skip
ASKED: Final = ("better", "comment")  # what a reviewer fills in
MARK: Final = "Review: "  # before a reviewer's comment in a catalog
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula


@dataclass(frozen=True, slots=True)
class Row:
    """One text. `limit` is in letters, 0 for none; `back` is "" where nobody made one."""

    id: TextId
    context: str
    limit: int
    english: str
    translation: str
    back: str


@dataclass(frozen=True, slots=True)
class Filled:
    """What a reviewer wrote for one text, and in which line of the sheet."""

    id: TextId
    line: int
    better: str
    comment: str


def rows(file: PoFile, sources: Mapping[TextId, Source], back: PoFile | None) -> list[Row]:
    """Every shown text of a catalog, in its order; not the words that people send."""
    said = {e.id: e.said for e in back.entries} if back is not None else {}
    made_from = {e.id: e.english for e in back.entries} if back is not None else {}
    return [
        Row(
            entry.id,
            " ".join(sources[entry.id].note.split()),
            sources[entry.id].most,
            entry.english,
            entry.said,
            said.get(entry.id, "") if made_from.get(entry.id) == entry.said else "",
        )
        for entry in file.entries
        if entry.id in sources and not heard(entry.id)
    ]


def to_csv(found: list[Row]) -> str:
    """A sheet to fill in with any program for tables; what could be a formula is quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in found:
        texts = (row.english, row.translation, row.back)
        cells = (row.id, row.context, str(row.limit or ""), *map(_harmless, texts), "", "")
        writer.writerow(cells)
    return "\ufeff" + out.getvalue()  # without the mark, spreadsheets take UTF-8 for Latin-1


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_RISKY) else text


def to_html(found: list[Row], language: Language, status: str, lang: str, direction: str) -> str:
    """A sheet to print: a box for a better text and a comment under each."""
    body = "\n".join(_printed(row, lang, direction) for row in found)
    return _PAGE.format(language=escape(language), status=escape(status), rows=body)


def _printed(row: Row, lang: str, direction: str) -> str:
    limit = f"at most {row.limit} letters" if row.limit else ""
    back = f'<p class="back">{escape(row.back)}</p>' if row.back else ""
    return (
        f"<section><h2><code>{escape(row.id)}</code> <span>{escape(row.context)}</span> "
        f"<span>{limit}</span></h2>"
        f'<p lang="en">{escape(row.english)}</p>'
        f'<p class="said" lang="{lang}" dir="{direction}">{escape(row.translation)}</p>'
        f'{back}<div class="better"></div></section>'
    )


_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Review of {language}</title>
<style>
body {{ font: 11pt/1.45 system-ui, "Noto Sans", sans-serif; margin: 2rem auto; max-width: 46rem; }}
section {{ break-inside: avoid; border-top: 1px solid #888; padding: .6rem 0; }}
h2 {{ font-size: .8rem; font-weight: 400; color: #555; margin: 0; }}
p {{ margin: .25rem 0; white-space: pre-line; }}
.said {{ font-size: 1.15em; font-weight: 600; }}
.back {{ color: #555; font-style: italic; }}
.better {{ border: 1px dashed #999; min-height: 2.6rem; margin-top: .4rem; }}
@page {{ size: letter; margin: 2cm; }}
</style></head><body>
<h1>Review of {language}</h1>
<p>Status: {status}. For each text: the English, the translation in bold, and in italics what it
says when it is translated back. Write a better one into the box, or nothing where it is good.</p>
{rows}
</body></html>
"""


def read(text: str, name: str, problems: list[Problem]) -> list[Filled]:
    """What a reviewer filled in. What is not understood is told by line."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [each for each in ("id", *ASKED) if each not in (reader.fieldnames or ())]
    if missing:
        what = f"the column '{missing[0]}' is missing; take the first line from a new sheet"
        problems.append(Problem(Spot(name, 1), what))
        return []
    found = []
    for cells in reader:
        better, comment = ((cells[each] or "").strip() for each in ASKED)
        if better or comment:
            found.append(Filled(TextId(cells["id"] or ""), reader.line_num, better, comment))
    return found


def unread(now: list[Row], text: str) -> list[TextId]:
    """The texts that a sheet does not hold in today's words: whoever read it has not read them."""
    held = {
        (cells.get("id"), _plain(cells.get(column)))
        for cells in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
        for column in ("translation", "better")
    }
    return [row.id for row in now if (row.id, _plain(_harmless(row.translation))) not in held]


def _plain(cell: str | None) -> str:
    return " ".join((cell or "").split())


def applied(
    file: PoFile,
    filled: list[Filled],
    name: str,
    language: Language,
    sources: Mapping[TextId, Source],
    problems: list[Problem],
) -> PoFile:
    """The catalog with better texts and comments; of those with a flaw `problems` tells."""
    by_id = {each.id: each for each in filled}
    known = {entry.id for entry in file.entries}
    for each in filled:
        if each.id not in known:
            what = f"there is no text '{each.id}'; make a new sheet"
            problems.append(Problem(Spot(name, each.line), what))
    new = replace(file, entries=tuple(_changed(e, by_id.get(e.id)) for e in file.entries))
    for flaw in _flaws(new, file, language, sources):
        if flaw.id in by_id:
            what = f"'{flaw.id}': {flaw.what}"
            problems.append(Problem(Spot(name, by_id[flaw.id].line), what))
    return new


def _changed(entry: Entry, filled: Filled | None) -> Entry:
    if filled is None:
        return entry
    comments = entry.comments
    if filled.comment:
        comments = (*comments, MARK + " ".join(filled.comment.split()))
    return replace(entry, said=filled.better or entry.said, comments=comments)


def _flaws(
    new: PoFile, old: PoFile, language: Language, sources: Mapping[TextId, Source]
) -> Iterator[Flaw]:
    before = {(flaw.id, flaw.what) for flaw in review(old, language, sources)}
    for flaw in review(new, language, sources):
        if (flaw.id, flaw.what) not in before:
            yield flaw


def reviewed(file: PoFile, reviewer: str, day: str) -> PoFile:
    """The catalog with its status: who has read all of it, and when."""
    status = (STATUS, f"reviewed by {reviewer} on {day}")
    header = tuple(status if each[0] == STATUS else each for each in file.header)
    return replace(file, header=header)
