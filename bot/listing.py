"""The directory as tables and lists for the people who keep it.

Rule 1: nothing here decides what a person is shown; it reads what others decided.
Rule 2: the keys of the rows are stable, programs read them; the tables may change.
"""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Final

from bot.directory import WARN_AFTER_DAYS, WEAK_AFTER_DAYS, confirmed, known_from, stale
from bot.facts import DAY, DAYS, EVER
from bot.model import Directory, Phone, Place, Police, Service

WIDE: Final = 100  # columns of a terminal
UNDATED: Final = "undated"
UNCONFIRMED: Final = "none confirmed"
LIMITS: Final = (WARN_AFTER_DAYS, WEAK_AFTER_DAYS)

Row = dict[str, object]


def services(
    directory: Directory,
    need: str = "",
    town: Place | None = None,
    kind: str = "",
    language: str = "",
) -> list[Service]:
    """The services that fit every filter given, in the order of the file."""
    here = areas_of(directory, town) if town else frozenset()
    return [
        service
        for service in directory.services.values()
        if (not need or need in service.needs)
        and (not town or service.areas & here)
        and (not kind or service.kind == kind)
        and (not language or any(_speaks(phone, language) for phone in service.phones))
    ]


def areas_of(directory: Directory, town: Place) -> frozenset[str]:
    """Every area a town lies in."""
    found = directory.towns[town]
    return frozenset({"US", "CT", f"{found.county} County", found.town, found.id})


def _speaks(phone: Phone, language: str) -> bool:
    return phone.interpreter or language in phone.languages


# Rows -------------------------------------------------------------------------------------


def service_row(service: Service) -> Row:
    """One service, all that the program knows of it."""
    return {
        "id": service.id,
        "name": service.name,
        "organization": service.organization,
        "kind": service.kind,
        "needs": sorted(service.needs),
        "areas": sorted(service.areas),
        "numbers": [_phone_row(phone) for phone in service.phones],
        "hours": hours(service.hours),
        "minimum_age": service.minimum_age,
        "maximum_age": service.maximum_age,
        "police_contact": service.police_contact,
        "mandated_reporter": service.mandated_reporter,
        "confidence": service.confidence,
        "status": service.status,
        "known_from": known_from(service),
        "source": service.source,
    }


def _phone_row(phone: Phone) -> Row:
    return {**asdict(phone), "languages": sorted(phone.languages)}


def police_row(police: Police) -> Row:
    """One agency, and where its number was read."""
    return {
        "id": police.id,
        "name": police.name,
        "kind": police.kind,
        "number": police.phone.shown if police.phone else "",
        "source_type": police.source_type,
        "known_from": known_from(police),
    }


def town_row(directory: Directory, town: Place) -> Row:
    """One town, its police, and the number that may be shown for it."""
    found, police = directory.towns[town], confirmed(directory, town)
    shown = police.phone.shown if police and police.phone else UNCONFIRMED
    return {
        "town": town,
        "part_of": found.town if found.town != found.id else "",
        "region": found.region,
        "police": found.police,
        "link": found.link,
        "number": shown,
    }


def hours(spans: Sequence[tuple[int, int]] | None) -> str:
    """Minutes of the week as people write them: "Mo-Fr 09:00-17:00"; "" where not known."""
    if spans is None:
        return ""
    if tuple(spans) == EVER:
        return "24/7"
    by_day = [
        (day, ",".join(_span(*span) for span in spans if span[0] // DAY == at))
        for at, day in enumerate(DAYS)
    ]
    runs = [(times, list(run)) for times, run in itertools.groupby(by_day, lambda pair: pair[1])]
    return "; ".join(f"{_days([day for day, _ in run])} {times}" for times, run in runs if times)


def _span(opens: int, closes: int) -> str:
    end = closes % DAY or DAY
    return f"{opens % DAY // 60:02}:{opens % 60:02}-{end // 60:02}:{end % 60:02}"


def _days(days: list[str]) -> str:
    return days[0] if len(days) == 1 else f"{days[0]}-{days[-1]}"


# Tables -----------------------------------------------------------------------------------


def service_table(found: Iterable[Service]) -> str:
    """Two lines a service: how to reach it and how sure that is, then what it is."""
    lines = [_first_line("SERVICE", "NUMBER", "HOURS", "SURE", "KNOWN FROM")]
    for service in found:
        numbers = _shorten([_short_number(phone) for phone in service.phones], 1) or "none"
        open_hours = hours(service.hours) or "unknown"
        since = known_from(service) or UNDATED
        lines.append(_first_line(service.id, numbers, open_hours, service.confidence, since))
        what = f"{_shorten(sorted(service.areas), 2)}: {_shorten(sorted(service.needs), 3)}"
        lines.append(_cut(f"    {service.name} | {what}", WIDE))
    return "\n".join(lines)


def _first_line(*cells: str) -> str:
    return _line(cells, (39, 22, 15, 6))


def table(rows: Iterable[Row], widths: Mapping[str, int]) -> str:
    """Rows as lines under a headline; `widths` names the columns shown."""
    keys, wide = list(widths), list(widths.values())
    lines = [_line([key.replace("_", " ").upper() for key in keys], wide)]
    lines += [_line([str(row[key]) for key in keys], wide) for row in rows]
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [_cut(cell, wide).ljust(wide) for cell, wide in zip(cells, widths, strict=False)]
    return _cut(" ".join([*padded, *cells[len(widths) :]]).rstrip(), WIDE)


def _cut(text: str, wide: int) -> str:
    return text if len(text) <= wide else f"{text[: wide - 2]}.."


def _short_number(phone: Phone) -> str:
    return phone.shown if phone.kind == "voice" else f"{phone.kind} {phone.shown}"


def _shorten(words: Sequence[str], most: int) -> str:
    more = f" +{len(words) - most}" if len(words) > most else ""
    return ", ".join(words[:most]) + more


# What to look after -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Care:
    """What is not wrong, but weak. Lists hold ids; `share` is of the state's people."""

    weak: list[str]
    stale: list[str]
    undated: list[str]
    low: list[str]
    no_number: list[str]
    towns: list[str]
    share: float
    shared: dict[str, list[str]]


def care(directory: Directory, today: date) -> Care:
    """Everything that somebody should check, call or find."""
    dates = _dates_of(directory)
    old = {
        id: {limit: _any_stale(seen, today, limit) for limit in LIMITS}
        for id, seen in dates.items()
    }
    towns = [
        town
        for town in directory.towns.values()
        if town.id == town.town and not confirmed(directory, town.id)
    ]
    people = sum(town.population for town in directory.towns.values())
    return Care(
        weak=[id for id in dates if old[id][WEAK_AFTER_DAYS]],
        stale=[id for id in dates if old[id][WARN_AFTER_DAYS] and not old[id][WEAK_AFTER_DAYS]],
        undated=[id for id, seen in dates.items() if not all(seen)],
        low=[id for id, service in directory.services.items() if service.confidence == "low"],
        no_number=[id for id, service in directory.services.items() if not reachable(service)],
        towns=[town.id for town in towns],
        share=sum(town.population for town in towns) / people if people else 0.0,
        shared=_shared(directory),
    )


def _dates_of(directory: Directory) -> dict[str, list[str]]:
    """The dates behind every fact that is shown, by its id."""
    agencies = {id: agency for id, agency in directory.police.items() if agency.phone}
    return {
        **{id: _dates(service) for id, service in directory.services.items()},
        **{id: _dates(agency) for id, agency in agencies.items()},
        **{right.text: [right.as_of] for right in directory.rights.values()},
    }


def _dates(fact: Service | Police) -> list[str]:
    """The dates behind a record; one call makes all of it as fresh as that day."""
    if fact.verified or isinstance(fact, Police):
        return [known_from(fact)]
    return [fact.date, *(phone.date for phone in fact.phones)]


def _any_stale(dates: Iterable[str], today: date, limit_days: int) -> bool:
    return any(stale(seen, today, limit_days) for seen in dates)


def reachable(service: Service) -> bool:
    """Whether somebody can call or text it; only such a service is ever referred."""
    return any(phone.kind in {"voice", "text"} for phone in service.phones)


def _shared(directory: Directory) -> dict[str, list[str]]:
    """Numbers that several services have, each with their ids."""
    found: dict[str, dict[str, None]] = {}
    for service in directory.services.values():
        for phone in service.phones:
            found.setdefault(phone.shown, {})[service.id] = None
    return {number: list(ids) for number, ids in found.items() if len(ids) > 1}


def care_text(found: Care) -> str:
    """The same for reading, each list under what it means."""
    blocks = [
        _block(f"older than {WEAK_AFTER_DAYS // 365} years: call these first", found.weak),
        _block(f"older than {WARN_AFTER_DAYS // 365} years: call and verify", found.stale),
        _block("undated: call and verify", found.undated),
        _block("low confidence: call before anything else", found.low),
        _block("without a number to call or text: never referred", found.no_number),
        _block(
            f"towns with no confirmed police number ({found.share:.1%} of the people)", found.towns
        ),
        _block(
            "numbers of several services", [f"{n} ({len(ids)})" for n, ids in found.shared.items()]
        ),
    ]
    return "\n".join(block for block in blocks if block)


def _block(title: str, items: list[str]) -> str:
    if not items:
        return ""
    body = textwrap.fill(
        ", ".join(items),
        WIDE,
        initial_indent="  ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return f"{len(items)} {title}:\n{body}"
