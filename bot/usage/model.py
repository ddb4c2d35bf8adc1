"""The nouns of usage: what is counted, what is published. Frozen data, standard library only.

Rule: nothing finer than a month, nothing joint. A counter is one value of one dimension.
"""
# Added with a default since the first draft: Table.within and Release.left_out (by release.py).

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

THRESHOLD: Final = 11  # no published count is 1 to 10, nor can one be derived
TOTAL: Final = ("conversation", "started")  # the counter of conversations
OTHER: Final = "other"  # small values together
NOT_ASKED: Final = "not_asked"  # the total less all values
SHOWN: Final = "shown"  # the one dimension of which a conversation may have several values

Counter = tuple[str, str, str]  # month as "2026-07", dimension, value
Batch = Mapping[Counter, int]  # what to add to each


class StoreError(Exception):
    """The counts could not be read or written. Its words name no count and no value."""


class Store(Protocol):
    """Where counts are kept. Every method may raise StoreError."""

    def add(self, batch: Batch) -> None:
        """Add all of it, or nothing. What is not declared is refused."""

    def counts(self, first: str, last: str) -> dict[tuple[str, str], int]:
        """The sums of (dimension, value) over the months from `first` to `last`."""

    def months(self) -> list[str]:
        """The months that have counts, in order."""

    def keep(self, period: str, document: str) -> None:
        """Keep a release for good; StoreError where that period was released before."""

    def releases(self) -> list[str]:
        """The documents of all releases, in the order they were made."""

    def close(self) -> None:
        """Nothing is lost by closing twice."""


@dataclass(frozen=True, slots=True)
class Row:
    """One published cell: 0, or at least THRESHOLD."""

    value: str
    n: int


@dataclass(frozen=True, slots=True)
class Table:
    """One dimension. Exclusive: the rows sum to the release's total; `shown` is not."""

    dimension: str
    rows: tuple[Row, ...]
    exclusive: bool = True
    notes: tuple[str, ...] = ()  # keys of sentences in flows/usage.yaml, as "rolled_up"
    within: tuple[str, ...] = ()  # the values that have no row of their own: `other` holds them


@dataclass(frozen=True, slots=True)
class Release:
    """What was published of one period, for good. `total` None: fewer than THRESHOLD."""

    period: str  # "2026", "2026-Q3", "2026-07"
    total: int | None
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()
    demo: bool = False
    left_out: tuple[str, ...] = ()  # periods inside that the total does not hold: too few to tell
