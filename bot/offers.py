"""How a service is said to one person: what to know first, how to reach it, and why this one.

Rule 1: what a call may set going stands before the number.
Rule 2: a contact is chosen for a language: a line that speaks it, else one with an interpreter
and what to say in English, else the line as it is, saying so.
Rule 3: only phrases of `always.yaml`, by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from bot.model import (
    AGES,
    SOURCE,
    Contact,
    Directory,
    Language,
    Offer,
    Phone,
    Place,
    Police,
    Reply,
    Service,
    Text,
    TextId,
)

ADULT: Final = 18  # years
NATION, STATE, OUTSIDE = "US", "CT", "outside"
KINDS_SAID: Final = (
    "hotline", "police", "shelter", "legal", "case_management", "health", "mental_health",
    "substance_use", "wage", "immigration", "child_welfare", "youth", "compensation",
    "information", "advocacy",
)  # fmt: skip
PHRASES: Final = (
    "call", "text", "call_and_say", "chat",
    "speaks", "interpreter", "english_only", "open_now", "closed_now", "hours_unknown",
    "near_town", "near_county", "near_state", "near_nation",
    "police_none", "police_optional", "police_yes", "police_unknown",
    "reports_under_18", "reports_unknown", "adults_only", "up_to_age", "from_age",
    "police_unconfirmed", "police_unconfirmed_number", "police_no_town", "emergency",
    *(f"kind_{kind}" for kind in KINDS_SAID),
)  # fmt: skip

_NEAR = ("near_town", "near_county", "near_state", "near_nation")
_SURE = {"high": 0, "medium": 1, "low": 2}


def phrase(name: str, **args: str) -> Text:
    """A phrase of `always.yaml`."""
    return Text(TextId(f"always/phrases/{name}"), tuple(args.items()))


def _doubtful(service: Service) -> bool:
    """A record that is never anybody's only option."""
    return service.confidence == "low" or service.status != "active"


def level(area: str) -> int:
    """How near an area is: 0 town, 1 county, 2 state, 3 nation."""
    if area in (NATION, STATE):
        return 3 if area == NATION else 2
    return 1 if area.endswith(" County") else 0


def spoken_fit(service: Service, language: Language) -> int:
    """0 speaks the language, 1 by interpreter, 2 perhaps only English."""
    tag = language.split("_")[0]
    reached = [phone for phone in service.phones if phone.kind in ("voice", "text")]
    if any(tag in phone.languages or _english(tag, phone) for phone in reached):
        return 0
    return 1 if any(phone.interpreter for phone in reached) else 2


def _english(tag: str, phone: Phone) -> bool:
    """A line that names no language is answered in English."""
    return tag == SOURCE and not phone.languages


def make_offer(service: Service, age: str, language: Language) -> Offer:
    """A service as it is offered to somebody of an age, in a language."""
    spoken = spoken_fit(service, language)
    before = [*_meaning(service, age), *_ages(service, age)]
    if spoken == 2:
        before.append(phrase("english_only"))
    label = phrase(f"kind_{service.kind}")
    contacts = contacts_for(service.phones, language)
    return Offer(
        service.id,
        service.name,
        label,
        tuple(before),
        contacts,
        tuple(_why_spoken(spoken, language)),
        "provider",
        doubtful=_doubtful(service),
    )


def near(area: str) -> Text:
    """Why a service is near, of the one of its areas that it is offered for."""
    name = _NEAR[level(area)]
    return phrase(name, town=area) if name in _NEAR[:2] else phrase(name)


def _meaning(service: Service, age: str) -> Iterator[Text]:
    """What a call may set going: said before the number."""
    yield phrase(f"police_{service.police_contact}")
    if age != "adult" and service.mandated_reporter != "no":
        known = service.mandated_reporter == "yes"
        yield phrase("reports_under_18" if known else "reports_unknown")


def _ages(service: Service, age: str) -> Iterator[Text]:
    if service.minimum_age is not None and age == "unsaid" and service.minimum_age >= ADULT:
        yield phrase("adults_only")
    elif service.minimum_age is not None and service.minimum_age < ADULT:
        yield phrase("from_age", age=str(service.minimum_age))
    if service.maximum_age is not None and (age != "minor" or service.maximum_age < ADULT - 1):
        yield phrase("up_to_age", age=str(service.maximum_age))


def _why_spoken(spoken: int, language: Language) -> Iterator[Text]:
    if language != SOURCE and spoken < 2:
        yield phrase("speaks" if spoken == 0 else "interpreter", language=language)


def contacts_for(phones: Sequence[Phone], language: Language) -> tuple[Contact, ...]:
    """The best number to call, and the best to text and to chat with in the language."""
    tag = language.split("_")[0]

    def fit(phone: Phone) -> tuple[int, int]:
        spoken = tag in phone.languages or _english(tag, phone)
        return (0 if spoken else 1 if phone.interpreter else 2, _SURE[phone.confidence])

    voices = sorted((phone for phone in phones if phone.kind == "voice"), key=fit)
    found = [Contact("voice", p.number, p.shown, say=fit(p)[0] > 0) for p in voices[:1]]
    for kind in ("text", "chat"):
        written = (phone for phone in phones if phone.kind == kind and fit(phone)[0] == 0)
        best = sorted(written, key=fit)[:1]
        found += [Contact(kind, p.number, p.shown) for p in best]
    return tuple(found)


def cards(
    directory: Directory, languages: Iterable[Language], help_line: str, emergency: str
) -> dict[tuple[str, str, Language], Offer]:
    """Every service as a card, for every age and language."""
    shows = {help_line: "help_line", emergency: "emergency"}
    made: dict[tuple[str, str, Language], Offer] = {}
    for language in languages:
        for service in directory.services.values():
            kind = "police" if service.kind == "police" else "provider"
            for age in AGES:
                offer = (
                    make_emergency(service, language)
                    if service.id == emergency
                    else make_offer(service, age, language)
                )
                made[service.id, age, language] = replace(offer, shows=shows.get(service.id, kind))
    return made


def police_cards(
    directory: Directory,
    languages: Iterable[Language],
    emergency: str,
    found: Callable[[Place], tuple[Police | None, bool, Police | None]],
) -> dict[tuple[str, Language], Reply]:
    """The answer to "the police of my town", for every town and for none ("").

    `found` gives a town's police if its number may be shown, whether that number is confirmed,
    and otherwise a confirmed state police troop, if there is one.
    """
    made: dict[tuple[str, Language], Reply] = {}
    for language in languages:
        urgent = make_emergency(directory.services[emergency], language)
        made["", language] = Reply((phrase("police_no_town"),), (urgent,))
        made[OUTSIDE, language] = made["", language]
        for town in directory.towns:
            police, confirmed, troop = found(town)
            texts: tuple[Text, ...] = ()
            if police is None:
                texts = (phrase("police_unconfirmed", town=town),)
            elif not confirmed:
                texts = (phrase("police_unconfirmed_number", town=town),)
            local = [police_offer(each, language) for each in (police, troop) if each is not None]
            made[town, language] = Reply(texts, (*local, urgent))
    return made


def make_emergency(service: Service, language: Language) -> Offer:
    """911: nothing to weigh before it, so no words before the number."""
    contacts = contacts_for(service.phones, language)
    return Offer(service.id, "", phrase("emergency"), (), contacts, (), "emergency")


def police_offer(police: Police, language: Language) -> Offer:
    """A department's number. Which languages it speaks is not known: say yours."""
    number = police.phone.number if police.phone else ""
    shown = police.phone.shown if police.phone else ""
    contact = Contact("voice", number, shown, say=language != SOURCE)
    return Offer(police.id, police.name, None, (), (contact,), (), "police")
