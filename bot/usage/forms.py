"""A release as files: JSON, one tidy CSV, one CSV a table. Every form says the same numbers.

Rule 1: nothing is worked out here but shares, from published cells.
Rule 2: JSON is what is kept. Reading it back gives the release again, or an error: a release is
refused as a whole if a number of it could not have been published.
Rule 3: no cell of a CSV begins like a formula: a spreadsheet would run it.

docs/released-files.md explains the files to their readers.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from typing import Any, Final

from bot.usage.model import OTHER, THRESHOLD, TOTAL, Release, Row, Table
from bot.usage.periods import parse as period_of

FORMAT: Final = 1
COLUMNS: Final = ("period", "dimension", "value", "label", "n", "share")
TABLE_COLUMNS: Final = ("value", "label", "n", "share")
DEMO: Final = "DEMO"  # the last column of every row of a demonstration
TOTAL_ROW: Final = "total"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")

Label = Callable[[str, str], str]  # dimension, value -> how a reader sees it


class FormatError(ValueError):
    """A text is no release. Names what is wrong with it, never a number of it."""


def row_label(table: Table, value: str, label: Label) -> str:
    """A row as a reader sees it. Where answers were rolled up, `other` is no answer of its own."""
    return label("" if value == OTHER and table.within else table.dimension, value)


def plain_label(_dimension: str, value: str) -> str:
    """A value without its underlines, where nobody has better words."""
    return value.replace("_", " ")


# JSON -------------------------------------------------------------------------------------------


def to_json(release: Release) -> str:
    """The release as it is kept: two spaces, a line end at the end, the same every time."""
    document = {
        "format": FORMAT,
        "period": release.period,
        "demo": release.demo,
        "total": release.total,
        "left_out": list(release.left_out),
        "notes": list(release.notes),
        "tables": [_table(table) for table in release.tables],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _table(table: Table) -> dict[str, Any]:
    return {
        "dimension": table.dimension,
        "exclusive": table.exclusive,
        "rows": [{"value": row.value, "n": row.n} for row in table.rows],
        "without_row": list(table.within),
        "notes": list(table.notes),
    }


def from_json(text: str) -> Release:
    """The release that `to_json` wrote. FormatError: it is none, or it does not add up."""
    try:
        found = json.loads(text)
        if found["format"] != FORMAT:
            raise FormatError("it is written in a form that is not known")
        release = Release(
            period=period_of(_text(found["period"])).label,
            total=None if found["total"] is None else _number(found["total"]),
            tables=tuple(_read_table(each) for each in found["tables"]),
            notes=_texts(found["notes"]),
            demo=found["demo"] is True,
            left_out=tuple(period_of(label).label for label in _texts(found["left_out"])),
        )
    except FormatError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise FormatError("it is not the JSON of a release") from None
    _check(release)
    return release


def _read_table(found: dict[str, Any]) -> Table:
    rows = tuple(Row(_text(row["value"]), _number(row["n"])) for row in found["rows"])
    names = [row.value for row in rows]
    if len({*names}) < len(names) or not isinstance(found["exclusive"], bool):
        raise FormatError("a table has the same row twice, or does not say whether rows overlap")
    return Table(
        _text(found["dimension"]),
        rows,
        found["exclusive"],
        _texts(found["notes"]),
        _texts(found["without_row"]),
    )


def _check(release: Release) -> None:
    names = [table.dimension for table in release.tables]
    if len({*names}) < len(names) or (names and release.total is None):
        raise FormatError("it has a table twice, or tables without a total")
    if release.total is not None and release.total < THRESHOLD:
        raise FormatError("its total is too small to be published")
    for table in release.tables:
        together = sum(row.n for row in table.rows)
        most = max((row.n for row in table.rows), default=0)
        if together != release.total if table.exclusive else most > (release.total or 0):
            raise FormatError(f"the table '{table.dimension}' does not add up")


def _text(found: object) -> str:
    if not isinstance(found, str) or not found:
        raise FormatError("a name is missing")
    return found


def _texts(found: Iterable[object]) -> tuple[str, ...]:
    if not isinstance(found, list):
        raise FormatError("a list is missing")
    return tuple(_text(each) for each in found)


def _number(found: object) -> int:
    """A published number: 0, or THRESHOLD and more."""
    if type(found) is not int or found < 0 or 0 < found < THRESHOLD:
        raise FormatError("a number is missing, or could not have been published")
    return found


# CSV --------------------------------------------------------------------------------------------


def to_csv(releases: Iterable[Release], label: Label = plain_label) -> str:
    """One tidy table of everything: a row a number, with COLUMNS; the totals come as TOTAL.

    `share` is in percent of the period's total, with one decimal. A total that is too small to
    be told has neither `n` nor `share`.
    """
    known = list(releases)
    rows: list[list[object]] = []
    for release in known:
        cells = [(*TOTAL, label(*TOTAL), release.total)]
        cells += [
            (table.dimension, row.value, row_label(table, row.value, label), row.n)
            for table in release.tables
            for row in table.rows
        ]
        for dimension, value, words, n in cells:
            rows.append(
                [release.period, dimension, value, words, _n(n), share(n, release.total)]
                + [DEMO] * release.demo
            )
    return _written([*COLUMNS, *["demo"] * any(each.demo for each in known)], rows)


def to_csv_files(release: Release, label: Label = plain_label) -> dict[str, str]:
    """A file a table, by file name: "2026-Q3-need.csv"; the total is the last row of each.

    A release without tables has one file, with its total alone.
    """
    tables = release.tables or (Table(TOTAL[0], ()),)
    return {
        f"{release.period}-{table.dimension}.csv": _one(release, table, label) for table in tables
    }


def _one(release: Release, table: Table, label: Label) -> str:
    end = [DEMO] * release.demo
    rows: list[list[object]] = [
        [row.value, row_label(table, row.value, label), row.n, share(row.n, release.total), *end]
        for row in table.rows
    ]
    total = [TOTAL_ROW, label(*TOTAL), _n(release.total), share(release.total, release.total)]
    return _written([*TABLE_COLUMNS, *["demo"] * release.demo], [*rows, [*total, *end]])


def share(n: int | None, total: int | None) -> str:
    """Percent of a published total, one decimal: "12.5"; "" where one of the two is not told."""
    return f"{100 * n / total:.1f}" if n is not None and total else ""


def _n(n: int | None) -> object:
    return "" if n is None else n


def _written(head: list[str], rows: Iterable[list[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return text.getvalue()


def _safe(cell: object) -> object:
    """Rule 3: a text that a spreadsheet could take for a formula gets a ' before it."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA):
        return f"'{cell}"
    return cell
