"""Random years of usage, their releases, and somebody who reads every document ever published.

The attacker works from the published JSON and the calendar alone, month by month, and shares only
the solver with the program.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from bot.usage import forms
from bot.usage.audit import Attacker, Fact, exactly
from bot.usage.model import Release
from bot.usage.periods import parse
from bot.usage.release import Refusal, make

DECLARED: Final = {
    "channel": ("sms", "whatsapp", "telegram", "web"),
    "need": ("pay_kept", "lawyer", "doctor", "food", "talk", "missing_child"),
    "source": ("clinic", "school", "other"),
    "shown": ("help_line", "police"),
}
YEAR: Final = "2025"
QUARTERS: Final = tuple(f"{YEAR}-Q{n}" for n in range(1, 5))
MONTHS: Final = tuple(f"{YEAR}-{n:02}" for n in range(1, 13))
AFTER: Final = date(2026, 1, 2)

Month = dict[tuple[str, str], int]
Counts = dict[str, Month]
Declared = Mapping[str, tuple[str, ...]]


def random_counts(dice: random.Random, size: float, declared: Declared = DECLARED) -> Counts:
    """About `size` conversations over a year: some seasons and some answers are rare, or never."""
    weights = {
        name: [dice.random() ** dice.choice((1, 4, 12)) for _ in values]
        for name, values in declared.items()
    }
    silent = {name: dice.choice((0.0, 0.0, 0.1, 0.6)) for name in declared}
    seasons = [dice.random() ** dice.choice((0.3, 1, 4)) for _ in MONTHS]
    return {
        month: _month(dice, round(size * each / sum(seasons)), weights, silent, declared)
        for month, each in zip(MONTHS, seasons, strict=True)
    }


def _month(
    dice: random.Random,
    total: int,
    weights: Mapping[str, Sequence[float]],
    silent: Mapping[str, float],
    declared: Declared,
) -> Month:
    found = {("conversation", "started"): total}
    for name, values in declared.items():
        left = total - round(total * silent[name])
        for value, weight in zip(values, weights[name], strict=True):
            share = weight if name == "shown" else weight / sum(weights[name])
            n = min(_about(dice, total * share), total if name == "shown" else left)
            left -= n if name != "shown" else 0
            found[name, value] = n
    return {key: n for key, n in found.items() if n}


def _about(dice: random.Random, mean: float) -> int:
    """Roughly a Poisson number."""
    return max(0, round(dice.gauss(mean, mean**0.5)))


def release_all(
    counts: Counts, volume: int, labels: Iterable[str], declared: Declared = DECLARED
) -> tuple[list[Release], list[tuple[str, Refusal]]]:
    """Every release that these periods get, in this order, and what was refused."""
    made: list[Release] = []
    refused = []
    for label in labels:
        found = make(parse(label), counts, made, declared, volume, today=AFTER)
        if isinstance(found, Refusal):
            refused.append((label, found))
        else:
            made.append(found)
    return made, refused


def in_order(dice: random.Random, kept: float = 0.95) -> list[str]:
    """The periods of a year as somebody releases them; some are forgotten."""
    labels = []
    for number, quarter in enumerate(QUARTERS):
        labels += [*MONTHS[number * 3 : number * 3 + 3], quarter]
    return [label for label in labels if dice.random() < kept] + [YEAR]


# The attacker ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hidden:
    """A cell of 1 to 10 that was found out: which, and nothing narrower than what is known."""

    period: str
    dimension: str
    value: str
    who: str


def found_out(made: Sequence[Release], counts: Counts, declared: Declared) -> list[Hidden]:
    """Cells of 1 to 10, of any month, quarter or year, that are known to within 10."""
    documents = [json.loads(forms.to_json(each)) for each in made]
    documents = [each for each in documents if each["total"] is not None]
    found = []
    for name, values in declared.items():
        if name == "shown":
            for value in values:
                found += _found_out(documents, counts, name, (value, "not " + value))
        else:
            found += _found_out(documents, counts, name, (*values, "not_asked"))
    return found


def _found_out(
    documents: Sequence[Mapping[str, Any]], counts: Counts, name: str, values: tuple[str, ...]
) -> list[Hidden]:
    truth = _truth(counts, name, values)
    asked: dict[frozenset[tuple[str, str]], tuple[str, str]] = {}
    for label in (*MONTHS, *QUARTERS, YEAR):
        for value in values:
            cells = _cells(parse(label).months, value)
            if 0 < sum(truth[cell] for cell in cells) < 11:
                asked.setdefault(cells, (label, value))
    if not asked:
        return []
    public = [fact for each in documents for fact in _facts(each, name, values)]
    inside = [fact for each in documents for fact in _inside(each, name, values, truth)]
    found = []
    for who, facts in (("reader", public), ("insider", [*public, *inside])):
        narrow = Attacker(facts).narrowed(list(asked), 10) if facts else []
        found += [Hidden(asked[cells][0], name, asked[cells][1], who) for cells in narrow]
    return found


def _truth(counts: Counts, name: str, values: tuple[str, ...]) -> dict[tuple[str, str], int]:
    truth: dict[tuple[str, str], int] = {}
    for month in MONTHS:
        found = counts[month]
        cells = [found.get((name, value), 0) for value in values[:-1]]
        cells.append(found.get(("conversation", "started"), 0) - sum(cells))
        truth |= {(month, value): n for value, n in zip(values, cells, strict=True)}
    return truth


def _cells(months: Iterable[str], *values: str) -> frozenset[tuple[str, str]]:
    return frozenset((month, value) for month in months for value in values)


def _months(document: Mapping[str, Any]) -> list[str]:
    gone = {month for label in document["left_out"] for month in parse(label).months}
    return [month for month in parse(document["period"]).months if month not in gone]


def _printed(document: Mapping[str, Any], name: str, values: tuple[str, ...]) -> dict[str, int]:
    """The single values of which a number was published."""
    for table in document["tables"]:
        if table["dimension"] == name:
            rows = {row["value"]: row["n"] for row in table["rows"]}
            if name == "shown":
                n = rows.get(values[0])
                return {} if n is None else {values[0]: n, values[1]: document["total"] - n}
            return {v: n for v, n in rows.items() if v != "other" or not table["without_row"]}
    return {}


def _rolled(document: Mapping[str, Any], name: str, values: tuple[str, ...]) -> list[str]:
    for table in document["tables"]:
        if table["dimension"] == name:
            if name == "shown":
                return list(values) if values[0] in table["without_row"] else []
            return list(table["without_row"])
    return []


def _facts(document: Mapping[str, Any], name: str, values: tuple[str, ...]) -> Iterator[Fact]:
    months = _months(document)
    yield exactly(_cells(months, *values), document["total"])
    for value, n in _printed(document, name, values).items():
        yield exactly(_cells(months, value), n)
    rolled = _rolled(document, name, values)
    others = [t for t in document["tables"] if t["dimension"] == name and name != "shown"]
    if rolled and others:
        other = next(row["n"] for row in others[0]["rows"] if row["value"] == "other")
        yield exactly(_cells(months, *rolled), other)


def _inside(
    document: Mapping[str, Any],
    name: str,
    values: tuple[str, ...],
    truth: Mapping[tuple[str, str], int],
) -> Iterator[Fact]:
    """Which rolled-up values are 0."""
    months = _months(document)
    for value in _rolled(document, name, values):
        cells = _cells(months, value)
        if not sum(truth[cell] for cell in cells):
            yield exactly(cells, 0)
