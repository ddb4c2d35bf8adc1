"""Supply gaps: who would be offered nothing better than the help line, from the directory alone.

Rule 1: no usage is looked at; it is asked what the real referral offers (`bot.referral.best`).
Rule 2: a gap is one of the directory. That no service is known is all that can be said.
Rule 3: residents are all people who live in a town, from towns.csv; no need is guessed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

from bot.load import Program
from bot.matching import OUTSIDE
from bot.model import AGES, Book, Instant, Language, Place, Service
from bot.offers import level, spoken_fit
from bot.referral import areas_of, best, better

NOON: Final = Instant((2 * 24 + 12) * 60)  # Wednesday: the hour orders offers, and removes none
NEAR, STATE, NATION, HELP_LINE = "near", "state", "nation", "help_line"
REACH: Final = (NEAR, STATE, NATION, HELP_LINE)  # how near the nearest service is, best first
SPEAKS, INTERPRETER, ENGLISH, NONE = "speaks", "interpreter", "english", "none"
SPOKEN: Final = (SPEAKS, INTERPRETER, ENGLISH, NONE)  # how well the language is spoken
KINDS: Final = (HELP_LINE, NATION, ENGLISH, STATE)  # of gaps, the most serious first
LARGEST: Final = 10


@dataclass(frozen=True, slots=True)
class Found:
    """What one town x need x age x language reaches."""

    town: str  # a row of towns.csv that is a whole town, or OUTSIDE
    need: str
    age: str
    language: Language
    reach: str  # one of REACH
    spoken: str  # one of SPOKEN

    @property
    def gap(self) -> str:
        """Which of KINDS it is, the most serious; "" for none."""
        if self.reach in (HELP_LINE, NATION):
            return self.reach
        return ENGLISH if self.spoken == ENGLISH else STATE if self.reach == STATE else ""


@dataclass(frozen=True, slots=True)
class Gap:
    """The same lack for every age and language named, in every town named."""

    kind: str
    need: str
    ages: tuple[str, ...]
    languages: tuple[Language, ...]
    towns: frozenset[str]
    residents: int


@dataclass(frozen=True, slots=True)
class Supply:
    """Everything that was looked up, and the land it is about."""

    found: tuple[Found, ...]
    needs: tuple[str, ...]
    languages: tuple[Language, ...]
    residents: Mapping[str, int]  # town -> people; OUTSIDE has none
    regions: Mapping[str, str]  # town -> planning region
    services: int  # how many can be reached at all

    def people(self, towns: Iterable[str]) -> int:
        """The residents of some towns."""
        return sum(self.residents.get(town, 0) for town in towns)


def survey(program: Program, needs: Iterable[str] = ()) -> Supply:
    """What every town reaches, for every need (or those asked for), age and language."""
    book = program.book
    declared = book.answers["need"].values if "need" in book.answers else ()
    asked = tuple(need for need in declared if not (chosen := set(needs)) or need in chosen)
    rows = {id: row for id, row in book.directory.towns.items() if row.town == id}
    found = tuple(_survey(book, asked, program.catalog.languages, [*rows, OUTSIDE]))
    return Supply(
        found,
        asked,
        program.catalog.languages,
        {town: row.population for town, row in rows.items()},
        {town: row.region for town, row in rows.items()},
        sum(_reachable(each) for each in book.directory.services.values()),
    )


def _survey(
    book: Book, needs: Iterable[str], languages: Iterable[Language], towns: list[str]
) -> Iterator[Found]:
    """Towns that have no list of their own for a need, and share a county, share an answer."""
    for need, age, language in product(needs, AGES, languages):
        known: dict[tuple[str, ...], tuple[str, str]] = {}
        for town in towns:
            areas = areas_of(book.directory, town)
            key = tuple(area for area in areas if (need, area, age, language) in book.offers)
            if key not in known:
                known[key] = _reached(book, need, town, age, language)
            yield Found(town, need, age, language, *known[key])


def _reached(book: Book, need: str, town: str, age: str, language: Language) -> tuple[str, str]:
    """How near the nearest service is, and the best that is spoken by any."""
    offers = better(book, best(book, need, town, age, language, NOON))
    services = [book.directory.services[each.service] for each in offers]
    if not services:
        return HELP_LINE, NONE
    areas = areas_of(book.directory, town)
    nearest = min(level(area) for each in services for area in each.areas if area in areas)
    return _NEARNESS[nearest], SPOKEN[min(spoken_fit(each, language) for each in services)]


_NEARNESS: Final = (NEAR, NEAR, STATE, NATION)  # of bot.offers.level


def _reachable(service: Service) -> bool:
    return service.status != "closed" and any(p.kind in ("voice", "text") for p in service.phones)


# What a council can act on ----------------------------------------------------------------


def gaps(supply: Supply) -> list[Gap]:
    """All gaps, put together as far as they are alike: the most serious kind first, then size."""
    towns: defaultdict[tuple[str, str, str, Language], set[str]] = defaultdict(set)
    for each in supply.found:
        if each.gap and (each.town != OUTSIDE or each.gap == HELP_LINE):
            towns[each.gap, each.need, each.age, each.language].add(each.town)
    spoken: defaultdict[tuple[str, str, str, frozenset[str]], list[Language]] = defaultdict(list)
    for (kind, need, age, language), where in towns.items():
        spoken[kind, need, age, frozenset(where)].append(language)
    ages: defaultdict[tuple[str, str, frozenset[str], tuple[Language, ...]], list[str]]
    ages = defaultdict(list)
    for (kind, need, age, same), languages in spoken.items():
        ages[kind, need, same, tuple(languages)].append(age)
    made = [
        Gap(kind, need, tuple(old), languages, same, supply.people(same))
        for (kind, need, same, languages), old in ages.items()
    ]
    return sorted(made, key=lambda gap: _weight(gap, supply))


def _weight(gap: Gap, supply: Supply) -> tuple[int, int, int, int]:
    """What sorts gaps: kind, residents, how many are meant, and the order of the needs."""
    meant = len(gap.ages) * len(gap.languages)
    return KINDS.index(gap.kind), -gap.residents, -meant, supply.needs.index(gap.need)


def nearness(supply: Supply) -> dict[str, tuple[float, ...]]:
    """For each need the share of residents by REACH, at the age and language served best."""
    nearest = _nearest(supply)
    everybody = supply.people(supply.residents) or 1
    return {
        need: tuple(
            supply.people(town for town in supply.residents if nearest[town, need] == reach)
            / everybody
            for reach in REACH
        )
        for need in supply.needs
    }


def _nearest(supply: Supply) -> dict[tuple[str, str], str]:
    """(town, need) -> the best of REACH over ages and languages."""
    best_of: dict[tuple[str, str], int] = {}
    for each in supply.found:
        key, now = (each.town, each.need), REACH.index(each.reach)
        best_of[key] = min(now, best_of.get(key, now))
    return {key: REACH[at] for key, at in best_of.items()}


def speech(supply: Supply) -> dict[Language, tuple[float, ...]]:
    """For each language the share of need x age x town by SPOKEN, weighted by residents."""
    sums: defaultdict[Language, list[int]] = defaultdict(lambda: [0] * len(SPOKEN))
    for each in supply.found:
        sums[each.language][SPOKEN.index(each.spoken)] += supply.residents.get(each.town, 0)
    return {
        language: tuple(part / (sum(parts) or 1) for part in parts)
        for language, parts in sums.items()
    }


def only_help_line(supply: Supply) -> list[Found]:
    """Every combination that reaches nothing better than the help line."""
    return [each for each in supply.found if each.reach == HELP_LINE]


def by_town(supply: Supply) -> tuple[str, dict[str, int]]:
    """For a map: what is counted (HELP_LINE or NEAR), and for how many needs in each town.

    HELP_LINE: needs for which somebody there reaches nothing better than the help line. Where
    that is nobody, NEAR: needs for which nobody has a service in the town or its county.
    """
    worst = {(each.town, each.need) for each in only_help_line(supply) if each.town != OUTSIDE}
    if worst:
        pairs, kind = worst, HELP_LINE
    else:
        pairs = {key for key, reach in _nearest(supply).items() if reach != NEAR}
        kind = NEAR
    counted = dict.fromkeys(supply.residents, 0)
    for town, _ in pairs:
        if town in counted:
            counted[town] += 1
    return kind, counted


def by_region(supply: Supply) -> dict[str, tuple[str, ...]]:
    """For each planning region the needs without a service near, for most of its residents."""
    nearest = _nearest(supply)
    lacking: dict[str, tuple[str, ...]] = {}
    for region in sorted(set(supply.regions.values())):
        towns = [town for town in supply.residents if supply.regions[town] == region]
        half = supply.people(towns) / 2
        lacking[region] = tuple(
            need
            for need in supply.needs
            if supply.people(town for town in towns if nearest[town, need] != NEAR) > half
        )
    return lacking


COLUMNS: Final = (
    "gap",
    "need",
    "age",
    "language",
    "region",
    "town",
    "residents",
    "nearest",
    "spoken",
)


def rows(supply: Supply) -> Iterator[tuple[str, ...]]:
    """COLUMNS for every combination that is a gap, the most serious kind first."""
    lacking = [each for each in supply.found if each.gap]
    for each in sorted(lacking, key=lambda found: KINDS.index(found.gap)):
        region = supply.regions.get(each.town, OUTSIDE)
        people = supply.residents.get(each.town, 0)
        yield (
            each.gap, each.need, each.age, each.language, region, Place(each.town), str(people),
            each.reach, each.spoken,
        )  # fmt: skip
