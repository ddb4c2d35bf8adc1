"""Promises about what is said: the right words, in the right language, and never half."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import SOURCE, Directory, Language, Phone, Places, Service, Source, Text, TextId
from bot.source import Problem
from bot.texts import Catalog, known, language_name, load, moment

ES = Language("es")
HEADER = 'msgid ""\nmsgstr ""\n"Language: es\\n"\n"X-Waypost-Status: draft\\n"\n\n'
LINE = "the-line"
PHONE = Phone("+18605550100", "voice", frozenset({"pl"}), True, "high", "", "", "1-860-555-0100")
FAX = Phone("+18605550101", "fax", frozenset(), False, "high", "", "", "1-860-555-0101")
TEXTING = Phone("555", "text", frozenset(), False, "high", "", "", "555")


def service(id: str, *phones: Phone, hours: tuple[tuple[int, int], ...] = ()) -> Service:
    none: frozenset[str] = frozenset()
    facts = ("none", "unknown", "high", "active", "", "", "")
    return Service(id, id, id, "hotline", none, phones, hours, None, None, none, *facts, 1)


DIRECTORY = Directory(
    {
        LINE: service(LINE, TEXTING, PHONE, hours=((540, 1020),)),
        "by-text": service("by-text", FAX, TEXTING),
        "by-fax": service("by-fax", FAX),
    },
    {},
    {},
    Places({}, {}),
    {},
)


def sources(**texts: str) -> dict[TextId, Source]:
    """English texts by id, "__" standing for "/" and "_dot_" for "."."""
    named = {id.replace("__", "/").replace("_dot_", "."): said for id, said in texts.items()}
    return {
        TextId(id): Source(said, "start.yaml", line)
        for line, (id, said) in enumerate(named.items(), start=1)
    }


def entry(id: str, english: str, said: str) -> str:
    return f'msgctxt "{id}"\nmsgid "{english}"\nmsgstr "{said}"\n\n'


def write_catalog(folder: Path, *entries: str, tag: str = "es", header: str = HEADER) -> None:
    path = folder / tag / "LC_MESSAGES" / "waypost.po"
    path.parent.mkdir(parents=True)
    path.write_text(header + "".join(entries), encoding="utf-8")


def loaded(folder: Path, texts: dict[TextId, Source]) -> Catalog:
    problems: list[Problem] = []
    catalog = load(folder, texts, DIRECTORY, problems)
    assert not problems, problems
    return catalog


def say(
    catalog: Catalog, id: str, reader: Language = SOURCE, /, *variants: str, **args: str
) -> str:
    return catalog.say(Text(TextId(id), tuple(args.items())), reader, variants)


def test_a_text_is_said_in_the_readers_language(tmp_path: Path) -> None:
    """English is always there, and comes first among the languages."""
    write_catalog(tmp_path, entry("a/b", "Hello", "Hola"))
    catalog = loaded(tmp_path, sources(a__b="Hello"))
    assert catalog.languages == (SOURCE, ES)
    assert say(catalog, "a/b") == "Hello"
    assert say(catalog, "a/b", ES) == "Hola"


def test_a_language_that_has_gone_is_answered_in_english(tmp_path: Path) -> None:
    """A conversation may outlive the catalog it began in."""
    assert say(loaded(tmp_path, sources(a__b="Hello")), "a/b", ES) == "Hello"


def test_a_gap_or_a_flaw_is_a_problem_and_said_in_english(tmp_path: Path) -> None:
    """Nobody gets an empty message, or a sentence that has lost its phone number."""
    write_catalog(tmp_path, entry("a/c", "Call {number}", "Llame ya"))
    problems: list[Problem] = []
    texts = sources(a__b="Hello", a__c="Call {number}")
    catalog = load(tmp_path, texts, DIRECTORY, problems)
    name = f"{tmp_path.name}/es/LC_MESSAGES/waypost.po"
    update = "run 'waypost translate update'"
    assert sorted(map(str, problems)) == [
        f"{name}:1: es has no translation for 'a/b' (\"Hello\"); {update}",
        f"{name}:7: {{number}} is missing in the translation; write it as it is in the English",
    ]
    assert say(catalog, "a/b", ES) == "Hello"
    assert say(catalog, "a/c", ES, number="1") == "Call 1"


def test_the_first_wording_that_the_flows_have_is_said(tmp_path: Path) -> None:
    """A variant is translated by itself; a channel without one gets the plain wording."""
    texts = sources(a__b="Hello", a__b_dot_sms="Hi", a__b_dot_discreet="News")
    write_catalog(
        tmp_path,
        entry("a/b", "Hello", "Hola"),
        entry("a/b.sms", "Hi", "Ola"),
        entry("a/b.discreet", "News", "Noticias"),
    )
    catalog = loaded(tmp_path, texts)
    assert say(catalog, "a/b", SOURCE, "sms") == "Hi"
    assert say(catalog, "a/b", ES, "sms") == "Ola"
    assert say(catalog, "a/b", ES, "discreet", "sms") == "Noticias"
    assert say(catalog, "a/b", ES, "web", "sms") == "Ola"
    assert say(catalog, "a/b", ES, "web") == "Hola"


def test_what_a_conversation_knows_is_filled_in(tmp_path: Path) -> None:
    """Values are written as they are, also where they look like placeholders."""
    texts = sources(a__b="{name}: {number} in {town}, from {age}")
    catalog = loaded(tmp_path, texts)
    said = say(catalog, "a/b", name="{town}", number="211", town="Groton Long Point", age="18")
    assert said == "{town}: 211 in Groton Long Point, from 18"
    assert say(catalog, "a/b", town="Canton") == ":  in Canton, from "


def test_a_language_is_named_in_the_readers_own(tmp_path: Path) -> None:
    """Also a language no catalog has, and one that Babel does not know."""
    write_catalog(tmp_path, entry("a/b", "They speak {language}", "Hablan {language}"))
    catalog = loaded(tmp_path, sources(a__b="They speak {language}"))
    assert say(catalog, "a/b", ES, language="pl") == "Hablan polaco"
    assert say(catalog, "a/b", ES, language="ht") == "Hablan criollo haitiano"
    assert say(catalog, "a/b", SOURCE, language="mam") == "They speak Mam"


def test_what_to_say_to_an_operator_is_the_english_name_of_the_readers_language(
    tmp_path: Path,
) -> None:
    """An operator is asked for Spanish, whatever the reader calls it."""
    phrase = "Call {number} and say: {language_english}"
    spanish = "Llame al {number} y diga: {language_english}"
    write_catalog(tmp_path, entry("a/b", phrase, spanish))
    catalog = loaded(tmp_path, sources(a__b=phrase))
    assert say(catalog, "a/b", ES, number="911") == "Llame al 911 y diga: Spanish"


@pytest.mark.parametrize(("tag", "spoken"), [("pt_BR", "Portuguese"), ("mam", "Mam")])
def test_every_language_has_an_english_name(tmp_path: Path, tag: str, spoken: str) -> None:
    """A country or a script is nothing to ask an interpreter for."""
    write_catalog(tmp_path, entry("a/b", "say {language_english}", "{language_english}"), tag=tag)
    catalog = loaded(tmp_path, sources(a__b="say {language_english}"))
    assert say(catalog, "a/b", Language(tag)) == spoken


def test_contacts_and_rights_are_written_in_by_their_names(tmp_path: Path) -> None:
    """The number is the service's first line for calls, else for texts; the right is said in
    the same language.
    """
    texts = sources(
        a__b="Call {card:the-line}. {right:pay}",
        rights__pay="Be paid. Ask {card:the-line}",
        a__c="{card:the-line} {card:by-text}",
    )
    write_catalog(
        tmp_path,
        entry("a/b", "Call {card:the-line}. {right:pay}", "{right:pay}. Llame {card:the-line}"),
        entry("rights/pay", "Be paid. Ask {card:the-line}", "Cobre. Pregunte al {card:the-line}"),
    )
    catalog = loaded(tmp_path, texts)
    assert say(catalog, "a/b") == "Call 1-860-555-0100. Be paid. Ask 1-860-555-0100"
    assert say(catalog, "a/b", ES) == "Cobre. Pregunte al 1-860-555-0100. Llame 1-860-555-0100"
    assert say(catalog, "a/c", ES) == "1-860-555-0100 555"


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("{twon}", "{twon} names nothing; did you mean 'town'?"),
        ("{card:the-lime}", "{card:the-lime} names nothing; did you mean 'the-line'?"),
        ("{card:by-fax}", "{card:by-fax} names nothing; did you mean 'by-text'?"),
        ("{right:play}", "{right:play} names nothing; did you mean 'pay'?"),
        ("{cart:x}", "{cart:x} names nothing; write {card:ID}, or {right:ID} in a flow"),
    ],
)
def test_a_placeholder_that_names_nothing_is_a_problem_of_the_flow(
    tmp_path: Path, said: str, what: str
) -> None:
    """It would be an empty place in a sentence somebody needs."""
    problems: list[Problem] = []
    load(tmp_path, sources(a__b=said, rights__pay="Be paid"), DIRECTORY, problems)
    assert list(map(str, problems)) == [f"start.yaml:1: {what}"]


def test_a_right_cannot_hold_a_right(tmp_path: Path) -> None:
    """Two that hold each other would never end."""
    problems: list[Problem] = []
    catalog = load(tmp_path, sources(rights__pay="{right:pay}"), DIRECTORY, problems)
    assert len(problems) == 1
    assert say(catalog, "rights/pay") == "{right:pay}"


@pytest.mark.parametrize("tag", ["xx", "pt-BR", "klingon", "en", "old_es_files"])
def test_a_folder_that_is_no_language_is_refused(tmp_path: Path, tag: str) -> None:
    """A misspelt tag would be a language that nobody can choose."""
    write_catalog(tmp_path, entry("a/b", "Hello", "Hola"), tag=tag)
    problems: list[Problem] = []
    catalog = load(tmp_path, sources(a__b="Hello"), DIRECTORY, problems)
    assert catalog.languages == (SOURCE,)
    what = f"'{tag}' is not the tag of a language to translate to; use one like es, ht or pt_BR"
    assert [problem.what for problem in problems] == [what]


def test_a_language_without_its_file_is_refused(tmp_path: Path) -> None:
    """A catalog saved in the wrong folder is told, not silently left out."""
    (tmp_path / "es").mkdir()
    (tmp_path / ".git").mkdir()
    problems: list[Problem] = []
    load(tmp_path, {}, DIRECTORY, problems)
    what = "the file is missing; run 'waypost translate update --language es'"
    assert [problem.what for problem in problems] == [what]


def test_an_unreadable_catalog_is_a_problem_with_its_line(tmp_path: Path) -> None:
    """Its language is still there, in English."""
    write_catalog(tmp_path, 'msgctxt "a/b"\nmsgid "Hello\nmsgstr "Hola"\n')
    problems: list[Problem] = []
    catalog = load(tmp_path, sources(a__b="Hello"), DIRECTORY, problems)
    what = 'this line is not readable; check its quotes (" and \\")'
    assert [(problem.spot.line, problem.what) for problem in problems] == [(7, what)]
    assert say(catalog, "a/b", ES) == "Hello"


def test_letters_for_sms_are_each_languages_own(tmp_path: Path) -> None:
    """A language may leave them empty: then nothing is replaced, and nothing is missing."""
    texts = sources(always__sms_letters="á=a í=i")
    write_catalog(tmp_path, entry("always/sms_letters", "á=a í=i", ""))
    write_catalog(tmp_path, entry("always/sms_letters", "á=a í=i", "ã=a"), tag="pt_BR")
    catalog = loaded(tmp_path, texts)
    assert catalog.letters(SOURCE) == {"á": "a", "í": "i"}
    assert catalog.letters(ES) == {}
    assert catalog.letters(Language("pt_BR")) == {"ã": "a"}
    assert catalog.letters(Language("fr")) == {}


def test_a_time_is_said_as_a_day_and_an_hour(tmp_path: Path) -> None:
    """Whether the directory knows the hour beforehand or not."""
    catalog = loaded(tmp_path, sources(a__b="opens {opens}"))
    assert catalog.times
    for minute, said in (("540", "Mon"), ("6300", "Fri")):
        assert say(catalog, "a/b", opens=minute).startswith(f"opens {said}")
    assert moment("soon", SOURCE) == "soon"


@pytest.mark.parametrize("tag", ["es", "ht", "pt", "pt_BR", "zh_Hans", "vi", "mam", "kek", "quc"])
def test_the_languages_of_connecticut_are_known_and_have_names(tag: str) -> None:
    """Also those that Babel's data lack."""
    assert known(tag)
    assert language_name(tag, SOURCE) not in ("", tag)
    assert language_name(tag, Language(tag)) not in ("", tag)


@given(st.dictionaries(st.sampled_from(["town", "number", "name", "age", "x"]), st.text()))
def test_filling_in_never_fails_and_never_changes_a_value(args: dict[str, str]) -> None:
    """Whatever a value looks like."""
    catalog = load(Path("nowhere"), sources(a__b="<{town}|{number}>"), DIRECTORY, [])
    expected = f"<{args.get('town', '')}|{args.get('number', '')}>"
    text = Text(TextId("a/b"), tuple(args.items()))
    assert catalog.say(text, SOURCE) == expected
