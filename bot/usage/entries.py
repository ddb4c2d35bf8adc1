"""What may go into a store, looked at before any database sees it. Pure.

Rule: a database refuses by itself what stands here, too (schema.py, postgres.py): this is for a
plain sentence and an early end, theirs for everybody who writes past us.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any, Final

from bot.usage.model import THRESHOLD, TOTAL, Batch, StoreError
from bot.usage.periods import is_month, parse

UNDECLARED: Final = "Something was to be counted that flows/answers.yaml does not declare."
MALFORMED: Final = "A release is not in the form that can be kept."
AGAIN: Final = "{period} was released before, and a release is for good."
DEMO: Final = "These are the counts of a demonstration; nothing real is counted among them."

Pairs = Collection[tuple[str, str]]  # (dimension, value)


def counters(batch: Batch, declared: Pairs) -> list[tuple[str, str, str, int]]:
    """The rows of a batch, sorted, so that their order tells nothing. StoreError: undeclared."""
    rows = sorted((*counter, n) for counter, n in batch.items())
    for month, dimension, value, n in rows:
        if (dimension, value) not in declared or not is_month(month) or n < 1:
            raise StoreError(UNDECLARED)
    return rows


def released(period: str, document: str) -> list[tuple[str, str, str, int | None]]:
    """The published cells of a release: (period, dimension, value, n).

    The total comes first, under the name it is counted by; its n is None where it is too small
    to be told. StoreError: the document is none, of another period, or has a small cell.
    """
    try:
        found = json.loads(document)
        parse(period)
        if found["period"] != period:
            raise ValueError(period)
        cells = [(*TOTAL, found["total"]), *_cells(found["tables"])]
        for _, _, n in cells[found["total"] is None :]:
            _check(n)
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(MALFORMED) from error
    return [(period, *cell) for cell in cells]


def _cells(tables: Any) -> Iterator[tuple[str, str, int]]:
    for table in tables:
        for row in table["rows"]:
            yield str(table["dimension"]), str(row["value"]), row["n"]


def _check(n: Any) -> None:
    if type(n) is not int or 0 < n < THRESHOLD or n < 0:
        raise ValueError("a small cell")
