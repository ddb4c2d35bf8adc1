"""Promises to translators: everything wrong with a translation is told, with what to do."""

from __future__ import annotations

import pytest

from bot.model import Language, Source, TextId
from bot.po import Entry, PoFile
from bot.review import KINDS, STATUS, Flaw, review, wanted

ES = Language("es")
ID = TextId("start/hello/say")
ENGLISH = "Call {number}, 24 hours"
SPANISH = "Llame al {number}, 24 horas"
UPDATE = "run 'waypost translate update'"


def flaws(*entries: Entry, status: str = "draft", most: int = 0, id: str = ID) -> list[Flaw]:
    sources = {TextId(id): Source(ENGLISH, "start.yaml", 3, most=most)}
    file = PoFile("es.po", ((STATUS, status),) if status else (), entries, line=2)
    return review(file, ES, sources)


def translated(said: str, **more: object) -> Entry:
    fields: dict[str, object] = {"id": ID, "english": ENGLISH, "line": 9, **more}
    return Entry(said=said, **fields)  # type: ignore[arg-type]  # each test names its own fields


def test_a_good_translation_has_no_flaw() -> None:
    """Its placeholders may stand in another order, its digits may be another script's."""
    for said in (SPANISH, "24 horas, 7 días: {number}", "{number} ٢٤"):
        assert flaws(translated(said)) == []


@pytest.mark.parametrize(
    ("entry", "kind", "what"),
    [
        (
            translated("Llame"),
            "wrong",
            "{number} is missing in the translation; write it as it is in the English",
        ),
        (
            translated("{number} {town}"),
            "wrong",
            "{town} is not in the English; remove it, or write what the English has",
        ),
        (
            translated("{number} }"),
            "wrong",
            "a brace { or } stands alone; write the placeholders as in the English",
        ),
        (
            translated("Llame", id=TextId("old/id")),
            "outdated",
            f"the flows have no text 'old/id' (any more); {UPDATE}",
        ),
        (
            translated("Llame", english="Call"),
            "outdated",
            f"the English of '{ID}' has changed; {UPDATE}, then translate it again",
        ),
        (
            translated(SPANISH, fuzzy=True),
            "fuzzy",
            f"'{ID}' is marked as doubtful (fuzzy); check it and remove the mark",
        ),
        (
            translated(" "),
            "missing",
            f"'{ID}' (\"{ENGLISH}\") is not translated; write its msgstr",
        ),
        (
            translated(SPANISH, plural=True),
            "wrong",
            "plural forms are not used here; remove msgid_plural and msgstr[1]",
        ),
        (
            translated("{number} 1 (860) 555-0100"),
            "wrong",
            "the number 1 (860) 555-0100 is typed in; name its contact as the English does,"
            " {card:…}",
        ),
        (
            translated("{number} ٩١١"),
            "wrong",
            "the number ٩١١ is typed in; name its contact as the English does, {card:…}",
        ),
        (
            translated("{number}\u202e"),
            "wrong",
            "an invisible sign (U+202E) is in the translation; remove it",
        ),
        (
            translated("{number}\x07"),
            "wrong",
            "an invisible sign (U+0007) is in the translation; remove it",
        ),
        (
            translated(" {number}"),
            "wrong",
            "the translation begins with other blanks than the English; make them alike",
        ),
        (
            translated("{number}\n"),
            "wrong",
            "the translation ends with other blanks than the English; make them alike",
        ),
    ],
)
def test_every_flaw_is_told_with_its_line_and_what_to_do(
    entry: Entry, kind: str, what: str
) -> None:
    """One sentence for each kind."""
    found = [flaw for flaw in flaws(entry) if flaw.id == entry.id]
    assert [(flaw.spot.line, flaw.kind, flaw.what) for flaw in found] == [(9, kind, what)]
    assert kind in KINDS


def test_a_translation_that_is_too_long_is_told_by_how_much() -> None:
    """An accent written as a sign of its own is no letter."""
    said = "{number} sí"
    assert flaws(translated(said), most=11) == []
    assert flaws(translated("{number} si\u0301"), most=11) == []
    (flaw,) = flaws(translated(said), most=9)
    assert (flaw.kind, flaw.what) == ("too long", "11 letters, at most 9 fit; shorten it by 2")


def test_a_text_without_translation_is_told() -> None:
    """It has no line yet: the file is named."""
    (flaw,) = flaws()
    assert (flaw.spot.line, flaw.kind) == (1, "missing")
    assert flaw.what == f"es has no translation for '{ID}' (\"{ENGLISH}\"); {UPDATE}"


def test_a_text_translated_twice_is_told() -> None:
    """Which of them counts would be chance."""
    found = flaws(translated(SPANISH), translated("{number}!"))
    assert [flaw.what for flaw in found] == [f"'{ID}' is translated twice; keep one of them"]


@pytest.mark.parametrize("status", ["draft", "reviewed by Ana M. Ruiz on 2026-02-28"])
def test_a_catalog_says_who_reviewed_it_or_that_nobody_has(status: str) -> None:
    """These are the two ways to say so."""
    assert flaws(translated(SPANISH), status=status) == []


@pytest.mark.parametrize(
    "status",
    [
        "",
        "done",
        "Draft",
        "reviewed by Ana",
        "reviewed by  on 2026-01-01",
        "reviewed by Ana on 2026-02-30",
        "reviewed by Ana on 1.1.2026",
    ],
)
def test_a_catalog_without_a_status_is_refused(status: str) -> None:
    """A draft must not pass for a reviewed translation."""
    (flaw,) = flaws(translated(SPANISH), status=status)
    assert flaw.spot.line == 2
    assert "'draft' or 'reviewed by NAME on YEAR-MONTH-DAY'" in flaw.what


def test_words_that_people_send_may_be_numbers() -> None:
    """They are never shown; a danger line may well list another country's emergency number."""
    id = TextId("always/danger/also")
    assert flaws(translated("{number} 066, 911", id=id), id=id) == []


@pytest.mark.parametrize(("line", "good"), [("á=a Ç=C", True), ("á", False), ("aa=b", False)])
def test_the_line_of_letters_for_sms_is_understood_or_told(line: str, good: bool) -> None:
    """Each is one letter and what stands for it."""
    id = TextId("always/sms_letters")
    sources = {id: Source("á=a", "always.yaml", 1)}
    file = PoFile("es.po", ((STATUS, "draft"),), (Entry(id, "á=a", line),))
    found = [flaw.what for flaw in review(file, ES, sources)]
    what = f"'{line}' is not understood; write letter=plain letter, as á=a, or nothing"
    assert found == ([] if good else [what])


def test_translators_get_what_needs_translating_in_reading_order() -> None:
    """Not what is the same everywhere, nor what is only placeholders."""
    texts = {
        "b/2": Source("Two", "b.yaml", 20),
        "b/1": Source("One", "b.yaml", 3),
        "a/1": Source("Zero", "a.yaml", 9),
        "a/2": Source("English", "a.yaml", 10, fixed=True),
        "a/3": Source("{card:x} {right:y}\n{town}", "a.yaml", 11),
    }
    assert list(wanted({TextId(id): source for id, source in texts.items()})) == [
        "a/1",
        "b/1",
        "b/2",
    ]
