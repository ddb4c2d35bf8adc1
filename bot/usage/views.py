"""Published releases and supply gaps as a reader sees them: sections of words, rows and figures.

Rule 1: every number comes from a `Release` (what was published) or a `Supply` (the directory).
Rule 2: every word comes from flows/usage.yaml; nothing is decided here but what fits the numbers.
The page /usage and the report are two ways to set these same sections.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bot.matching import OUTSIDE
from bot.model import SOURCE
from bot.texts import written_name
from bot.usage import charts, periods
from bot.usage.charts import MISSING, REST, VALUE, Bar, Figure
from bot.usage.model import NOT_ASKED, OTHER, SHOWN, Release, Row, Table
from bot.usage.words import Words

LANGUAGES, REGIONS = "languages", "regions"  # values that the program names itself
NOT_ASKED_IN_OTHER: Final = "not_asked_rolled_up"  # the note that says so
SMALL: Final = 100  # below, shares are said as "12 of 87"
TOLD: Final = ("language", "need", "region", "shown")  # tables told in the summary, in this order
MAPS: Final = "maps"  # the folder in the flows


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table, as it is read."""

    label: str
    cells: tuple[str, ...]
    kind: str = VALUE


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what is counted, a table, and the pictures of it."""

    id: str
    title: str
    caption: str
    head: tuple[str, ...]  # of the columns
    lines: tuple[Line, ...]
    total: Line | None = None
    definition: str = ""
    notes: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    mark: str = ""  # the cell of a matrix that says that something is lacking


@dataclass(frozen=True, slots=True)
class Land:
    """The outlines for maps, from flows/maps."""

    towns: Mapping[str, Any]
    regions: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """One release as it is read."""

    release: Release
    name: str
    summary: tuple[str, ...]
    sections: tuple[Section, ...] = field(default=())
    notes: tuple[str, ...] = ()


def land(flows: Path) -> Land:
    """The maps of a folder of flows. OSError, ValueError: they are missing or malformed."""
    towns, regions = (
        json.loads((flows / MAPS / f"{name}.geojson").read_text(encoding="utf-8"))
        for name in ("towns", "regions")
    )
    return Land(towns, regions)


# Names and numbers in words ---------------------------------------------------------------


def label(words: Words, dimension: str, value: str, table: Table | None = None) -> str:
    """A value as a reader sees it, small unless it is a name. `table`: whose row it is."""
    if value == NOT_ASKED:
        own = f"not_asked/{dimension}"
        return words.say(own if words.has(own) else "special/not_asked")
    if value == OTHER:
        return words.say(_other(words, dimension, table))
    if value == OUTSIDE:
        return words.say("special/outside")
    named = words.said.get(f"dimensions/{dimension}/values")
    if named == LANGUAGES:
        return written_name(value, SOURCE)
    return value if named == REGIONS else words.say(f"dimensions/{dimension}/values/{value}")


def _other(words: Words, dimension: str, table: Table | None) -> str:
    """Where answers were rolled up `other` holds them; else it may be an answer of its own."""
    own = f"dimensions/{dimension}/values/{OTHER}"
    if table is not None and NOT_ASKED_IN_OTHER in table.notes:
        return "special/other_and_not_asked"
    if not words.has(own):
        return "special/other"
    return "special/other_kind" if table is not None and table.within else own


def share(words: Words, n: int, total: int) -> str:
    """A share in whole percents; of a small total as it is."""
    if total < SMALL:
        return words.say("say/of", n=n, total=total)
    percent = round(100 * n / total)
    if n and not percent:
        return words.say("say/under_one")
    return words.say("say/share", percent=percent)


def comma(words: Words, names: Iterable[str]) -> str:
    """Names in a row."""
    return f"{words.say('say/comma')} ".join(names)


def period_name(label: str) -> str:
    """ "2026-Q3" -> "July to September 2026"."""
    return periods.parse(label).name


def newest_first(releases: Iterable[Release]) -> list[Release]:
    """By the end of their periods; of the same end the longest first."""

    def key(release: Release) -> tuple[str, int]:
        period = periods.parse(release.period)
        return period.last, len(period.months)

    return sorted(releases, key=key, reverse=True)


# A release --------------------------------------------------------------------------------


def view(release: Release, releases: Sequence[Release], words: Words, shapes: Land) -> View:
    """A release, with those of the other periods that it is read beside."""
    parts = tuple(_parts(release, releases, words))
    tables = tuple(section(table, release, words, shapes) for table in release.tables)
    notes = [words.say(f"notes/{note}") for note in release.notes]
    if release.left_out:
        left = comma(words, map(period_name, release.left_out))
        notes.append(words.say("page/left_out", periods=left))
    name = period_name(release.period)
    return View(
        release, name, tuple(summary(release, releases, words)), (*parts, *tables), tuple(notes)
    )


def section(table: Table, release: Release, words: Words, shapes: Land) -> Section:
    """One table of a release."""
    total, at = release.total or 0, f"dimensions/{table.dimension}"
    rows = [row for row in table.rows if row.n or row.value != NOT_ASKED]  # all were asked
    bars = [_bar(row, table, total, words) for row in rows]
    lines = tuple(
        Line(_begun(bar.label), (f"{row.n:,}", share(words, row.n, total)), bar.kind)
        for bar, row in zip(bars, rows, strict=True)
    )
    caption = words.say(f"{at}/caption")
    figures = charts.maybe(charts.bars, bars, caption) if bars else ()
    if words.said.get(f"{at}/values") == REGIONS and any(
        row.value in _names(shapes) for row in table.rows
    ):
        numbers = {row.value: row.n for row in table.rows if row.value in _names(shapes)}
        figures += charts.maybe(
            charts.region_map, shapes.regions, numbers, words.say("page/map_caption")
        )
    all_of = words.say("page/table_total" if table.exclusive else "page/shown_total")
    return Section(
        table.dimension,
        words.say(f"{at}/title"),
        caption,
        (words.say("page/table_value"), words.say("page/table_n"), words.say("page/table_share")),
        lines,
        Line(all_of, (f"{total:,}", share(words, total, total) if total >= SMALL else "")),
        words.say(f"{at}/definition"),
        tuple(_notes(table, words)),
        figures,
    )


def _bar(row: Row, table: Table, total: int, words: Words) -> Bar:
    rest = row.value == OTHER and _other(words, table.dimension, table).startswith("special/")
    kind = MISSING if row.value == NOT_ASKED else REST if rest else VALUE
    said = words.say("say/bar", n=f"{row.n:,}", share=share(words, row.n, total))
    if total < SMALL:
        said = f"{row.n:,}"
    return Bar(label(words, table.dimension, row.value, table), row.n, said, kind)


def _notes(table: Table, words: Words) -> Iterator[str]:
    """What is special about a table, and which answers have no row of their own."""
    for note in table.notes:
        yield words.say(f"notes/{note}")
    hidden = [label(words, table.dimension, each) for each in table.within if each != NOT_ASKED]
    if hidden and NOT_ASKED_IN_OTHER not in table.notes:
        key = "page/within" if table.exclusive else "page/within_shown"
        yield words.say(key, values=comma(words, hidden))


def _names(shapes: Land) -> set[str]:
    return {each["properties"]["planning_region"] for each in shapes.regions["features"]}


def _parts(release: Release, releases: Sequence[Release], words: Words) -> Iterator[Section]:
    """The totals of the quarters or months inside a period, where at least two are published."""
    around = periods.parse(release.period)
    for kind in ("quarter", "month"):
        inside = [
            each
            for each in sorted(releases, key=lambda each: each.period)
            if (period := periods.parse(each.period)).kind == kind and period != around
            and period in around and each.total is not None
        ]  # fmt: skip
        if len(inside) > 1:
            yield _over_time(inside, f"{kind}s", words)


def _over_time(found: Sequence[Release], key: str, words: Words) -> Section:
    rows = [(period_name(each.period), each.total or 0) for each in found]
    caption = words.say(f"page/{key}_caption")
    return Section(
        key,
        words.say(f"page/{key}"),
        caption,
        (words.say("page/period"), words.say("page/table_n")),
        tuple(Line(name, (f"{n:,}",)) for name, n in rows),
        figures=charts.maybe(charts.bars, [Bar(name, n, f"{n:,}") for name, n in rows], caption),
    )


# A release in a few sentences ---------------------------------------------------------------


def summary(release: Release, releases: Sequence[Release], words: Words) -> Iterator[str]:
    """Four to six sentences, each from a number of the tables; fewer where little is published."""
    name = period_name(release.period)
    if release.total is None:
        yield words.say("summary/fewer", period=name)
        return
    total = words.say("summary/total", total=f"{release.total:,}", period=name)
    compared = _compared(release, releases, words)
    yield f"{total} {compared}" if compared else total
    told = {table.dimension: _told(table, release.total, words) for table in release.tables}
    best = [told[each] for each in TOLD if told.get(each)]
    yield from best or [each for each in told.values() if each]
    if not release.tables:
        yield words.say("summary/totals_only")


def _compared(release: Release, releases: Sequence[Release], words: Words) -> str:
    """With the same period a year before, where that was published."""
    before = f"{int(release.period[:4]) - 1}{release.period[4:]}"
    then = next((each.total for each in releases if each.period == before), None)
    if then is None or release.total is None:
        return ""
    key = (
        "more"
        if release.total > 1.05 * then
        else "less"
        if release.total < 0.95 * then
        else "same"
    )
    return words.say(f"summary/{key}", before=period_name(before), n=f"{then:,}")


def _told(table: Table, total: int, words: Words) -> str:
    """The largest answer of a table in a sentence, with the second where that is told too."""
    rows = [row for row in table.rows if row.value not in (OTHER, NOT_ASKED, OUTSIDE) and row.n]
    rows.sort(key=lambda row: -row.n)
    if not rows or not words.has(f"summary/{table.dimension}"):
        return ""
    key, second = f"summary/{table.dimension}", {}
    if len(rows) > 1 and words.has(f"{key}_two"):
        key, second = f"{key}_two", _filled(table, rows[1], total, words, "second")
    if table.dimension == SHOWN and words.has(f"{key}_{rows[0].value}"):
        key = f"{key}_{rows[0].value}"
    said = words.say(key, **_filled(table, rows[0], total, words, "value"), **second)
    return _begun(said)


def _filled(table: Table, row: Row, total: int, words: Words, what: str) -> dict[str, str]:
    name = label(words, table.dimension, row.value)
    head = "" if what == "value" else f"{what}_"
    return {what: name, f"{head}n": f"{row.n:,}", f"{head}share": share(words, row.n, total)}


def _begun(said: str) -> str:
    return said[:1].upper() + said[1:]
