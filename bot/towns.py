"""Where people are: the towns, their police, and every name and ZIP a person may give.

Rule 1: a name that two towns share is asked back, never guessed; so is the name of a town whose
parts have their own police.
Rule 2: a name that a real place has keeps its meaning; short forms only fill the gaps.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

from bot.facts import Record, row
from bot.fields import nearest
from bot.matching import fold
from bot.model import Place, Places, Police, Town
from bot.source import Problem, Spot, read_csv

TOWNS: Final = 169  # of Connecticut
LINKS: Final = ("high", "medium", "low")

_TOWN = ("id", "town", "county", "region", "population", "police", "link", "also_police")
_TOWN_COLUMNS = (*_TOWN, "source", "note")
_PLACE_COLUMNS = ("place", "town", "source")
_ZIP_COLUMNS = ("zip", "town", "share", "status", "source")
_ZIP = re.compile(r"06\d{3}\Z")
_SHARE = re.compile(r"\d{1,3}(\.\d+)?\Z")
_SHORT: Final[Mapping[str, tuple[str, ...]]] = {
    "north": ("n", "no"),
    "south": ("s", "so"),
    "east": ("e",),
    "west": ("w",),
    "saint": ("st",),
    "fort": ("ft",),
    "mount": ("mt",),
    "center": ("ctr", "centre"),
    "heights": ("hts",),
    "point": ("pt",),
    "bridge": ("brg",),
    "and": ("",),
}
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    **{
        form: (word, *(other for other in forms if other != form))
        for word, forms in _SHORT.items()
        for form in forms
        if form
    },
    **_SHORT,
}


def read_towns(
    folder: Path, police: Mapping[str, Police], problems: list[Problem]
) -> dict[Place, Town]:
    """Every town and part of a town, by id, in the order of the file."""
    name = f"{folder.name}/towns.csv"
    towns: dict[Place, Town] = {}
    for spot, cells in read_csv(folder / "towns.csv", name, _TOWN_COLUMNS, problems):
        record = Record(cells["id"] or "this row", row(spot, cells), _TOWN_COLUMNS, problems)
        town = _town(record, police)
        if town.id in towns:
            record.wrong("id", f"this town is in line {towns[town.id].line} too; keep one")
        towns[town.id] = town
    whole = {town.id for town in towns.values() if town.id == town.town}
    for town in towns.values():
        if town.town not in whole:
            what = f"{town.id}: it cannot be part of '{town.town}'; {nearest(town.town, whole)}"
            problems.append(Problem(Spot(name, town.line), what))
    if towns and len(whole) != TOWNS:
        what = f"there are {len(whole)} towns here, Connecticut has {TOWNS}; put each in one row"
        problems.append(Problem(Spot(name, 1), what))
    return towns


def _town(record: Record, police: Mapping[str, Police]) -> Town:
    record.need("source", "say where it was read which police this town has")
    also = tuple(word.strip() for word in record.text("also_police").split(";") if word.strip())
    agency = record.need("police", "write the id of its police in police.csv")
    for id in (agency, *also):
        if id and id not in police:
            record.wrong("police", f"there is no police '{id}'; {nearest(id, police)}")
    return Town(
        id=Place(record.need("id", "write the town's name")),
        town=Place(record.need("town", "write the town this belongs to, or itself")),
        county=record.need("county", "write its county"),
        region=record.need("region", "write its planning region"),
        population=_population(record),
        police=agency,
        link=record.one_of("link", LINKS, "low")
        if "link" in record.node.fields
        else _no_link(record),
        also_police=also,
        line=record.node.spot.line,
    )


def _no_link(record: Record) -> str:
    record.need("link", "write high, medium or low: how sure is the police of this town?")
    return "low"


def _population(record: Record) -> int:
    """The people of a town; a part has none of its own, they are counted in its town."""
    text = record.text("population")
    if record.text("id") != record.text("town"):
        return 0
    if not text.isascii() or not text.isdecimal():
        record.wrong("population", f"'population' cannot be '{text}'; write digits only")
        return 0
    return int(text)


def read_places(folder: Path, towns: Mapping[Place, Town], problems: list[Problem]) -> Places:
    """Every folded name of a place and every ZIP, with the towns and parts it may mean."""
    names = _names(folder, towns, problems)
    for name, meant in _short_forms(names).items():
        names.setdefault(name, meant)
    return Places(names, _zips(folder, towns, problems))


def _names(
    folder: Path, towns: Mapping[Place, Town], problems: list[Problem]
) -> dict[str, tuple[Place, ...]]:
    """Exact names: a town means itself first, then its parts, then its namesakes."""
    found: dict[str, dict[Place, None]] = {}
    for town in towns.values():
        if town.id == town.town:
            found.setdefault(fold(town.id), {}).update(dict.fromkeys(_with_parts(town.id, towns)))
    for town in towns.values():
        if town.id != town.town:
            for name in _names_of_part(town):
                found.setdefault(fold(name), {})[town.id] = None
            found.setdefault(fold(f"town of {town.town}"), {})[Place(town.town)] = None
    for name, town_id in _rows("place", _PLACE_COLUMNS, folder / "places.csv", towns, problems):
        found.setdefault(fold(name), {})[town_id] = None
    return {name: tuple(meant) for name, meant in found.items() if name}


def _names_of_part(part: Town) -> Iterator[str]:
    yield part.id
    if part.id.startswith("City of "):
        yield f"{part.id.removeprefix('City of ')} City"


def _with_parts(id: Place, towns: Mapping[Place, Town]) -> tuple[Place, ...]:
    return (id, *(town.id for town in towns.values() if town.town == id and town.id != id))


def _short_forms(names: Mapping[str, tuple[Place, ...]]) -> dict[str, tuple[Place, ...]]:
    """ "w hartford" for "west hartford", "fort" for "ft"; two names with one form: both."""
    found: dict[str, dict[Place, None]] = {}
    for name, meant in names.items():
        choices = [(word, *_WORDS.get(word, ())) for word in name.split()]
        for words in itertools.product(*choices):
            form = " ".join(filter(None, words))
            found.setdefault(form, {}).update(dict.fromkeys(meant))
    return {form: tuple(meant) for form, meant in found.items()}


def _zips(
    folder: Path, towns: Mapping[Place, Town], problems: list[Problem]
) -> dict[str, tuple[Place, ...]]:
    """Every ZIP with its towns, the one with most of its people first.

    The parts of a split town follow it: which of them a ZIP means is asked back.
    """
    found: dict[str, dict[Place, None]] = {}
    for code, town in _rows("zip", _ZIP_COLUMNS, folder / "zips.csv", towns, problems):
        found.setdefault(code, {}).update(dict.fromkeys(_with_parts(town, towns)))
    return {code: tuple(meant) for code, meant in found.items()}


def _rows(
    what: str,
    columns: tuple[str, ...],
    path: Path,
    towns: Collection[Place],
    problems: list[Problem],
) -> Iterator[tuple[str, Place]]:
    """What each row names and the town it means; ZIPs by their share, largest first."""
    rows: list[tuple[float, str, Place]] = []
    for spot, cells in read_csv(path, f"{path.parent.name}/{path.name}", columns, problems):
        record = Record(cells[what] or "this row", row(spot, cells), columns, problems)
        record.need("source", "say where this was read")
        name, town = record.need(what, "write it"), record.need("town", "write the town it means")
        if town and town not in towns:
            record.wrong("town", f"there is no town '{town}'; {nearest(town, towns)}")
        elif name and town:
            rows.append((-_share(record) if what == "zip" else 0, name, Place(town)))
    yield from ((name, town) for _, name, town in sorted(rows, key=lambda found: found[0]))


def _share(record: Record) -> float:
    """The percentage of a ZIP's people in this town, 0 where it is not known."""
    code, share = record.text("zip"), record.text("share") or "0"
    record.one_of("status", ("active", "decommissioned"), "active")
    if not _ZIP.match(code):
        record.wrong("zip", f"'{code}' is no ZIP of Connecticut; write five digits, 06 first")
    if not _SHARE.match(share) or float(share) > 100:
        record.wrong("share", f"'share' cannot be '{share}'; write a percentage, as in: 72.5")
        return 0.0
    return float(share)
