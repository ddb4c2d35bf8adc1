"""Promises to translators: their work is kept, and what is missing is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands.translate import translate
from bot.model import Language, Source, TextId
from bot.po import Entry, PoFile, read, write
from bot.review import STATUS, review
from bot.texts import catalogs
from bot.translate import fresh, gaps_of, table, template, updated

ES = Language("es")
HELLO = TextId("start/hello/say")
BYE = TextId("start/bye/end")
SOURCES = {
    BYE: Source("Bye {town}", "start.yaml", 9, "step start/bye", most=20),
    HELLO: Source("Hello", "start.yaml", 2, "step start/hello,\nthe question"),
    TextId("start/name/say"): Source("Waypost", "start.yaml", 3, fixed=True),
}


def catalog(*entries: Entry, removed: tuple[Entry, ...] = ()) -> PoFile:
    header = (("Language", "es"), ("X-Poedit-Basepath", "."), (STATUS, "draft"))
    return PoFile("es.po", header, entries, ("By many hands.",), removed)


def only(file: PoFile, id: TextId) -> Entry:
    (found,) = [entry for entry in file.entries if entry.id == id]
    return found


# The list of texts ----------------------------------------------------------------------


def test_the_list_has_every_text_in_reading_order_with_what_to_know_of_it() -> None:
    """Its note, how long it may be, and what its placeholders become."""
    assert (
        write(template(SOURCES)).split("\n\n", 1)[1]
        == """\
#. step start/hello, the question
#: start.yaml:2
msgctxt "start/hello/say"
msgid "Hello"
msgstr ""

#. step start/bye
#. at most 20 letters
#. {town}: the name of a town
#: start.yaml:9
#, python-brace-format
msgctxt "start/bye/end"
msgid "Bye {town}"
msgstr ""
"""
    )


def test_the_same_flows_give_the_same_bytes() -> None:
    """No date, and no order of chance."""
    backwards = dict(reversed(SOURCES.items()))
    assert write(template(SOURCES)) == write(template(backwards))
    assert "Date" not in write(template(SOURCES))


# Bringing a catalog up to date ----------------------------------------------------------


def test_a_translation_is_kept_with_its_comments_and_the_header() -> None:
    """Updating is never a loss."""
    old = catalog(Entry(HELLO, "Hello", "Hola", comments=("usted",)))
    new = updated(old, SOURCES)
    found = only(new, HELLO)
    assert (found.said, found.fuzzy, found.comments) == ("Hola", False, ("usted",))
    assert only(new, BYE).said == ""
    assert (new.header, new.comments) == (old.header, old.comments)


def test_a_translation_whose_english_changed_becomes_doubtful() -> None:
    """It keeps the English it belongs to, also when that changes once more."""
    once = updated(catalog(Entry(HELLO, "Hi", "Hola")), SOURCES)
    found = only(once, HELLO)
    assert (found.said, found.fuzzy, found.was) == ("Hola", True, "Hi")
    twice = updated(once, {HELLO: Source("Good day", "start.yaml", 2)})
    assert (only(twice, HELLO).fuzzy, only(twice, HELLO).was) == (True, "Hi")


def test_words_that_people_send_are_each_languages_own() -> None:
    """Whoever teaches the bot one more English word has fifteen catalogs as good as before."""
    id = TextId("start/hello/choice/yes/also")
    sources = {id: Source("yes, yep", "start.yaml", 2)}
    old = catalog(Entry(id, "yes", "sí, claro"))
    assert [flaw for flaw in review(old, Language("es"), sources) if flaw.id == id] == []
    found = only(updated(old, sources), id)
    assert (found.english, found.said, found.fuzzy) == ("yes, yep", "sí, claro", False)


def test_english_that_comes_back_brings_its_translation_back() -> None:
    """Nobody has to confirm again what was right all the time."""
    changed = updated(catalog(Entry(HELLO, "Hello", "Hola")), {HELLO: Source("Hi", "s", 1)})
    found = only(updated(changed, SOURCES), HELLO)
    assert (found.said, found.fuzzy, found.was) == ("Hola", False, "")


def test_a_translators_own_doubt_stays() -> None:
    """Only a person removes a mark that a person set."""
    found = only(updated(catalog(Entry(HELLO, "Hello", "Hola", fuzzy=True)), SOURCES), HELLO)
    assert found.fuzzy


def test_a_text_that_goes_is_kept_aside_and_comes_back() -> None:
    """A step removed by mistake costs no translation."""
    gone = updated(catalog(Entry(HELLO, "Hello", "Hola")), {BYE: SOURCES[BYE]})
    assert [entry.id for entry in gone.entries] == [BYE]
    assert [(entry.id, entry.said) for entry in gone.removed] == [(HELLO, "Hola")]
    back = updated(gone, SOURCES)
    assert only(back, HELLO).said == "Hola"
    assert back.removed == ()


def test_updating_twice_changes_nothing_more(tmp_path: Path) -> None:
    """Also through the file, where a long English text is wrapped."""
    changed = {**SOURCES, HELLO: Source("Good day " * 12 + "all", "start.yaml", 2)}
    old = catalog(
        Entry(HELLO, "Hi " * 40 + 'of "old"', "Hola"),
        Entry(TextId("gone"), "Gone", "Ido"),
    )
    first = write(updated(old, changed))
    path = tmp_path / "es.po"
    path.write_text(first, encoding="utf-8")
    again = read(path, "es.po", [])
    assert again is not None
    assert write(updated(again, changed)) == first


# Gaps -----------------------------------------------------------------------------------


def test_a_new_language_is_a_draft_with_everything_missing() -> None:
    """Its first update lists all there is to do."""
    found = gaps_of(updated(fresh(ES), SOURCES), ES, SOURCES)
    assert (found.status, found.texts, found.translated) == ("draft", 2, 0)
    assert found.counts["missing"] == 2
    assert not found.complete


def test_gaps_are_counted_by_kind_and_add_up() -> None:
    """A text with two flaws of one kind is one text."""
    file = catalog(
        Entry(HELLO, "Hello", "Hola", line=4, fuzzy=True),
        Entry(BYE, "Bye {town}", "Adiós y que le vaya muy bien 555", line=9),
    )
    found = gaps_of(file, ES, SOURCES)
    assert found.translated == 0
    assert found.counts == {"missing": 0, "fuzzy": 1, "outdated": 0, "too long": 1, "wrong": 1}
    assert [flaw.spot.line for flaw in found.flaws] == [4, 9, 9, 9]


def test_a_complete_language_has_no_gap() -> None:
    """And its row of the table says so."""
    file = catalog(Entry(HELLO, "Hello", "Hola"), Entry(BYE, "Bye {town}", "Adiós {town}"))
    found = gaps_of(file, ES, SOURCES)
    assert found.complete
    titles, row = table([found])
    assert titles.split()[:5] == ["language", "status", "texts", "translated", "missing"]
    assert row.split() == ["es", "draft", "2", "2", "0", "0", "0", "0", "0"]


# The command ----------------------------------------------------------------------------


@pytest.fixture
def locales(tmp_path: Path) -> Path:
    return tmp_path / "locales"


def run(locales: Path, *words: str) -> Result:
    flows = Path(__file__).parent.parent / "flows"
    return CliRunner().invoke(
        translate, ["--flows", str(flows), "--locales", str(locales), *words]
    )


def test_a_new_language_is_begun_updated_and_reported(locales: Path) -> None:
    """The whole of a translator's first day."""
    begun = run(locales, "update", "--language", "es")
    assert begun.exit_code == 0, begun.output
    assert [language for language, _ in catalogs(locales, [])] == [ES]
    assert run(locales, "update").output == ""
    shown = run(locales)
    assert shown.exit_code == 1
    assert shown.output.splitlines()[1].startswith("es        draft")
    listed = run(locales, "gaps", "--list", "--language", "es")
    assert "locales/es/LC_MESSAGES/waypost.po:" in listed.output
    (found,) = json.loads(run(locales, "gaps", "--json").output)
    assert found["language"] == "es"
    assert found["missing"] == len(found["flaws"]) > 100
    assert set(found["flaws"][0]) == {"file", "line", "kind", "id", "english", "what"}


def test_the_list_of_texts_is_written(locales: Path) -> None:
    """It has every text of the shipped flows."""
    assert run(locales, "extract").exit_code == 0
    file = read(locales / "waypost.pot", "waypost.pot", [])
    assert file is not None
    assert len(file.entries) > 100


@pytest.mark.parametrize(
    "words", [("update", "--language", "xx"), ("update", "--language", "en"), ("gaps",) * 2]
)
def test_a_wrong_command_is_refused(locales: Path, words: tuple[str, ...]) -> None:
    """Before anything is written."""
    assert run(locales, *words).exit_code == 2
    assert not locales.exists()


def test_a_language_that_is_not_there_has_no_gaps_to_show(locales: Path) -> None:
    """It is told how to begin it."""
    shown = run(locales, "gaps", "--language", "ht")
    assert shown.exit_code == 2
    assert "update --language" in shown.output


def test_a_broken_catalog_is_left_as_it_is(locales: Path) -> None:
    """An update must not save half of what a translator wrote."""
    path = locales / "es" / "LC_MESSAGES" / "waypost.po"
    path.parent.mkdir(parents=True)
    path.write_text('msgid "a\n', encoding="utf-8")
    for words in (("update",), ("gaps",), ("update", "--language", "es")):
        shown = run(locales, *words)
        assert shown.exit_code == 2
        assert "waypost.po:1: this line is not readable" in shown.output
    assert path.read_text(encoding="utf-8") == 'msgid "a\n'
