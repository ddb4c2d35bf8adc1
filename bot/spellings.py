"""How towns are written in other scripts: `locales/<tag>/towns.csv`, kept by its translators.

Rule: a spelling means what the town's own name means, its parts included, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bot.fields import nearest
from bot.matching import fold
from bot.model import Directory, Place
from bot.source import Problem, Spot, read_csv

COLUMNS = ("name", "town")
FILE = "towns.csv"


def read(locales: Path, known: Directory, problems: list[Problem]) -> Directory:
    """The directory with every spelling of every language; what is wrong goes to `problems`."""
    if not known.places.names:
        return known  # the towns could not be read, which is told
    found: dict[str, tuple[Place, ...]] = {}
    for path in sorted(locales.glob(f"[!.]*/{FILE}")):
        name = f"{locales.name}/{path.parent.name}/{FILE}"
        for spot, cells in read_csv(path, name, COLUMNS, problems):
            _spelling(spot, cells, known, found, problems)
    names = {**found, **known.places.names}
    return replace(known, places=replace(known.places, names=names))


def _spelling(
    spot: Spot,
    cells: Mapping[str, str],
    known: Directory,
    found: dict[str, tuple[Place, ...]],
    problems: list[Problem],
) -> None:
    spelling, town = fold(cells["name"]), cells["town"].strip()
    if not spelling:
        problems.append(Problem(spot, "this spelling has no letters; write the name of the town"))
    elif town not in known.towns:
        hint = nearest(town, known.towns)
        problems.append(Problem(spot, f"there is no town '{town}'; {hint}"))
    else:
        means = known.places.names[fold(town)]
        before = found.setdefault(spelling, known.places.names.get(spelling, means))
        if before != means:
            what = f"'{cells['name']}' means {' or '.join(before)} already; remove one"
            problems.append(Problem(spot, what))
