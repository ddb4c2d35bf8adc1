"""What the tests of the stores share: a few facts, opening and closing, a release, a full disk."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from bot.usage import entries
from bot.usage.store import Kept, open_store

JULY = "2026-07"
STARTED = ("conversation", "started")
FOOD = ("need", "food")
DECLARED = frozenset({STARTED, FOOD, ("need", "talk"), ("region", "Greater Bridgeport")})

Open = Callable[..., Kept]


@contextmanager
def opening(where: str) -> Iterator[Open]:
    """Opens a store, as often as it is asked; whatever was opened is closed in the end."""
    with ExitStack() as stores:

        def opened(declared: entries.Pairs = DECLARED, at: str = where, **how: bool) -> Kept:
            kept = open_store(at, declared, **how)
            stores.callback(kept.close)
            return kept

        yield partial(opened)


def document(period: str = "2026", total: int | None = 33, **cells: int) -> str:
    """A release of one table."""
    rows = [{"value": value, "n": n} for value, n in (cells or {"food": 33}).items()]
    tables = [{"dimension": "need", "rows": rows}] if total is not None else []
    return json.dumps({"period": period, "total": total, "tables": tables})


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """No byte can be written beyond `room` of any file: what a full disk is to a database."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
