"""The benchmark's conversation as a programmer would write it by hand: dictionaries and ifs.

Rule 1: honest. It does the same work for a message: any script's digits and accents, words as
well as numbers, 0, 8 and 9, danger, each fact counted once, and what is open now comes first.
Nothing is slowed down to make it look bad.
Rule 2: no more than that. One language, no typing slips, no checks before it runs: everything
is looked up in tables that were written before the first message, and its texts are ready to
send, while the engine's are names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from bot import referral
from bot.channels import plain
from bot.load import Program
from bot.model import (
    AGES,
    OFFERS_AT_ONCE,
    SOURCE,
    Ask,
    AskPlace,
    Instant,
    Reply,
    StepId,
    Text,
    TextId,
)

Session = dict[str, Any]  # at: the question asked; trail: those before; known; counted

# question -> what is typed -> next question, what is learned by it, and its value
MENUS: Final[Mapping[str, Mapping[str, tuple[str, str, str]]]] = {
    "hello": {"1": ("whom", "", ""), "3": ("hello", "", "")},
    "whom": {
        "1": ("what", "age", "adult"),
        "2": ("what", "age", "minor"),
        "3": ("what", "age", "unsaid"),
        "4": ("what", "age", "adult"),
        "5": ("what", "age", "minor"),
        "6": ("what", "age", "unsaid"),
    },
    "what": {
        "1": ("work", "", ""),
        "2": ("town", "need", "made_to_sell_sex"),
        "3": ("hurt", "", ""),
        "4": ("stay", "", ""),
        "5": ("law", "", ""),
        "6": ("health", "", ""),
        "7": ("town", "need", "talk"),
    },
    "work": {
        "1": ("town", "need", "controlled_at_work"),
        "2": ("town", "need", "pay_kept"),
        "3": ("town", "need", "papers_kept"),
    },
    "hurt": {
        "1": ("town", "need", "hurt_or_threatened"),
        "2": ("town", "need", "cannot_leave"),
    },
    "stay": {"1": ("town", "need", "place_to_stay"), "2": ("town", "need", "food")},
    "law": {"1": ("town", "need", "lawyer"), "2": ("town", "need", "immigration")},
    "health": {
        "1": ("town", "need", "doctor"),
        "2": ("town", "need", "talk"),
        "3": ("town", "need", "alcohol_or_drugs"),
    },
    "next": {"3": ("what", "", "")},
    "town": {},
}

# question -> the texts of the shipped flows that are said on the way to it, and its own step
SAID: Final[Mapping[str, tuple[str, ...]]] = {
    "hello": ("start/hello",),
    "whom": ("start/rules/say", "start/meaning/say", "start/whom"),
    "what": ("what/mine",),
    "work": ("what/work",),
    "hurt": ("what/hurt",),
    "stay": ("what/stay",),
    "law": ("what/law",),
    "health": ("what/health",),
    "town": ("what/town",),
    "next": ("help/next",),
}


Service = tuple[tuple[tuple[int, int], ...], str]  # when it is open, and what is said of it


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything the machine says, ready to send, and the names it knows."""

    said: Mapping[str, list[str]]  # question -> messages
    words: Mapping[str, Mapping[str, str]]  # question -> what is typed -> the digit it means
    towns: Mapping[str, str]  # "bridgeport" -> "Bridgeport"
    services: Mapping[tuple[str, str, str], list[Service]]  # need, town, age -> best first
    danger: tuple[str, ...]
    emergency: str
    refer: str
    help_line: str
    unclear: str
    goodbye: str


def heard_as(typed: str) -> str:
    """Lower case, without accents and punctuation, digits of every script as ASCII."""
    letters = []
    for letter in unicodedata.normalize("NFKD", typed.lower()):
        if letter.isdigit():
            letters.append(str(unicodedata.digit(letter)))
        elif letter.isalpha():
            letters.append(letter)
        elif not unicodedata.combining(letter):
            letters.append(" ")
    return " ".join("".join(letters).split())


def reply(tables: Tables, session: Session, typed: str, now: int) -> list[str]:
    """The messages that answer one message. `session` is changed in place; {} is a new one."""
    heard = heard_as(typed)
    if "at" not in session:
        session.update(at="hello", trail=[], counted={"started"}, known={})
        return tables.said["hello"]
    at = session["at"]
    if heard in ("0", "8", "9"):
        return _always(tables, session, heard)
    digit = tables.words[at].get(heard, heard)
    if digit not in MENUS[at] and any(phrase in heard for phrase in tables.danger):
        return [tables.emergency, *tables.said[at]]
    if at == "town":
        return _near(tables, session, heard, now)
    if digit not in MENUS[at]:
        return [tables.unclear, *tables.said[at]]
    goes, name, value = MENUS[at][digit]
    _go(session, goes)
    if name:
        _know(session, name, value)
    return tables.said[goes]


def _always(tables: Tables, session: Session, heard: str) -> list[str]:
    """What works everywhere."""
    at = session["at"]
    if heard == "0":
        return [tables.help_line, *tables.said[at]]
    if heard == "9":
        session.clear()
        return [tables.goodbye]
    session["at"] = session["trail"].pop() if session["trail"] else at
    return tables.said[session["at"]]


def _go(session: Session, goes: str) -> None:
    session["trail"] = [*session["trail"][-3:], session["at"]]
    session["at"] = goes


def _know(session: Session, name: str, value: str) -> None:
    session["known"][name] = value
    session["counted"].add(name)


def _near(tables: Tables, session: Session, heard: str, now: int) -> list[str]:
    """The services for a town, what is open now first; 1 skips it."""
    town = "" if heard == "1" else tables.towns.get(heard)
    if town is None:
        return [tables.unclear, *tables.said["town"]]
    _know(session, "town", town)
    _go(session, "next")
    known = session["known"]
    found = tables.services[known["need"], town, known["age"]]
    best = sorted(found, key=lambda service: not _open(service[0], now))[:OFFERS_AT_ONCE]
    session["counted"].update(("help_line", "provider"))
    return [tables.help_line, tables.refer, *[text for _, text in best], *tables.said["next"]]


def _open(hours: tuple[tuple[int, int], ...], now: int) -> bool:
    return any(opens <= now < closes for opens, closes in hours)


# The tables, before the first message ----------------------------------------------------


def tables(program: Program, now: Instant) -> Tables:
    """The tables, written with the words and the directory of the shipped program."""
    known = program.book.directory
    names = known.places.names
    help_line = Reply(
        (Text(TextId("help/line_mine/text")),),
        (program.book.cards[program.book.help_line, "adult", SOURCE],),
    )
    offers = {
        key: _services(program, *key, now)
        for key in product(program.book.answers["need"].values, ("", *known.towns), AGES)
    }
    return Tables(
        said={at: [_words(program, id) for id in ids] for at, ids in SAID.items()},
        words={at: _typed(program, ids[-1]) for at, ids in SAID.items()},
        towns={name: places[0] for name, places in names.items() if len(places) == 1},
        services=offers,
        danger=tuple(program.book.words[SOURCE].danger),
        emergency=_words(program, "emergency/call/text"),
        refer=_words(program, "help/places/refer"),
        help_line=_line(program, help_line),
        unclear=_words(program, "always/unclear/first"),
        goodbye=_words(program, "always/leave/say"),
    )


def _typed(program: Program, question: str) -> dict[str, str]:
    """The words of a question's choices, and the digit each means."""
    known = program.book.words[SOURCE].choices.get(StepId(question), {})
    return {word: str(index + 1) for word, index in known.items()}


def _words(program: Program, id: str) -> str:
    """A text of the flows; of a question, with its menu."""
    step = program.book.steps.get(StepId(id))
    if isinstance(step, Ask | AskPlace):
        labels = tuple(each.label for each in step.choices if not each.more)
        return _line(program, Reply((step.text,), choices=labels))
    return _line(program, Reply((Text(TextId(id)),)))


def _services(program: Program, need: str, town: str, age: str, now: Instant) -> list[Service]:
    """What the directory has for a need, a town and an age, ready to send."""
    services = program.book.directory.services
    found = referral.best(program.book, need, town, age, SOURCE, now)
    return [
        (services[offer.service].hours or (), _line(program, Reply(offers=(offer,))))
        for offer in found
    ]


def _line(program: Program, reply: Reply) -> str:
    return "\n".join(plain.lines(reply, program.catalog, SOURCE))
