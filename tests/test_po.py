"""Promises about .po files: a translator's work comes back as it was, and damage is told."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import TextId
from bot.po import Entry, PoFile, read, write
from bot.source import Problem

WRITTEN = """\
# Spanish, by many hands.
#
msgid ""
msgstr ""
"Language: es\\n"
"X-Waypost-Status: draft\\n"

# Asked the council: usted.
#, fuzzy
#| msgid ""
#| "Say \\"hello\\" to somebody whose name is long enough to be wrapped in two "
#| "lines"
msgctxt "start/hello/say"
msgid "Hello,\\tyou"
msgstr ""
"Hola,\\n"
"usted"

#~ msgctxt "start/old/say"
#~ msgid "Old"
#~ msgstr "Viejo"
"""
_letters = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n\t"\\#'))


def read_back(text: str) -> tuple[PoFile | None, list[Problem]]:
    problems: list[Problem] = []
    with TemporaryDirectory() as folder:
        path = Path(folder, "es.po")
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return read(path, "es.po", problems), problems


def test_a_file_that_is_read_and_written_is_the_same_file() -> None:
    """Header lines of our own, comments, doubts with their old English, removed texts."""
    file, problems = read_back(WRITTEN)
    assert file is not None, problems
    assert write(file) == WRITTEN


def test_what_poedit_adds_is_no_damage() -> None:
    """It keeps the old English of removed texts, and marks its own comments."""
    poedit = '#~| msgid "Older"\n#~ msgctxt "a"\n#~ msgid "Old"\n#~ msgstr "Viejo"\n'
    file, problems = read_back(WRITTEN + "\n" + poedit)
    assert file is not None, problems
    assert [entry.said for entry in file.removed] == ["Viejo", "Viejo"]


def test_windows_line_ends_and_a_byte_order_mark_are_no_damage() -> None:
    """Some editors write them unasked."""
    file, problems = read_back("\ufeff" + WRITTEN.replace("\n", "\r\n"))
    assert file is not None, problems
    assert write(file) == WRITTEN


@given(_letters, _letters, _letters)
def test_every_text_comes_back_as_it_was(english: str, said: str, was: str) -> None:
    """Quotes, line breaks, every script."""
    entry = Entry(TextId("a/b"), english, said, fuzzy=bool(was), was=was)
    file, problems = read_back(write(PoFile("es.po", (("Language", "es"),), (entry,))))
    assert file is not None, problems
    (found,) = file.entries
    assert (found.english, found.said, found.fuzzy) == (english, said, bool(was))


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        ('msgid "a\nmsgstr "b"', 1),
        ("msgid a\nmsgstr b", 1),
        ('msgctxt "x"\nmsgid "a"\nmsgstr "a "quoted" word"', 3),
        ('\nmsgid "a"\n\nmsgid "b"\nmsgstr "c"', 4),
        ('msgctxt "x"\nmsgid "a"\nmsgstr "b"\nmsgctxt "y"', 4),
        ('"loose"', 1),
        ('msgstr "before any msgid"', 1),
        ("<<<<<<< ours", 1),
    ],
)
def test_damage_is_told_with_its_line(damage: str, line: int) -> None:
    """Letters that are silently lost would be worse."""
    file, problems = read_back(damage)
    assert file is None
    assert problems[0].spot.line == line


_WORDS = """msgid|msgstr|msgctxt|msgid_plural|msgstr[0]|msgstr[7]| "a"|""|
|
|#~ |#| |#, fuzzy|#: a:x|#: \u2068a|"Language: zz\\n"
"""


@given(st.text() | st.lists(st.sampled_from(_WORDS.split("|"))).map("".join))
def test_no_file_however_broken_is_a_crash(text: str) -> None:
    """It gives entries, or a problem."""
    file, problems = read_back(text)
    assert (file is None) == bool(problems)
