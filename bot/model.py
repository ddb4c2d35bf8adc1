"""The nouns of the program: plain frozen data, standard library only.

Rule 1: apart from `Message`, nothing here can hold what a person typed. Every other string is
an identifier, or a text that somebody wrote in `flows/`. It is why the rest of the program may
be shown in tests and counted. Keep it so.
Rule 2: no behaviour but reading one's own fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, NewType

Language = NewType("Language", str)  # a catalog's tag: "en", "es", "pt_BR"
StepId = NewType("StepId", str)  # "start/town", or "start/more>rights/topics" inside a call
TextId = NewType("TextId", str)  # "start/town/ask_place": the context of a text in the catalogs
Place = NewType("Place", str)  # a row of towns.csv: "Bridgeport", "Groton Long Point"
Instant = NewType("Instant", int)  # minute of the week in the state's own time, Monday 00:00 = 0

SOURCE: Final = Language("en")
SPOKEN: Final = "spoken"  # as a value of the answer `language`: the one spoken now
WEEK: Final = 7 * 24 * 60  # minutes

# The limits of the house, in one place.
CHOICES_MOST: Final = 7  # 8 is back, 9 is leave, 0 is the help line, in every language
ANSWERS_MOST: Final = 6  # together these keep a packed state below 64 bytes
TRAIL_MOST: Final = 4  # how many questions "back" remembers
MAYBE_MOST: Final = 7  # how many towns are asked back at once
OFFERS_AT_ONCE: Final = 3  # services in one reply; then "more"
OFFERS_FEWER: Final = 2  # where a text message holds half as many letters
MISSES_MOST: Final = 3  # unclear answers in a row before the help line
HEARD_MOST: Final = 400  # letters of a message that are looked at
AGES: Final = ("adult", "minor", "unsaid")  # what a referral asks of the answer `age`
STEPS_MOST: Final = 20_000  # steps after every call is written out


# What is said -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """Something a person will read, by name. Said in a language at the edge, never before.

    `args` fill the text's `{names}`. They are identifiers only: a town, a language, a number
    of the directory.
    """

    id: TextId
    args: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A text as its author wrote it in English, and what a translator should know of it.

    `file` and `line` say where; `note` what it is; `most` how many letters it may have, 0 for
    no limit of its own; `fixed` that it is the same in every language.
    """

    said: str
    file: str
    line: int
    note: str = ""
    most: int = 0
    fixed: bool = False


# The directory ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Phone:
    """One number, with what is known about it. `number` is E.164, or a short code of digits; of a
    chat in the web, its address.
    """

    number: str
    kind: str  # voice, text, tty, fax, chat
    languages: frozenset[str]  # plain ISO 639 tags; empty: not known
    interpreter: bool
    confidence: str  # high, medium, low
    source: str
    date: str  # of the source: "2024-05-01", "2024", or "" where it carries none
    shown: str  # as people write it: "1-888-555-0100"


@dataclass(frozen=True, slots=True)
class Service:
    """A place a person can be referred to. Words follow Open Referral HSDS 3.

    `hours` are (opens, closes) pairs in minutes of the week; None: not known. `areas` are
    "US", "CT", counties and towns. `confidence` is of the whole record.
    """

    id: str
    organization: str
    name: str
    kind: str
    needs: frozenset[str]
    phones: tuple[Phone, ...]
    hours: tuple[tuple[int, int], ...] | None
    minimum_age: int | None
    maximum_age: int | None
    areas: frozenset[str]
    police_contact: str  # none, optional, yes, unknown
    mandated_reporter: str  # yes, no, unknown
    confidence: str
    status: str  # active, reduced, unknown, closed
    source: str
    date: str
    verified: str  # the day somebody called and found it right, or ""
    line: int  # where it stands in services.yaml


@dataclass(frozen=True, slots=True)
class Police:
    """A department or state police troop. `phone` is None where no number was found."""

    id: str
    name: str
    kind: str  # municipal, state_troop, resident_trooper, campus, tribal
    phone: Phone | None
    source_type: str  # official, news, directory, dataset, none
    verified: str
    line: int


@dataclass(frozen=True, slots=True)
class Town:
    """A town, or a part of one that has its own police. Parts share their town's services."""

    id: Place
    town: str  # itself, or the town this is a part of
    county: str
    region: str
    population: int
    police: str
    link: str  # how sure the police of this town is: high, medium, low
    also_police: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Right:
    """One fact of law in plain words, with its statute, source and date."""

    id: str
    text: TextId
    statute: str
    source: str
    as_of: str
    line: int


@dataclass(frozen=True, slots=True)
class Places:
    """Every name a person may give for where they are, folded, and what it may mean."""

    names: Mapping[str, tuple[Place, ...]]
    zips: Mapping[str, tuple[Place, ...]]


@dataclass(frozen=True, slots=True)
class Directory:
    """All researched facts: whom to call, where, and what the law says."""

    services: Mapping[str, Service]
    police: Mapping[str, Police]
    towns: Mapping[Place, Town]
    places: Places
    rights: Mapping[str, Right]


# What may be shown of it --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach a service, chosen for a language.

    `say`: whether the caller should first say the name of their language in English.
    """

    kind: str  # voice, text or chat
    number: str
    shown: str
    say: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A service as it is offered to one person: what to know first, how to reach it, and why."""

    service: str  # its id
    name: str
    label: Text | None  # "a safe place to stay"
    before: tuple[Text, ...]  # what contacting it means
    contacts: tuple[Contact, ...]
    why: tuple[Text, ...]
    shows: str  # what is counted: help_line, emergency, police, provider
    doubtful: bool = False  # a low-confidence record, never anybody's only option


# The flows --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question, by its digit, its label or other words."""

    label: Text
    also: TextId | None
    go: StepId
    sets: tuple[tuple[str, str], ...] = ()
    more: bool = False  # shown only while a referral has more to show


@dataclass(frozen=True, slots=True)
class Say:
    """Tell, then go on. `shows` is what is counted when its text names a contact or a right."""

    id: StepId
    text: Text
    then: StepId
    shows: str = ""
    reply: Reply | None = None  # ready-made, where nothing is to be filled in


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask, and wait. `origin` is the step as written, the same in every call of its flow."""

    id: StepId
    origin: StepId
    text: Text
    short: Text
    choices: tuple[Choice, ...]
    labels: tuple[Text, ...]  # of the choices
    reply: Reply | None = None  # ready-made, where nothing is to be filled in or left out
    fixed: bool = False  # said alike in every language


@dataclass(frozen=True, slots=True)
class AskPlace:
    """Ask for a town, a village or a ZIP, and wait. Only the town survives the turn."""

    id: StepId
    origin: StepId
    text: Text
    short: Text
    choices: tuple[Choice, ...]
    labels: tuple[Text, ...]
    answer: str
    then: StepId
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """Go on by an earlier answer. `none` in `cases` stands for: not answered."""

    id: StepId
    answer: str
    cases: Mapping[str, StepId]
    otherwise: StepId


@dataclass(frozen=True, slots=True)
class Refer:
    """Offer the services that fit best, a few at a time."""

    id: StepId
    text: Text
    then: StepId


@dataclass(frozen=True, slots=True)
class Card:
    """Show one contact: a service by id, or the police of the chosen town."""

    id: StepId
    contact: str  # a service's id, or POLICE
    text: Text | None
    then: StepId


@dataclass(frozen=True, slots=True)
class End:
    """Say goodbye and forget. `erase` asks the channel to delete what it can."""

    id: StepId
    text: Text
    erase: bool


@dataclass(frozen=True, slots=True)
class Call:
    """Another flow, then back here. Only as written: the linker writes every call out."""

    id: StepId
    flow: str
    then: StepId


Step = Say | Ask | AskPlace | Branch | Refer | Card | End
Resting = Ask | AskPlace
POLICE: Final = "police"


@dataclass(frozen=True, slots=True)
class Finds:
    """What a need looks for in the directory: needs, and kinds of service, the best first."""

    needs: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Something a conversation may know: a name and the only values it can have.

    `finds` gives, for each value of a need, what it looks for in the directory.
    """

    name: str
    values: tuple[str, ...]
    counted: bool
    finds: Mapping[str, Finds]


@dataclass(frozen=True, slots=True)
class Words:
    """What one language understands, folded."""

    choices: Mapping[StepId, Mapping[str, int]]  # step as written -> words -> which choice
    commands: Mapping[str, str]  # "0" -> "help", "atras" -> "back", "english" -> "language:en"
    danger: frozenset[str]  # of this language
    numbers: Mapping[str, int]
    negations: frozenset[str]  # English ones too
    denials: frozenset[str]  # of this language only
    outside: frozenset[str]
    tells: frozenset[str]  # single words by which a first message shows its language


@dataclass(frozen=True, slots=True)
class Book:
    """Everything the engine may know. Compiled once, never changed."""

    landing: StepId
    danger: StepId
    help_line: str  # the service behind 0
    steps: Mapping[StepId, Step]
    answers: Mapping[str, Answer]
    sources: Mapping[TextId, Source]
    directory: Directory
    bits: Mapping[tuple[str, str], int]  # countable fact -> its bit in State.counted
    words: Mapping[Language, Words]
    alarms: Mapping[str, tuple[Language, ...]]  # phrases of danger and each "not"
    tells: Mapping[str, Language]  # words that only one language has
    guess: Callable[[str, Language], Language]  # of a message, and the language expected
    offers: Mapping[tuple[str, str, str, Language], tuple[Group, ...]]  # need, area, age
    cards: Mapping[tuple[str, str, Language], Offer]  # service, age
    police: Mapping[tuple[str, Language], Reply]  # town
    at_once: Mapping[Language, int]  # services in one reply


@dataclass(frozen=True, slots=True)
class Ranked:
    """An offer in the book's index: as it is said, and as it is said while open."""

    offer: Offer
    opened: Offer
    hours: tuple[tuple[int, int], ...] | None


Group = tuple[tuple[int, ...], tuple[Ranked, ...]]  # a rank, less is better, and who shares it


# A conversation. Made anew for every message, hence tuples with names: twice as fast to make. --


class State(NamedTuple):
    """Where one conversation rests: step ids and values of declared answers, no identity.

    Below 64 bytes when packed (packing.py). `shown` is how many services a referral has
    shown, -1 when it has shown them all; `counted` has a bit for every fact counted already.
    """

    step: StepId
    language: Language
    answers: tuple[tuple[str, str], ...] = ()
    trail: tuple[StepId, ...] = ()
    maybe: tuple[Place, ...] = ()
    misses: int = 0
    shown: int = 0
    counted: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """What a person just sent. Lives for one step, and has no repr to leak from a log."""

    text: str = ""


class Reply(NamedTuple):
    """One thing to show: some texts, contacts, and numbered choices."""

    texts: tuple[Text, ...] = ()
    offers: tuple[Offer, ...] = ()
    choices: tuple[Text, ...] = ()


class Event(NamedTuple):
    """A countable fact. Two closed vocabularies, so it cannot carry a person's words."""

    dimension: str
    value: str


class Outcome(NamedTuple):
    """The whole effect of one message. `state` None: the person is forgotten."""

    state: State | None
    language: Language
    replies: tuple[Reply, ...]
    events: tuple[Event, ...]
    erase: bool = False
