"""Which services to offer to one person, in which order, and what to say of each. Pure.

The order (the first difference decides): for somebody under 18 a line for the young, the kind
of help for the need, the need itself, not a doubtful record, near (town, county, state, nation),
fit for the age, speaks the language, open now, what contacting it means, not an old record. Read
from right to left it is the order in which a wish is given up, so nothing is ever empty. Never
given up: an age limit, a number to reach it by, and that police and immigration enforcement are
offered only to those who ask.

Ranking is done once, when the book is made; a message only looks at the few best of each
area, so it costs the same with a hundred services or ten thousand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Final

from bot.model import (
    AGES,
    OFFERS_AT_ONCE,
    WEEK,
    Answer,
    Book,
    Directory,
    Finds,
    Group,
    Instant,
    Language,
    Offer,
    Place,
    Ranked,
    Service,
    Text,
)
from bot.offers import ADULT, NATION, OUTSIDE, STATE, level, make_offer, near, phrase, spoken_fit

KEPT_MOST: Final = 12  # of each area, need, age and language: open round the clock, and by hours
OFFERED_MOST: Final = 3 * OFFERS_AT_ONCE  # then the help line knows better than a list

_Rated = tuple[tuple[int, ...], tuple[int | str, ...], Ranked]  # before the hour, after it
_Wanted = tuple[str, int, int, int]  # an answer; ranks of kind and need; other needs, negative
_head: Final = itemgetter(0)
_MEANING = {"none": 0, "optional": 1, "unknown": 2, "yes": 3}
_SURE = {"high": 0, "medium": 1, "low": 2}


# Choosing, message by message -----------------------------------------------------------


def page(
    book: Book, need: str, town: str, age: str, language: Language, now: Instant, start: int
) -> tuple[tuple[Offer, ...], int]:
    """The next few services for a person, and how many are shown by then, -1 for all.

    `need`, `town` and `age` are values of declared answers, "" where not answered. `start` is
    how many were shown before; past the end it begins again.
    """
    found = _found(book, need, town, age, language, now)
    start = start if 0 < start < len(found) else 0
    end = start + book.at_once.get(language, OFFERS_AT_ONCE)
    offers = tuple([_timed(ranked, closed, now) for ranked, closed in found[start:end]])
    return offers, end if end < len(found) else -1


def best(
    book: Book, need: str, town: str, age: str, language: Language, now: Instant
) -> tuple[Offer, ...]:
    """All that `page` shows in turn: at least the help line, at most OFFERED_MOST and it."""
    found = _found(book, need, town, age, language, now)
    return tuple(_timed(ranked, closed, now) for ranked, closed in found)


def better(book: Book, offers: Iterable[Offer]) -> list[Offer]:
    """Of what is offered, what is more than the help line: no other, and no doubtful record."""
    return [each for each in offers if not each.doubtful and each.service != book.help_line]


def _found(
    book: Book, need: str, town: str, age: str, language: Language, now: Instant
) -> list[tuple[Ranked, int]]:
    """Services and whether each is closed, the best first; a doubtful one is never alone."""
    age = age if age in AGES else "unsaid"
    areas = [
        book.offers.get((need, area, age, language), ()) for area in areas_of(book.directory, town)
    ]
    found = _without_repeats(_in_order(areas, now))
    if all(ranked.offer.doubtful for ranked, _ in found):
        help_line = book.cards[book.help_line, age, language]
        found.append((Ranked(help_line, help_line, None), 1))
    return found


def areas_of(directory: Directory, town: str) -> tuple[str, ...]:
    """The areas whose services are for a town, the nearest first; for none the whole state's."""
    if town == OUTSIDE:
        return (NATION,)
    row = directory.towns.get(Place(town))
    return (row.town, f"{row.county} County", STATE, NATION) if row else (STATE, NATION)


def _in_order(areas: list[tuple[Group, ...]], now: Instant) -> Iterator[tuple[Ranked, int]]:
    """Equally good services together, the best first; of these what is open now, then unknown."""
    for _, group in sorted([each for area in areas for each in area], key=_head):
        later: list[tuple[Ranked, int]] = []
        for ranked in group:
            closed = openness(ranked.hours, now)
            if closed:
                later.append((ranked, closed))
            else:
                yield ranked, closed
        later.sort(key=itemgetter(1))
        yield from later


def _without_repeats(found: Iterable[tuple[Ranked, int]]) -> list[tuple[Ranked, int]]:
    """Several agencies may answer the same line: offer each line once."""
    offered: dict[str, tuple[Ranked, int]] = {}
    for ranked, closed in found:
        offered.setdefault(ranked.offer.contacts[0].number, (ranked, closed))
        if len(offered) == OFFERED_MOST:
            break
    return list(offered.values())


def openness(hours: tuple[tuple[int, int], ...] | None, now: Instant) -> int:
    """0 open, 1 not known, 2 closed."""
    if hours is None:
        return 1
    for opens, closes in hours:
        if opens <= now < closes:
            return 0
    return 2


def _timed(ranked: Ranked, closed: int, now: Instant) -> Offer:
    """The offer with what the hour adds to it."""
    if closed == 0:
        return ranked.opened
    if closed == 1 or ranked.hours is None:
        return ranked.offer
    opens = min((start - now) % WEEK for start, _ in ranked.hours) + now
    when = phrase("closed_now", opens=str(opens % WEEK))
    return replace(ranked.offer, why=(*ranked.offer.why, when))


# Ranking, once ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judge:
    """What ranking needs to know besides a service: the day's view of old records."""

    help_line: str
    weak: Callable[[Service], bool]  # so old that it weighs less


def index(
    directory: Directory, needs: Answer, languages: Iterable[Language], judge: Judge
) -> dict[tuple[str, str, str, Language], tuple[Group, ...]]:
    """For every need, area, age and language, the best services of that very area, best first."""
    services = [
        (each, _wanted(each, needs.finds))
        for each in directory.services.values()
        if _referable(each, judge.help_line)
    ]
    ranked: dict[tuple[str, str, str, Language], tuple[Group, ...]] = {}
    for language in languages:
        for age in AGES:
            lists: defaultdict[tuple[str, str], list[_Rated]] = defaultdict(list)
            for service, wanted in services:
                _enter(lists, service, wanted, age, language, judge)
            for (need, area), found in lists.items():
                ranked[need, area, age, language] = _few(found)
    return ranked


def _wanted(service: Service, finds: Mapping[str, Finds]) -> list[_Wanted]:
    """The answers that a service is an answer to, and how well it fits each."""
    found: list[_Wanted] = []
    for value, wanted in finds.items():
        matched = [rank for rank, need in enumerate(wanted.needs) if need in service.needs]
        if matched:
            kind = _place_in(wanted.kinds, service.kind)
            found.append((value, kind, matched[0], -len(matched)))
    return found


def _enter(
    lists: Mapping[tuple[str, str], list[_Rated]],
    service: Service,
    wanted: list[_Wanted],
    age: str,
    language: Language,
    judge: Judge,
) -> None:
    """Put a service, if it fits the age, into the lists of its needs and areas."""
    fits = age_fit(service, age)
    offer = make_offer(service, age, language)
    if fits is None or not offer.contacts:
        return  # not for this age, or a line for texts only, in another language
    spoken = spoken_fit(service, language)
    late = int(age != "minor" or not line_for_the_young(service))
    meaning, weak = _MEANING[service.police_contact], int(judge.weak(service))
    for area in service.areas:
        ranked = _by_the_hour(offer, near(area), service)
        for value, kind, need, others in wanted:
            head = (late, kind, need, int(offer.doubtful), level(area), fits, spoken)
            tail = (meaning, weak, others, _SURE[service.confidence], service.id)
            lists[value, area].append((head, tail, ranked))


def _by_the_hour(offer: Offer, reason: Text, service: Service) -> Ranked:
    """An offer with its reason, as it is said while it is open, and otherwise."""
    why = (*offer.why, reason)
    opened = replace(offer, why=(*why, phrase("open_now")))
    if service.hours is None:
        why = (*why, phrase("hours_unknown"))
    return Ranked(replace(offer, why=why), opened, service.hours)


def _place_in(kinds: tuple[str, ...], kind: str) -> int:
    return kinds.index(kind) if kind in kinds else len(kinds)


def _few(found: list[_Rated]) -> tuple[Group, ...]:
    """The best of a list, grouped by what weighs more than the hour; enough for any hour."""
    found.sort(key=itemgetter(0, 1))
    always = [each for each in found if each[2].hours in (None, ((0, WEEK),))]
    sometimes = [each for each in found if each[2].hours not in (None, ((0, WEEK),))]
    kept = sorted([*always[:KEPT_MOST], *sometimes[:KEPT_MOST]], key=itemgetter(0, 1))
    groups = groupby(kept, key=_head)
    return tuple((head, tuple(each[2] for each in group)) for head, group in groups)


def _referable(service: Service, help_line: str) -> bool:
    """Police is a card for those who ask; the help line is shown before any list."""
    reachable = any(phone.kind in ("voice", "text") for phone in service.phones)
    return (
        reachable
        and service.kind != "police"
        and service.status != "closed"
        and service.id != help_line
    )


def line_for_the_young(service: Service) -> bool:
    """A help line that answers children and young people themselves."""
    return service.kind == "hotline" and service.needs >= {"child", "youth"}


def age_fit(service: Service, age: str) -> int | None:
    """0 fits, 1 perhaps (age not known, or chiefly for young people), None: does not."""
    lowest, highest = service.minimum_age or 0, service.maximum_age or 200
    if age == "minor":
        return None if lowest >= ADULT else 0
    if age == "adult":
        young = service.needs >= {"child", "youth"} and service.kind != "hotline"
        return None if highest < ADULT else int(highest < 200 or young)
    return int(lowest >= ADULT or highest < 200)
