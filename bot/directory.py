"""All researched facts: whom to call, where, and what the law says.

Rule 1: nothing without a source. A contact that has none, or a number that cannot be one, is
refused, and every problem of the folder is found in one run.
Rule 2: nothing is guessed. A field that is left out is "not known", never "no".
Rule 3: a number of the police is shown as certain only if an official or news page gave it, or
somebody called it, and the town is surely theirs (see `confirmed`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Final

from bot.facts import Record, age, day, languages, number, row, shown, some_of, stale, url, week
from bot.model import Directory, Phone, Place, Police, Service, Source, TextId, Town
from bot.rights import TOPICS, read_rights
from bot.source import Problem, read_csv, read_yaml
from bot.towns import LINKS, read_places, read_towns

__all__ = [
    "KINDS",
    "NEEDS",
    "TOPICS",
    "WARN_AFTER_DAYS",
    "WEAK_AFTER_DAYS",
    "confirmed",
    "known_from",
    "load",
    "stale",
    "troop",
]

WARN_AFTER_DAYS: Final = 730  # an older fact is listed, so that somebody calls
WEAK_AFTER_DAYS: Final = 1825  # an older fact is offered after fresher ones


def _words(line: str) -> tuple[str, ...]:
    return tuple(line.split())


KINDS: Final = frozenset(
    _words(
        "advocacy case_management child_welfare compensation health hotline immigration "
        "information legal mental_health police shelter substance_use wage youth"
    )
)
NEEDS: Final = frozenset(
    _words(
        "child compensation danger documents domestic_violence employment food_basic_needs "
        "immigration legal medical mental_health missing_child record_clearing report_tip "
        "sexual_violence shelter substance_use wages youth"
    )
)
STATUS: Final = ("active", "reduced", "unknown", "closed")
PHONE_KINDS: Final = ("voice", "text", "tty", "fax")
POLICE_KINDS: Final = ("municipal", "state_troop", "resident_trooper", "campus", "tribal")
SURE: Final = {  # where a number of the police was read -> how sure it is
    "official": "high",
    "news": "medium",
    "directory": "low",
    "dataset": "low",
    "none": "low",
}
NAME_MOST: Final = 60
NO_LANGUAGE: Final[tuple[frozenset[str], bool]] = (frozenset(), False)

_SERVICE = _words(
    "organization name description kind needs areas hours minimum_age maximum_age genders "
    "police_contact mandated_reporter confidential immigration_status_required cost confidence "
    "status source date collected verified phones languages text_keyword chat_url chat_languages "
    "url email note other_sources"
)
_PHONE = _words("number type languages confidence basis source date note")
_POLICE = _words("id name kind phone source_type source date verified other_numbers note")


def load(
    folder: Path, problems: list[Problem], today: date | None = None
) -> tuple[Directory, dict[TextId, Source]]:
    """Everything in `folder` (flows/directory), and the texts of the rights.

    Each fault is appended to `problems`; while there is one, what is returned is for finding
    more of them, not for use. `today` is what dates may not lie after.
    """
    today = today or datetime.now().astimezone().date()
    police = _read_police(folder, problems, today)
    towns = read_towns(folder, police, problems)
    rights, texts = read_rights(folder, problems, today)
    directory = Directory(
        services=_read_services(folder, towns, problems, today),
        police=police,
        towns=towns,
        places=read_places(folder, towns, problems),
        rights=rights,
    )
    return directory, texts


# What may be shown ------------------------------------------------------------------------


def confirmed(directory: Directory, town: Place, show_unconfirmed: bool = False) -> Police | None:
    """The police of a town, if their number may be shown.

    With `show_unconfirmed` any number will do; the caller then says that it is unconfirmed.
    """
    found = directory.towns[town]
    police = directory.police.get(found.police)
    if police is None or police.phone is None:
        return None
    return police if show_unconfirmed or _is_sure(found, police) else None


def troop(directory: Directory, town: Place) -> Police | None:
    """The state police who are in this town beside its own, if their number may be shown."""
    found = directory.towns[town]
    for id in found.also_police:
        police = directory.police.get(id)
        if police and police.kind == "state_troop" and _is_sure(found, police):
            return police
    return None


def _is_sure(town: Town, police: Police) -> bool:
    read = police.source_type in {"official", "news"}
    return bool(police.phone and (read or police.verified) and town.link != "low")


def known_from(fact: Service | Police) -> str:
    """The day a fact is known from: when somebody called, else the date of its source, or ""."""
    if fact.verified:
        return fact.verified
    if isinstance(fact, Service):
        return fact.date
    return fact.phone.date if fact.phone else ""


# services.yaml ----------------------------------------------------------------------------


def _read_services(
    folder: Path, towns: dict[Place, Town], problems: list[Problem], today: date
) -> dict[str, Service]:
    counties = {f"{town.county} County" for town in towns.values()}
    areas = {"US", "CT", *towns, *counties}
    root = read_yaml(folder / "services.yaml", f"{folder.name}/services.yaml", problems)
    return {
        id: _service(id, Record(id, node, _SERVICE, problems), root.keys[id].line, areas, today)
        for id, node in root.fields.items()
    }


def _service(id: str, record: Record, line: int, areas: set[str], today: date) -> Service:
    _check_the_rest(record, today)
    return Service(
        id=id,
        organization=record.need("organization", "write who runs it"),
        name=_name(record),
        kind=_needed(record, "kind", KINDS),
        needs=_some(record, "needs", NEEDS, "write what it helps with"),
        phones=(
            *(_phone(phone, today) for phone in record.records("phones", "phone", _PHONE)),
            *_chat(record),
        ),
        hours=record.read("hours", week, None),
        minimum_age=record.read("minimum_age", age, None),
        maximum_age=record.read("maximum_age", age, None),
        areas=_some(record, "areas", areas, "write US, CT, or its towns"),
        police_contact=record.one_of("police_contact", ("none", "optional", "yes"), "unknown"),
        mandated_reporter=record.one_of("mandated_reporter", ("yes", "no"), "unknown"),
        confidence=_needed(record, "confidence", LINKS),
        status=_needed(record, "status", STATUS),
        source=record.need("source", "say where this was read"),
        date=record.read("date", partial(day, today=today), ""),
        verified=record.read("verified", partial(day, today=today), ""),
        line=line,
    )


def _needed(record: Record, key: str, known: frozenset[str] | tuple[str, ...]) -> str:
    record.need(key, f"write one of: {', '.join(sorted(known))}")
    return record.one_of(key, known, "")


def _some(
    record: Record, key: str, known: set[str] | frozenset[str], advice: str
) -> frozenset[str]:
    record.need(key, advice)
    return record.read(key, partial(some_of, known=known), frozenset())


def _name(record: Record) -> str:
    name = record.need("name", "write what people should see")
    if len(name) > NAME_MOST:
        what = f"'name' has {len(name)} letters, at most {NAME_MOST} fit in a message; shorten it"
        record.wrong("name", what)
    return name


def _check_the_rest(record: Record, today: date) -> None:
    """What no program reads, but people do, must be well written too."""
    for key in ("description", "genders", "cost", "email", "note"):
        record.text(key)
    record.read("url", url, "")
    record.read("languages", languages, NO_LANGUAGE)
    for key in ("confidential", "immigration_status_required"):
        record.one_of(key, ("yes", "no"), "")
    record.read("collected", partial(day, today=today), "")
    youngest, oldest = record.text("minimum_age"), record.text("maximum_age")
    if youngest.isdecimal() and oldest.isdecimal() and int(youngest) > int(oldest):
        record.wrong("minimum_age", f"'minimum_age' {youngest} is above 'maximum_age' {oldest}")
    _check_kinds_of_lines(record)


def _check_kinds_of_lines(record: Record) -> None:
    """A fax or a teletype cannot be called or texted too, and a keyword needs a text line."""
    kinds: dict[str, set[str]] = {}
    listed = record.node.fields.get("phones")
    for item in listed.items if listed else ():
        texts = {key: node.text for key, node in item.fields.items()}
        kinds.setdefault(texts.get("number", ""), set()).add(texts.get("type", ""))
    for digits, types in kinds.items():
        if types & {"fax", "tty"} and types & {"voice", "text"}:
            what = f"'{digits}' is both {' and '.join(sorted(types))}; keep the right one"
            record.wrong("phones", what)
    if record.text("text_keyword") and not any("text" in types for types in kinds.values()):
        record.wrong(
            "text_keyword", "'text_keyword' needs a phone of type text; add it or remove it"
        )


def _phone(record: Record, today: date) -> Phone:
    kind = _needed(record, "type", PHONE_KINDS) or "voice"
    record.need("number", "write +1 and ten digits, in quotes")
    record.one_of("basis", ("own", "government", "partner", "news"), "")
    record.text("note")
    digits = record.read("number", partial(number, kind=kind), "")
    spoken, interpreter = record.read("languages", languages, NO_LANGUAGE)
    return Phone(
        number=digits,
        kind=kind,
        languages=spoken,
        interpreter=interpreter,
        confidence=_needed(record, "confidence", LINKS),
        source=record.need("source", "say where this number was read"),
        date=record.read("date", partial(day, today=today), ""),
        shown=shown(digits),
    )


def _chat(record: Record) -> Iterator[Phone]:
    """A chat in the web, as a way to reach a service. Whose languages are not known: English."""
    address = record.read("chat_url", url, "")
    spoken, interpreter = record.read("chat_languages", languages, NO_LANGUAGE)
    if address:
        yield Phone(
            number=address,
            kind="chat",
            languages=spoken,
            interpreter=interpreter,
            confidence=record.one_of("confidence", LINKS, "low"),
            source=record.text("source"),
            date=record.text("date"),
            shown=address.removeprefix("https://").removeprefix("www.").rstrip("/"),
        )
    elif record.text("chat_languages"):
        record.wrong("chat_languages", "'chat_languages' needs a 'chat_url'; add it or remove it")


# police.csv -------------------------------------------------------------------------------


def _read_police(folder: Path, problems: list[Problem], today: date) -> dict[str, Police]:
    name = f"{folder.name}/police.csv"
    found: dict[str, Police] = {}
    for spot, cells in read_csv(folder / "police.csv", name, _POLICE, problems):
        record = Record(cells["id"] or "this row", row(spot, cells), _POLICE, problems)
        id = record.need("id", "write a short name, as in: avon-pd")
        if id in found:
            record.wrong("id", f"this id is in line {found[id].line} too; keep one")
        found[id] = _police(id, record, today)
    return found


def _police(id: str, record: Record, today: date) -> Police:
    record.read("other_numbers", _numbers, "")
    source_type = _needed(record, "source_type", tuple(SURE)) or "none"
    if record.text("phone") and record.text("source_type") == "none":
        record.wrong("source_type", "'source_type' is none but there is a phone; say who gave it")
    return Police(
        id=id,
        name=record.need("name", "write what people should see"),
        kind=_needed(record, "kind", POLICE_KINDS),
        phone=_police_phone(record, SURE[source_type], today),
        source_type=source_type,
        verified=record.read("verified", partial(day, today=today), ""),
        line=record.node.spot.line,
    )


def _numbers(text: str) -> str:
    """Numbers that were seen elsewhere and are not used: they too must be possible ones."""
    for other in text.split(";"):
        number(other, "voice")
    return text


def _police_phone(record: Record, confidence: str, today: date) -> Phone | None:
    source = record.need("source", "say where this was read")
    dated = record.read("date", partial(day, today=today), "")
    digits = record.read("phone", partial(number, kind="voice"), "")
    if not digits:
        return None
    return Phone(digits, "voice", frozenset(), False, confidence, source, dated, shown(digits))
