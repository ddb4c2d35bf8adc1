"""The conversation, as a function: (state, message, now) in; (state, replies, events) out.

Rule 1: no I/O, no clock, no dice, no globals, no log. What the engine needs is in the book; the
        time comes in as data.
Rule 2: total. Any state and any message give an outcome with a way to help.
Rule 3: it knows no channel and speaks no language: texts leave it by name.
Rule 4: nothing is copied from a message. A state holds step ids and values of declared
        answers, an event two closed vocabularies.

It does not guard against a broken book: the compiler and the linker refuse one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot import matching
from bot.model import (
    AGES,
    MISSES_MOST,
    POLICE,
    SOURCE,
    SPOKEN,
    TRAIL_MOST,
    Ask,
    AskPlace,
    Book,
    Branch,
    Card,
    Choice,
    End,
    Event,
    Instant,
    Language,
    Message,
    Offer,
    Outcome,
    Place,
    Refer,
    Reply,
    Resting,
    Say,
    State,
    StepId,
    Text,
    TextId,
    Words,
)
from bot.referral import page

HELP, BACK, LEAVE, ABOUT = "help", "back", "leave", "about"
RESTING: Final = (Ask, AskPlace)  # the steps a conversation can rest on
_HELP_TEXT: Final = Text(TextId("always/help/say"))
_LEAVE_TEXT: Final = Text(TextId("always/leave/say"))
_ABOUT_TEXT: Final = Text(TextId("always/about/say"))
_UNCLEAR: Final = tuple(Text(TextId(f"always/unclear/{n}")) for n in ("first", "second", "third"))
_PLACE_UNCLEAR: Final = Text(TextId("always/place/unclear"))
_PLACE_WHICH: Final = Text(TextId("always/place/which"))
_PLACE_OPTION: Final = TextId("always/place/option")


def begin(book: Book, message: Message, now: Instant, language: Language = SOURCE) -> Outcome:
    """Open a conversation with somebody we know nothing about.

    The first message only tells the language, or asks for the help line, or tells of danger:
    whatever else it says, the answer is the same neutral hello for everybody.
    """
    turn = _Turn(book, State(book.landing, language if language in book.words else SOURCE), now)
    heard = matching.fold(message.text)
    command = turn.words.commands.get(heard, "")
    alarmed = matching.danger(heard, book.alarms, turn.language)
    if command == LEAVE:
        return turn.leave()
    if alarmed is not None and command != HELP:
        turn.language = alarmed
        return turn.walk(book.danger)
    turn.language = matching.tell_language(
        message.text, heard, book.tells, book.guess, turn.language
    )
    if command == HELP:
        turn.show_help()
    return turn.walk(book.landing)


def step(book: Book, state: State, message: Message, now: Instant) -> Outcome:
    """Move one conversation on by one message.

    A state whose step or language is no longer in the book begins again.
    """
    here = book.steps.get(state.step)
    if not isinstance(here, RESTING) or state.language not in book.words:
        return begin(book, message, now, state.language)
    turn = _Turn(book, state, now)
    heard = matching.fold(message.text)
    choices = _open(here, state)
    known = turn.words.choices.get(here.origin, {})
    chosen = known.get(heard)
    if chosen is None or chosen >= len(choices):
        choices = () if state.maybe else choices  # the numbers are those of the towns now
        chosen = matching.number(heard, len(choices), turn.words)
    if chosen is not None:
        return turn.choose(here, choices[chosen])
    command = turn.words.commands.get(heard)
    if command is not None:
        return turn.command(here, command)
    return turn.sentence(here, choices, known, heard)


def _open(here: Resting, state: State) -> tuple[Choice, ...]:
    """The choices offered now: "more" is the last, and only while there is more."""
    if here.choices and here.choices[-1].more and state.shown <= 0:
        return here.choices[:-1]
    return here.choices


class _Turn:
    """One message being answered: what will be the outcome, while it is being made."""

    __slots__ = (
        "answers", "book", "counted", "events", "language", "misses", "now", "replies", "shown",
        "state", "trail",
    )  # fmt: skip

    def __init__(self, book: Book, state: State, now: Instant) -> None:
        self.book = book
        self.state = state
        self.now = now
        self.language = state.language
        self.answers = state.answers
        self.trail = state.trail
        self.misses = 0
        self.shown = state.shown
        self.counted = state.counted
        self.replies: list[Reply] = []
        self.events: list[Event] = []
        if not self.counted:
            self.event("conversation", "started")

    @property
    def words(self) -> Words:
        return self.book.words[self.language]

    # What a message did -----------------------------------------------------------------

    def sentence(
        self, here: Resting, choices: tuple[Choice, ...], known: Mapping[str, int], heard: str
    ) -> Outcome:
        """No number, no word of the menu: danger first, then a place, then a near choice."""
        alarmed = matching.danger(heard, self.book.alarms, self.language)
        if alarmed is not None:
            self.language = alarmed
            self.passed(here.id)
            return self.walk(self.book.danger)
        if isinstance(here, AskPlace):
            places = self.heard_place(heard)
            if places:
                return self.place(here, places, heard)
        chosen = matching.choose(heard, known, len(choices), self.words)
        if chosen is not None:
            return self.choose(here, choices[chosen])
        return self.unclear(here)

    def choose(self, here: Resting, choice: Choice) -> Outcome:
        for pair in choice.sets:
            self.know(pair)
        self.passed(here.id)
        return self.walk(choice.go)

    def command(self, here: Resting, command: str) -> Outcome:
        """What works everywhere: 0, 8, 9, "who are you", or the name of a language."""
        if command == LEAVE:
            return self.leave()
        if command == BACK:
            return self.back(here)
        if command == HELP:
            self.show_help()
        elif command == ABOUT:
            self.replies.append(Reply((_ABOUT_TEXT,)))
        else:
            self.language = Language(command.partition(":")[2])
            fixed = isinstance(here, Ask) and here.fixed  # it would say the same once more
            return self.walk(self.book.landing if fixed else self.again(here.id))
        return self.walk(here.id)

    def again(self, id: StepId) -> StepId:
        """Where to ask a question anew: of several hellos, the one in this language."""
        landing = self.book.steps[self.book.landing]
        if isinstance(landing, Branch) and id in {*landing.cases.values(), landing.otherwise}:
            return self.book.landing
        return id

    def back(self, here: Resting) -> Outcome:
        """The question before; while a town is asked back, the question about the place."""
        if self.state.maybe or not self.trail:
            return self.walk(here.id)
        before, self.trail = self.trail[-1], self.trail[:-1]
        return self.walk(self.again(before) if before in self.book.steps else self.book.landing)

    def leave(self) -> Outcome:
        self.replies.append(Reply((_LEAVE_TEXT,)))
        return self.outcome(None, erase=True)

    def heard_place(self, heard: str) -> tuple[Place, ...]:
        """The towns a message may mean; while a town is asked back, a digit is one of those."""
        maybe = self.state.maybe
        if maybe:
            index = matching.number(heard, len(maybe), self.words)
            if index is not None:
                return (maybe[index],)
        places = matching.find_places(heard, self.book.directory.places, self.words.outside)
        # "Windham" again, when asked whether Willimantic or Windham, means just that.
        named = [place for place in places if place in maybe and matching.fold(place) == heard]
        return tuple(named) or places

    def place(self, here: AskPlace, places: tuple[Place, ...], heard: str) -> Outcome:
        if matching.place_denied(heard, self.book.directory.places, self.words):
            ours = tuple(place for place in places if place != matching.OUTSIDE)
            return self.which_place(here, ours) if ours else self.unclear(here)
        if len(places) > 1:
            return self.which_place(here, places)
        self.know((here.answer, places[0]))
        self.passed(here.id)
        return self.walk(here.then)

    def which_place(self, here: AskPlace, places: tuple[Place, ...]) -> Outcome:
        options = tuple(Text(_PLACE_OPTION, (("town", place),)) for place in places)
        self.replies.append(Reply((_PLACE_WHICH,), choices=options))
        return self.outcome(here.id, maybe=places)

    def unclear(self, here: Resting) -> Outcome:
        """A shorter question, then only the digits, then the help line; never a dead end."""
        misses = self.state.misses + 1
        said = _PLACE_UNCLEAR if isinstance(here, AskPlace) else _UNCLEAR[0]
        choices = tuple(choice.label for choice in _open(here, self.state))
        if misses >= MISSES_MOST:
            self.replies.append(Reply((_UNCLEAR[2],)))
            self.show_help()
            return self.walk(here.id)
        if misses == 1:
            self.replies.append(Reply((said, self.filled(here.short)), choices=choices))
        elif choices:
            self.replies.append(Reply((_UNCLEAR[1],), choices=choices))
        else:
            self.replies.append(Reply((said,)))
        self.misses = misses
        return self.outcome(here.id)

    # Walking ----------------------------------------------------------------------------

    def walk(self, to: StepId) -> Outcome:
        """Show steps until one asks or ends. The linker refuses a loop that never asks."""
        while True:
            here = self.book.steps[to]
            match here:
                case Branch():
                    to = here.cases.get(self.known(here.answer) or "none", here.otherwise)
                    continue
                case Say():
                    self.replies.append(here.reply or Reply((self.filled(here.text),)))
                    self.count_shown(here.shows)
                case Ask() | AskPlace():
                    return self.ask(here)
                case Refer():
                    self.refer(here)
                case Card():
                    self.card(here)
                case End():
                    self.replies.append(Reply((self.filled(here.text),)))
                    return self.outcome(None, erase=here.erase)
            to = here.then

    def ask(self, here: Resting) -> Outcome:
        reply = here.reply
        if reply is None:
            hidden = bool(here.labels) and here.choices[-1].more and self.shown <= 0
            labels = here.labels[:-1] if hidden else here.labels
            reply = Reply((self.filled(here.text),), (), labels)
        self.replies.append(reply)
        return self.outcome(here.id)

    def refer(self, here: Refer) -> None:
        known = self.known
        offers, self.shown = page(
            self.book, known("need"), known("town"), known("age"),
            self.language, self.now, self.shown,
        )  # fmt: skip
        self.show((self.filled(here.text),), offers)

    def card(self, here: Card) -> None:
        texts = () if here.text is None else (self.filled(here.text),)
        if here.contact == POLICE:
            reply = self.book.police[self.known("town"), self.language]
            self.show((*texts, *reply.texts), reply.offers)
        else:
            self.show(texts, (self.contact(here.contact),))

    def show_help(self) -> None:
        self.show((_HELP_TEXT,), (self.contact(self.book.help_line, bare=True),))

    def contact(self, id: str, *, bare: bool = False) -> Offer:
        """A contact as a card. `bare`: numbers only, for a screen that others may read."""
        age = self.known("age")
        offer = self.book.cards[id, age if age in AGES else "unsaid", self.language]
        return Offer(id, "", None, (), offer.contacts, (), offer.shows) if bare else offer

    def show(self, texts: tuple[Text, ...], offers: tuple[Offer, ...]) -> None:
        self.replies.append(Reply(texts, offers))
        for offer in offers:
            self.count_shown(offer.shows)

    def filled(self, text: Text) -> Text:
        """A text with the names it asks for; only declared answers can be asked for."""
        if not text.args:
            return text
        return Text(text.id, tuple((name, self.known(name)) for name, _ in text.args))

    # Remembering and counting -----------------------------------------------------------

    def known(self, answer: str) -> str:
        """The value of an answer, or ""."""
        for name, value in self.answers:
            if name == answer:
                return value
        return self.language if answer == "language" else ""

    def know(self, pair: tuple[str, str]) -> None:
        """Remember an answer. A referral begins anew, since it may find others now."""
        answer, value = pair
        if answer == "language":
            self.language = self.language if value == SPOKEN else Language(value)
            value = self.language
        else:
            self.answers = (*[each for each in self.answers if each[0] != answer], pair)
            self.shown = 0
        self.event(answer, value)
        if answer == "town":
            town = self.book.directory.towns.get(Place(value))
            self.event("region", town.region if town else matching.OUTSIDE)

    def passed(self, here: StepId) -> None:
        """Remember a question for "back"."""
        self.trail = (*self.trail, here)[-TRAIL_MOST:]

    def count_shown(self, shows: str) -> None:
        if shows:
            self.event("shown", shows)

    def event(self, dimension: str, value: str) -> None:
        """A countable fact, once in a conversation; what is not declared is not counted."""
        bit = self.book.bits.get((dimension, value))
        if bit is not None and not self.counted & bit:
            self.counted |= bit
            self.events.append(Event(dimension, value))

    def outcome(
        self, at: StepId | None, *, maybe: tuple[Place, ...] = (), erase: bool = False
    ) -> Outcome:
        state = at and State(
            at, self.language, self.answers, self.trail, maybe,
            self.misses, self.shown, self.counted,
        )  # fmt: skip
        return Outcome(
            state or None, self.language, tuple(self.replies), tuple(self.events), erase
        )
