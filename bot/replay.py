"""The recorded conversations in every language: by what was chosen, not by what was typed.

Rule 1: a conversation is played once as it was written, and each message understood as a move: a
choice, a place, a command, danger, or none of these. Another language makes the same moves.
Rule 2: a move that a language does not have (choosing another language) ends the conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from bot import engine, matching
from bot.channels import sms, telegram, terminal, web
from bot.load import Program
from bot.model import (
    SOURCE,
    Ask,
    AskPlace,
    Branch,
    Choice,
    Instant,
    Language,
    Message,
    Outcome,
    State,
    StepId,
    Text,
    TextId,
)
from bot.transcript import Script, Talk

BY_DIGIT: Final = {
    command: digit for digit, command in (("0", "help"), ("8", "back"), ("9", "leave"))
}
GREETING, CHOICE, COMMAND, DANGER, TYPED = "greeting", "choice", "command", "danger", "typed"


class Move(NamedTuple):
    """What a message did. `value` is a choice's label, a command, or what was typed."""

    kind: str
    value: str = ""


class Turn(NamedTuple):
    """One answer in one language. `at` is the question it was an answer to, "" for the first."""

    at: StepId | str
    move: Move
    outcome: Outcome


def moves(program: Program, script: Script) -> list[Move]:
    """A script's messages as moves."""
    talk = Talk(program, script.at, script.language)
    found = []
    for said in script.messages:
        before = talk.state
        outcome = talk.hear(said)
        found.append(_move(program, before, said, outcome))
    return found


def played(program: Program, script: Script, language: Language) -> Iterator[Turn]:
    """The same conversation in a language."""
    talk = Talk(program, script.at, language)
    for move in moves(program, script):
        at = talk.state.step if talk.state else ""
        said = _said(program, talk.state, move, language)
        if said is None:
            return
        yield Turn(at, move, talk.hear(said))


# Understanding --------------------------------------------------------------------------------


def _move(program: Program, before: State | None, said: str, outcome: Outcome) -> Move:
    heard = matching.fold(said)
    words = program.book.words[before.language if before else outcome.language]
    command = words.commands.get(heard, "")
    chosen = _chosen(program, before, outcome)
    if chosen is not None:
        return Move(CHOICE, chosen)
    if command:
        return Move(COMMAND, command)
    if matching.danger(heard, program.book.alarms, outcome.language) is not None:
        return Move(DANGER)
    return Move(TYPED, said) if before else Move(GREETING)


def _chosen(program: Program, before: State | None, outcome: Outcome) -> str | None:
    """The label of the choice that does what the message did."""
    if before is None or before.maybe:
        return None
    for index, choice in enumerate(_choices(program, before)):
        if (
            engine.step(program.book, before, Message(str(index + 1)), Instant(0)).state
            == (outcome.state)
            and outcome.state is not None
        ):
            return choice.label.id
    return None


def _choices(program: Program, state: State) -> tuple[Choice, ...]:
    here = program.book.steps[state.step]
    return here.choices if isinstance(here, Ask | AskPlace) else ()


# Saying it in another language ------------------------------------------------------------------


def _said(program: Program, state: State | None, move: Move, language: Language) -> str | None:
    if move.kind == CHOICE:
        return _digit(program, state, move.value)
    if move.kind == DANGER:
        return _first(program, "always/danger/also", language)
    if move.kind == COMMAND:
        command = move.value
        if command.startswith("language:"):
            return None
        return BY_DIGIT.get(command) or _first(program, f"always/{command}/also", language)
    return move.value


def _digit(program: Program, state: State | None, label: str) -> str | None:
    """The digit of a choice; of one this question has not, of what leads there too."""
    if state is None:
        return None
    choices = _choices(program, state)
    named = [place for place, each in enumerate(choices, 1) if each.label.id == label]
    target = _target(program, label)
    alike = [place for place, each in enumerate(choices, 1) if each.go == target]
    return str((named or alike)[0]) if named or alike else None


def _target(program: Program, label: str) -> StepId | None:
    for step in program.book.steps.values():
        for choice in getattr(step, "choices", ()):
            if choice.label.id == label:
                return StepId(choice.go)
    return None


def _first(program: Program, id: str, language: Language) -> str:
    said = program.catalog.say(Text(TextId(id)), language)
    return next(matching.phrases(said), "")


# What it looks like -----------------------------------------------------------------------------

Show = Callable[[Program, Outcome], list[str]]


def _web(program: Program, outcome: Outcome) -> list[str]:
    screen = web.Screen(program.book, program.catalog)
    turn = screen.turn(outcome.replies, outcome.language, open=outcome.state is not None)
    said = [each.said for each in turn.blocks if each.said] + [turn.question, *turn.choices]
    cards = [each.card for each in turn.blocks if each.card]
    for card in cards:
        said += [card.name, card.label, *card.before, *(b.said for b in card.buttons), *card.why]
    return ["".join(part.text for part in each.parts) for each in said if each is not None]


def _telegram(program: Program, outcome: Outcome) -> list[str]:
    card = telegram.write(
        outcome.replies, program.catalog, outcome.language, asks=outcome.state is not None
    )
    return [card.text, *(button.label for row in card.rows for button in row)]


SHOWN: Final[Mapping[str, Show]] = {
    "sms": lambda program, outcome: sms.write(outcome.replies, program.catalog, outcome.language),
    "telegram": _telegram,
    "terminal": lambda program, outcome: terminal.write(
        outcome.replies, program.catalog, outcome.language
    ),
    "web": _web,
}


# Coverage and cost ------------------------------------------------------------------------------


class Seen(NamedTuple):
    """What the conversations of one language came by, and what they cost as text messages."""

    language: Language
    questions: frozenset[StepId]  # as written
    costs: tuple[int, ...]  # segments of each conversation's answers
    hello: int
    faults: tuple[str, ...]


def questions(program: Program) -> dict[Language, frozenset[StepId]]:
    """The questions that there are in each language: those it is asked in, as written."""
    steps = [s for s in program.book.steps.values() if isinstance(s, Ask | AskPlace)]
    landing = program.book.steps[program.book.landing]
    hellos = {*landing.cases.values(), landing.otherwise} if isinstance(landing, Branch) else set()
    found = {}
    for language in program.catalog.languages:
        greets = engine.begin(program.book, Message(""), Instant(0), language).state
        other = hellos - {greets.step} if greets is not None else hellos
        fixed = {s.origin for s in steps if isinstance(s, Ask) and s.fixed}
        not_here = other | (fixed if language != SOURCE else set())
        found[language] = frozenset(s.origin for s in steps) - not_here
    return found


def seen(program: Program, scripts: Mapping[str, Script], language: Language) -> Seen:
    """All conversations in one language, shown on every channel."""
    questions: set[StepId] = set()
    faults: list[str] = []
    costs = []
    for name, script in scripts.items():
        cost = 0
        for turn in played(program, script, language):
            state = turn.outcome.state
            if state is not None:
                questions.add(getattr(program.book.steps[state.step], "origin", state.step))
            for channel, show in SHOWN.items():
                said = show(program, turn.outcome)
                if not said or not all(each.strip() for each in said):
                    faults.append(f"{name}: on {channel} in {language} something is empty")
            cost += sum(map(sms.segments, SHOWN["sms"](program, turn.outcome)))
        costs.append(cost)
    hello = engine.begin(program.book, Message(""), Instant(0), language)
    first = sum(map(sms.segments, SHOWN["sms"](program, hello)))
    return Seen(language, frozenset(questions), tuple(costs), first, tuple(faults))
