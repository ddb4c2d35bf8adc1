"""One .po file: its bytes as entries, and entries as its bytes. Knows no flow and no language.

Rule 1: entries go by their context (the id of the text); the English beside it only tells
whether it has changed since.
Rule 2: what a translator wrote comes back as it was: comments, header, doubts, removed texts.
Babel parses; the file is written here, since Babel drops header lines of our own, breaks the
old English kept for a doubtful text, and would change a date with every writing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, PoFileParser, denormalize, normalize

from bot.model import TextId
from bot.source import Problem, Spot, read_text

WIDTH = 79  # as Poedit and msgmerge wrap, so that their saving moves no line

_STRING = r'"(?:[^"\\]|\\.)*"'
_LINE = re.compile(
    rf"(?:#~\s*)?(?:(?P<keyword>msgctxt|msgid|msgid_plural|msgstr|msgstr\[\d\]) )?{_STRING}"
)
# What may stand before a keyword; Babel passes over what is out of place without a word.
_AFTER = {
    "msgctxt": {"msgstr", "msgstr["},
    "msgid": {"msgstr", "msgstr[", "msgctxt"},
    "msgid_plural": {"msgid"},
    "msgstr": {"msgid"},
    "msgstr[": {"msgid_plural", "msgstr["},
}
_OLD = re.compile(rf"\|\s*(?:msgid\s+)?({_STRING})")


_BROKEN = "an entry breaks off here; each has msgctxt, msgid and msgstr, in this order"


@dataclass(frozen=True, slots=True)
class Entry:
    """A text and its translation, as one paragraph of the file.

    `english` is what was translated, `was` the older English a doubtful translation belongs to;
    `comments` are the translator's, `notes` are for the translator; `place` is "file:line".
    """

    id: TextId
    english: str
    said: str = ""
    line: int = 0
    fuzzy: bool = False
    plural: bool = False
    was: str = ""
    comments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    place: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PoFile:
    """A whole file. `header` is its first entry, "Name: value" lines in their order."""

    name: str
    header: tuple[tuple[str, str], ...]
    entries: tuple[Entry, ...]
    comments: tuple[str, ...] = ()
    removed: tuple[Entry, ...] = ()  # texts that the flows no longer have
    line: int = 1  # of the header


class _Listed(Catalog):
    """Babel's catalog merges equal texts and forgets header lines; this one lists everything."""

    num_plurals = 6  # as many as any language has, so that a stray plural is read and named

    def __init__(self) -> None:
        super().__init__()
        self.listed: list[Message] = []

    def __setitem__(self, _id: object, message: Message) -> None:
        self.listed.append(message)


def read(path: Path, name: str, problems: list[Problem]) -> PoFile | None:
    """A .po file, or None and its problems. `name` is how problems call the file."""
    before = len(problems)
    lines = [_kept(line) for line in read_text(path, name, problems).split("\n")]
    problems += [Problem(Spot(name, number), what) for number, what in _damage(lines)]
    if len(problems) > before:
        return None
    listed = _Listed()
    try:
        PoFileParser(listed, abort_invalid=True).parse(lines)
    except (PoFileError, ValueError) as error:
        line = getattr(error, "lineno", 0) + 1
        problems.append(Problem(Spot(name, line), _BROKEN))
        return None
    return _filed(name, listed)


def _damage(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Every line that is no string, or out of its place, and what to do."""
    last = "msgstr"
    for number, line in enumerate(lines, start=1):
        if not line or (line.startswith("#") and not line.startswith("#~")):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            yield number, 'this line is not readable; check its quotes (" and \\")'
        keyword = re.sub(r"\d\]$", "", match["keyword"] or "") if match else line.split()[0]
        if keyword in _AFTER:
            if last not in _AFTER[keyword]:
                yield number, _BROKEN
            last = keyword
    if last not in _AFTER["msgctxt"]:
        yield len(lines), _BROKEN


def _kept(line: str) -> str:
    """A line as Babel can read it: it stops at the old English of a removed text."""
    line = line.strip()
    return "" if line.startswith("#~|") else line


def _filed(name: str, listed: _Listed) -> PoFile:
    header: tuple[tuple[str, str], ...] = ()
    comments: tuple[str, ...] = ()
    line = 1
    entries = []
    for message in listed.listed:
        if message.id == "" and message.context is None:
            header = tuple(_header(str(message.string)))
            comments = tuple(message.user_comments)
            line = message.lineno or 1
        else:
            entries.append(_entry(message))
    removed = tuple(_entry(message) for message in listed.obsolete.values())
    return PoFile(name, header, tuple(entries), comments, removed, line)


def _header(text: str) -> Iterator[tuple[str, str]]:
    for line in text.split("\n"):
        key, colon, value = line.partition(":")
        if colon:
            yield key.strip(), value.strip()


def _entry(message: Message) -> Entry:
    plural = not isinstance(message.id, str)
    english = message.id if isinstance(message.id, str) else message.id[0]
    said = message.string if isinstance(message.string, str) else (message.string or ("",))[0]
    old = [match[1] for line in message.user_comments if (match := _OLD.fullmatch(line))]
    return Entry(
        TextId(message.context or ""),
        str(english),
        str(said),
        message.lineno or 1,
        "fuzzy" in message.flags,
        plural,
        "".join(denormalize(text) for text in old),
        tuple(line for line in message.user_comments if not line.startswith("|")),
    )


def write(file: PoFile) -> str:
    """The file's text. Reading it again gives the same entries."""
    paragraphs = [_top(file)]
    paragraphs += ["\n".join(_lines(entry)) for entry in file.entries]
    paragraphs += ["\n".join(_removed(entry)) for entry in file.removed]
    return "\n\n".join(paragraphs) + "\n"


def _top(file: PoFile) -> str:
    lines = [f"# {comment}".rstrip() for comment in file.comments]
    lines += ['msgid ""', 'msgstr ""']
    lines += [normalize(f"{key}: {value}\n", width=0) for key, value in file.header]
    return "\n".join(lines)


def _lines(entry: Entry) -> Iterator[str]:
    """The order of the parts is gettext's own."""
    yield from (f"# {comment}".rstrip() for comment in entry.comments)
    yield from (f"#. {note}" for note in entry.notes)
    if entry.place:
        yield f"#: {entry.place}"
    flags = (*(["fuzzy"] if entry.fuzzy else []), *entry.flags)
    if flags:
        yield f"#, {', '.join(flags)}"
    if entry.was:
        yield from (f"#| {line}" for line in _quoted("msgid", entry.was))
    yield from _body(entry)


def _removed(entry: Entry) -> Iterator[str]:
    yield from (f"# {comment}".rstrip() for comment in entry.comments)
    yield from (f"#~ {line}" for line in _body(entry))


def _body(entry: Entry) -> Iterator[str]:
    yield from _quoted("msgctxt", entry.id)
    yield from _quoted("msgid", entry.english)
    yield from _quoted("msgstr", entry.said)


def _quoted(keyword: str, text: str) -> list[str]:
    return f"{keyword} {normalize(text, width=WIDTH)}".split("\n")
