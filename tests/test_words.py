"""Promises about words: each means one thing in a language, and English helps where it is free."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.load import Program
from bot.matching import fold
from bot.model import SOURCE, Ask, AskPlace, Language, StepId, Words
from bot.words import CARRIER, tells
from tests.authors import Mistake, edited, mistakes, names, read, write

MISTAKES = mistakes("words.txt")
ES = Language("es")
HELLO = StepId("start/hello")
HEADER = 'msgid ""\nmsgstr ""\n"Language: es\\n"\n"X-Waypost-Status: draft\\n"\n'


@pytest.mark.parametrize("mistake", MISTAKES, ids=names(MISTAKES))
def test_a_word_that_means_two_things_is_told_with_its_line(
    mistake: Mistake, tmp_path: Path
) -> None:
    assert mistake.told(tmp_path / "flows") == list(mistake.says)


def spanish(folder: Path, **said: str) -> tuple[dict[Language, Words], list[str]]:
    """What is understood with these Spanish texts, and what is ambiguous in Spanish."""
    flows = write(folder / "flows")
    named = '  en: "english"\n  es: "español, spanish"\n'
    write(flows, {"always.yaml": edited("always.yaml", '  en: "english"\n', named)})
    _, _, sources, _ = read(flows, folder / "none")
    ids = {str(id): source.said for id, source in sources.items()}
    entries = [
        f'msgctxt "{id}"\nmsgid "{ids[id]}"\nmsgstr "{text}"\n'
        for id, text in ((each.replace("__", "/"), text) for each, text in said.items())
    ]
    path = folder / "locales" / "es" / "LC_MESSAGES" / "waypost.po"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join((HEADER, *entries)), encoding="utf-8")
    _, taught, _, problems = read(flows, folder / "locales")
    return taught, [str(problem) for problem in problems if ": in " in str(problem)]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            {"start__hello__choice__yes": "Sí", "start__hello__choice__no": "¡SI!"},
            "start.yaml:13: in es, 'si' means both 'Sí' and '¡SI!'; change one of them",
        ),
        (
            {"start__hello__choice__yes__also": "vale, atrás", "always__back__also": "ATRAS"},
            "start.yaml:9: in es, 'atras' is a choice here and means 'back' everywhere; "
            "use another word",
        ),
        (
            {"start__hello__choice__no": "Stop"},
            "start.yaml:13: in es, the phone company keeps the word 'stop' for itself; "
            "use another word",
        ),
        (
            {"always__danger__also": "tiene un arma, ayuda", "always__help__also": "ayuda"},
            "always.yaml:14: in es, 'ayuda' means danger and a command; keep it in one place",
        ),
        (
            {"always__words__numbers": "uno, dos, tres", "start__hello__choice__no": "Uno"},
            "start.yaml:13: in es, 'uno' is the number of another choice; use another word",
        ),
        (
            {"start__hello__choice__no": "👎"},
            "start.yaml:13: in es, the label '👎' has no letters; write it in words",
        ),
    ],
)
def test_a_translation_is_held_to_the_same(
    said: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    """Two words that differ in English may sound alike in Spanish."""
    assert spanish(tmp_path, **said)[1] == [sentence]


def test_english_is_understood_where_its_words_are_free(tmp_path: Path) -> None:
    """A Spanish speaker may still write "yes" or "back"; a Spanish word comes first."""
    said = {
        "start__hello__choice__yes": "Sí",
        "start__hello__choice__no": "No, ok",
        "always__back__also": "atrás",
        "always__leave__also": "back",
    }
    taught, wrong = spanish(tmp_path, **said)
    assert wrong == []
    choices, commands = taught[ES].choices[HELLO], taught[ES].commands
    assert (choices["si"], choices["yes"], choices["no ok"], choices["ok"]) == (0, 0, 1, 0)
    assert (commands["atras"], commands["go back"], commands["back"]) == ("back", "back", "leave")
    assert "si" not in taught[SOURCE].choices[HELLO]


def test_a_language_is_asked_for_by_its_name_in_every_language(tmp_path: Path) -> None:
    taught, _ = spanish(tmp_path)
    for words in taught.values():
        assert words.commands["espanol"] == words.commands["spanish"] == "language:es"
        assert words.commands["english"] == "language:en"


def test_the_digits_are_commands_in_every_language(tmp_path: Path) -> None:
    taught, _ = spanish(tmp_path)
    assert set(taught) == {SOURCE, ES}
    for words in taught.values():
        assert [words.commands[digit] for digit in "089"] == ["help", "back", "leave"]


def test_a_word_that_two_languages_share_tells_neither(tmp_path: Path) -> None:
    taught, _ = spanish(tmp_path, always__words__tells="hola, hello")
    assert tells(taught) == {"hola": ES, "hi": SOURCE}


def test_a_text_that_is_missing_teaches_nothing_and_stops_nothing(tmp_path: Path) -> None:
    """Its absence is told once, by whoever read the flows."""
    back = 'back:\n  also: "back, go back"\n'
    files = {"always.yaml": edited("always.yaml", back, "")}
    folder = write(write(tmp_path / "flows"), files)
    _, taught, _, problems = read(folder, folder / "none")
    assert [str(problem) for problem in problems] == [
        "always.yaml:1: always.yaml needs 'back:'; add it"
    ]
    known = {"help", "back", "leave", "about", "language:en"}
    assert set(taught[SOURCE].commands.values()) == known


def test_every_label_of_the_shipped_flows_is_understood_and_no_carrier_word(
    shipped: Program,
) -> None:
    questions = [step for step in shipped.book.steps.values() if isinstance(step, Ask | AskPlace)]
    assert len(questions) > 10
    for language, words in shipped.book.words.items():
        for step in questions:
            for index, choice in enumerate(step.choices):
                label = fold(shipped.catalog.say(choice.label, language))
                assert words.choices[step.origin][label] == index
                assert label not in CARRIER
