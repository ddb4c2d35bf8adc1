"""What every language understands: the flows' words in each catalog, folded, ready to look up.

English is understood in every language where its words are free. What would be ambiguous is
a problem for the author: two choices that sound alike, a choice that sounds like a command, a
word that the carrier keeps for itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.matching import DENIAL, fold, phrases
from bot.model import (
    SOURCE,
    Ask,
    AskPlace,
    Choice,
    Language,
    Source,
    Step,
    StepId,
    Text,
    TextId,
    Words,
)
from bot.source import Problem, Spot
from bot.texts import Catalog

DIGITS: Final = {"0": "help", "8": "back", "9": "leave"}
COMMANDS: Final = ("help", "back", "leave", "about")
CARRIER: Final = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "start"}
    | {"unstop", "help", "info"}
)  # Twilio answers these itself; "yes" re-subscribes and is understood like any other word


def teach(
    steps: Mapping[StepId, Step],
    sources: Mapping[TextId, Source],
    catalog: Catalog,
    problems: list[Problem],
) -> dict[Language, Words]:
    """The words of every language of the catalog."""
    questions = {step.origin: step for step in steps.values() if isinstance(step, Ask | AskPlace)}
    named = list(_named_languages(sources, catalog.languages))
    teacher = _Teacher(sources, catalog, problems)
    english = teacher.words(SOURCE, questions, named, None)
    taught = {SOURCE: english}
    for language in catalog.languages:
        if language != SOURCE:
            taught[language] = teacher.words(language, questions, named, english)
    return taught


def _named_languages(
    sources: Mapping[TextId, Source], languages: Iterable[Language]
) -> Iterator[tuple[str, str]]:
    """Every name of an offered language, and the command it is."""
    for language in languages:
        source = sources.get(TextId(f"always/languages/{language}"))
        for name in phrases(source.said if source else ""):
            yield name, f"language:{language}"


@dataclass(frozen=True, slots=True)
class _Taken:
    """What words mean in a language, whatever the question is."""

    language: Language
    commands: Mapping[str, str]
    danger: frozenset[str]
    numbers: Mapping[str, int]

    def why_not(self, word: str, index: int, choices: int) -> str:
        """Why a word cannot mean the choice `index` of a question with so many, or ""."""
        number = int(word) if len(word) == 1 and word in "1234567" else self.numbers.get(word, 0)
        if word in self.commands:
            what = f"'{word}' is a choice here and means '{self.commands[word]}' everywhere"
        elif word in self.danger:
            what = f"'{word}' is a choice here and means danger everywhere"
        elif word in CARRIER:
            what = f"the phone company keeps the word '{word}' for itself"
        elif number not in {0, index + 1} and number <= choices:
            what = f"'{word}' is the number of another choice"
        else:
            return ""
        return f"{what}; use another word"


class _Teacher:
    def __init__(
        self, sources: Mapping[TextId, Source], catalog: Catalog, problems: list[Problem]
    ) -> None:
        self.sources = sources
        self.catalog = catalog
        self.problems = problems

    def words(
        self,
        language: Language,
        questions: Mapping[StepId, Ask | AskPlace],
        named: Iterable[tuple[str, str]],
        english: Words | None,
    ) -> Words:
        commands = self.commands(language)
        danger = self.line("always/danger/also", language)
        for phrase in sorted(danger & commands.keys()):
            spot = self.spot(TextId("always/danger/also"))
            what = f"in {language}, '{phrase}' means danger and a command; keep it in one place"
            self.problems.append(Problem(spot, what))
        numbered = enumerate(self.listed("always/words/numbers", language), start=1)
        numbers = {word: number for number, word in numbered}
        taken = _Taken(language, commands, danger, numbers)
        choices = {id: self.choices(each, taken) for id, each in questions.items()}
        if english is not None:
            choices = {id: {**english.choices[id], **known} for id, known in choices.items()}
            free = {word: to for word, to in english.commands.items() if word not in commands}
            commands = {**free, **commands}
        return Words(
            choices=choices,
            commands={**dict(named), **commands},
            danger=danger,
            numbers=numbers,
            negations=self.line("always/words/negations", language)
            | (english.negations if english else frozenset()),
            denials=self.line("always/words/negations", language),
            outside=self.line("always/words/outside", language)
            | (english.outside if english else frozenset()),
            tells=self.line("always/words/tells", language),
        )

    def commands(self, language: Language) -> dict[str, str]:
        found = dict(DIGITS)
        for command in COMMANDS:
            id = TextId(f"always/{command}/also")
            for phrase in self.listed(id, language):
                if found.setdefault(phrase, command) != command:
                    both = f"'{phrase}' means both '{found[phrase]}' and '{command}'"
                    what = f"in {language}, {both}; keep it in one place"
                    self.problems.append(Problem(self.spot(id), what))
        return found

    def choices(self, step: Ask | AskPlace, taken: _Taken) -> dict[str, int]:
        known: dict[str, int] = {}
        for index, choice in enumerate(step.choices):
            label = self.catalog.say(choice.label, taken.language)
            for word, id in self.named(choice, label, taken.language).items():
                wrong = taken.why_not(word, index, len(step.choices))
                if known.setdefault(word, index) != index:
                    other = self.catalog.say(step.choices[known[word]].label, taken.language)
                    wrong = f"'{word}' means both '{other}' and '{label}'; change one of them"
                if wrong:
                    what = f"in {taken.language}, {wrong}"
                    self.problems.append(Problem(self.spot(id), what))
        return known

    def named(self, choice: Choice, label: str, language: Language) -> dict[str, TextId]:
        """The words for a choice, and the text that each stands in."""
        words = {}
        if word := fold(label):
            words[word] = choice.label.id
        elif label:
            what = f"in {language}, the label '{label}' has no letters; write it in words"
            self.problems.append(Problem(self.spot(choice.label.id), what))
        for word in self.listed(choice.also, language) if choice.also is not None else ():
            words.setdefault(word, choice.also or choice.label.id)
        return words

    def listed(self, id: str, language: Language) -> list[str]:
        if id not in self.sources:
            return []  # its absence is told by whoever read the flows
        return list(phrases(self.catalog.say(Text(TextId(id)), language)))

    def line(self, id: str, language: Language) -> frozenset[str]:
        return frozenset(self.listed(id, language))

    def spot(self, id: TextId) -> Spot:
        source = self.sources.get(id)
        return Spot(source.file, source.line) if source else Spot("flows", 1)


def alarms(taught: Mapping[Language, Words]) -> dict[str, tuple[Language, ...]]:
    """Every phrase of danger and, behind DENIAL, every "not": each with its languages.

    A "not" takes back the danger it stands before, in its own language only: Creole's "pa" is
    no "not" in Spanish. One that is also an answer by itself does not: "no, I am in danger".
    """
    answers = {
        word for words in taught.values() for known in words.choices.values() for word in known
    }
    found: dict[str, tuple[Language, ...]] = {}
    for language, words in taught.items():
        for phrase in (*words.danger, *(DENIAL + word for word in words.denials - answers)):
            found[phrase] = (*found.get(phrase, ()), language)
    return found


def tells(taught: Mapping[Language, Words]) -> dict[str, Language]:
    """The words that tell a language: those that no other language has."""
    shared = Counter(word for words in taught.values() for word in words.tells)
    return {
        word: language
        for language, words in taught.items()
        for word in words.tells
        if shared[word] == 1
    }
