"""Everything the program runs on, read from `flows/` and `locales/`, or every problem at once.

Nothing half-loaded runs: a single problem in a flow, the directory or a catalog stops the start.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from bot import (
    declared,
    directory,
    identify,
    linker,
    offers,
    packing,
    referral,
    spellings,
    texts,
    words,
)
from bot.compiler import Written, compile_flows
from bot.model import (
    OFFERS_AT_ONCE,
    OFFERS_FEWER,
    SOURCE,
    SPOKEN,
    Answer,
    Book,
    Directory,
    Language,
    Place,
    Police,
    Service,
    Source,
    Step,
    StepId,
    Text,
    TextId,
    Words,
)
from bot.source import FilesError, Problem, Spot

SHOWN_TWICE = "shown"  # the one dimension of which a conversation may count several values


@dataclass(frozen=True, slots=True)
class Program:
    """A book and the catalog that says it."""

    book: Book
    catalog: texts.Catalog


@dataclass(frozen=True, slots=True)
class Flows:
    """The flows and the directory as read, before any language is added."""

    always: declared.Always
    answers: Mapping[str, Answer]
    directory: Directory
    sources: Mapping[TextId, Source]
    written: Written
    steps: Mapping[StepId, Step]


def load(
    flows: Path,
    locales: Path,
    *,
    today: date,
    show_unconfirmed: bool = False,
    behind: list[Problem] | None = None,
) -> Program:
    """The program, or `FilesError` with every problem of every file.

    With a list `behind`, translations that only wait for a translator go there, and are no
    problem: to try what has just been written, never to serve it.
    """
    problems: list[Problem] = []
    read = load_flows(flows, problems, languages(locales))
    read = replace(read, directory=spellings.read(locales, read.directory, problems))
    _spoken(read, languages(locales), problems)
    catalog = texts.load(locales, read.sources, read.directory, problems, behind)
    taught = words.teach(read.steps, read.sources, catalog, problems)
    if problems:
        raise FilesError(problems)
    book = _book(read, catalog, taught, today, show_unconfirmed)
    for clash in packing.clashes(book):
        spot = Spot(flows.name, 1)
        problems.append(Problem(spot, f"'{clash}' packs like another name; rename one"))
    if max(book.bits.values()) >> packing.FACTS_MOST:
        what = f"more than {packing.FACTS_MOST} facts are counted, counting each value of 'shown'"
        problems.append(Problem(Spot("answers.yaml", 1), f"{what}; count fewer"))
    if problems:
        raise FilesError(problems)
    return Program(book, catalog)


def languages(locales: Path) -> tuple[Language, ...]:
    """English and every language with a catalog."""
    found = sorted(path.parts[-3] for path in locales.glob("*/LC_MESSAGES/waypost.po"))
    return (SOURCE, *map(Language, found))


def _spoken(read: Flows, offered: tuple[Language, ...], problems: list[Problem]) -> None:
    """Every language that a choice leads into can be spoken."""
    for step in read.steps.values():
        for choice in getattr(step, "choices", ()):
            for answer, value in choice.sets:
                if answer == "language" and value not in (*offered, SPOKEN):
                    source = read.sources[choice.label.id]
                    what = f"'{value}' has no catalog; run 'waypost translate update --language"
                    problems.append(Problem(Spot(source.file, source.line), f"{what} {value}'"))


def load_flows(
    flows: Path, problems: list[Problem], offered: tuple[Language, ...] = (SOURCE,)
) -> Flows:
    """Read and link the flows and the directory; what is wrong goes to `problems`."""
    known, rights = directory.load(flows / "directory", problems)
    sources: dict[TextId, Source] = {}
    always = declared.read_always(flows, known, offers.PHRASES, sources, problems)
    declared.read_doors(flows, sources, problems)
    answers = declared.read_answers(flows, known, always.languages or offered, problems)
    written = compile_flows(flows, answers, known, sources, problems)
    sources.update(rights)
    entries = declared.entries(always, written.begins, problems)
    steps = linker.link(written, entries, problems)
    return Flows(always, answers, known, sources, written, steps)


def _book(
    read: Flows,
    catalog: texts.Catalog,
    taught: Mapping[Language, Words],
    today: date,
    show_unconfirmed: bool,
) -> Book:
    spoken = catalog.languages
    always = read.always
    judge = referral.Judge(always.help_line, partial(_weak, today=today))
    needs = read.answers.get("need", Answer("need", (), counted=False, finds={}))
    return Book(
        landing=read.written.begins[always.landing],
        danger=read.written.begins[always.danger],
        help_line=always.help_line,
        steps=read.steps,
        answers=read.answers,
        sources=read.sources,
        directory=read.directory,
        bits=_bits(read.answers),
        words=taught,
        alarms=words.alarms(taught),
        tells=words.tells(taught),
        guess=identify.Guesser(_all_said(catalog)).tell,
        offers=referral.index(read.directory, needs, spoken, judge),
        cards=offers.cards(read.directory, spoken, always.help_line, always.emergency),
        police=offers.police_cards(
            read.directory,
            spoken,
            always.emergency,
            partial(_police, read.directory, show_unconfirmed),
        ),
        at_once={each: _at_once(catalog, each) for each in spoken},
    )


def _at_once(catalog: texts.Catalog, language: Language) -> int:
    """How many services are shown together: fewer in scripts that fill a text message sooner."""
    said = catalog.say(Text(TextId("always/help/say")), language)
    other = any(c.isalpha() and not unicodedata.name(c, "").startswith("LATIN") for c in said)
    return OFFERS_FEWER if other else OFFERS_AT_ONCE


def _all_said(catalog: texts.Catalog) -> dict[Language, list[str]]:
    """All texts of each language, but for those that are English or said alike in all."""
    english = set(catalog.said[SOURCE].values())
    return {
        language: [
            " ".join(pieces[::2])
            for pieces in said.values()
            if language == SOURCE or pieces not in english
        ]
        for language, said in catalog.said.items()
    }


def _bits(answers: Mapping[str, Answer]) -> dict[tuple[str, str], int]:
    """A bit for each fact that a conversation counts once; the values of one answer share it."""
    bits = {("conversation", "started"): 1}
    place = 1
    for answer in answers.values():
        if not answer.counted:
            continue
        for value in answer.values:
            bits[answer.name, value] = 1 << place
            place += answer.name == SHOWN_TWICE
        place += answer.name != SHOWN_TWICE
    return bits


def _weak(service: Service, *, today: date) -> bool:
    when = service.verified or service.date
    return bool(when) and directory.stale(when, today, directory.WEAK_AFTER_DAYS)


def _police(
    known: Directory, show_unconfirmed: bool, town: Place
) -> tuple[Police | None, bool, Police | None]:
    """A town's police if it may be shown, whether it is confirmed, else a confirmed troop."""
    sure = directory.confirmed(known, town)
    if sure is not None:
        return sure, True, None
    unsure = directory.confirmed(known, town, show_unconfirmed=show_unconfirmed)
    return unsure, False, directory.troop(known, town)
