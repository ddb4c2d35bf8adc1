"""Facts wait here, in memory, until enough conversations are together that none can be made out.

Rule 1: every dimension has a pile of its own. A pile is written when it holds a number of
conversations drawn anew each time, THRESHOLD at the least, and then at a random moment within
SPREAD: so two piles are never known to hold the same people.
Rule 2: `count` touches no disk and never fails. `flush` may be slow: it belongs into a thread.
Rule 3: what could not be written is kept as it is and tried again with the next `flush`; it is
told once, without a value. A store that fails costs nobody an answer.
Rule 4: a kill loses what waits and nothing that was written; an orderly stop (`flush_all`) loses
nothing.
"""

from __future__ import annotations

from collections import Counter as Sums
from collections.abc import Callable
from secrets import SystemRandom
from threading import Lock
from time import monotonic
from typing import Final

from bot import quiet
from bot.model import Event
from bot.usage.entries import Pairs
from bot.usage.model import SHOWN, THRESHOLD, TOTAL, Batch, Counter, Store

SPREAD: Final = 3600.0  # seconds within which a pile that is due is written
CHANNEL: Final = "channel"
DICE: Final = SystemRandom().random


class Pile:
    """What waits of one dimension: all of it, and what of that is being written."""

    __slots__ = ("batch", "due", "enough", "waiting")

    def __init__(self, enough: int) -> None:
        self.waiting: Sums[Counter] = Sums()
        self.batch: Batch = {}  # frozen: tried again as it is, until it is written
        self.due: float | None = None
        self.enough = enough

    def conversations(self) -> int:
        """At least how many conversations wait: of `shown`, one may have every value."""
        sums: Sums[str] = Sums()
        for (_, dimension, value), n in self.waiting.items():
            sums[value if dimension == SHOWN else ""] += n
        return max(sums.values(), default=0)


class Tally:
    """Counts for one store. `declared` are the pairs that may be counted (`Book.bits`).

    `seconds` is a steady clock, `dice` a number from 0 to 1.
    """

    def __init__(
        self,
        store: Store,
        declared: Pairs,
        *,
        seconds: Callable[[], float] = monotonic,
        dice: Callable[[], float] = DICE,
    ) -> None:
        self._store = store
        self._declared = frozenset(declared)
        self._seconds = seconds
        self._dice = dice
        self._piles = {dimension: Pile(self._draw()) for dimension, _ in sorted(self._declared)}
        self._lock = Lock()  # of the piles, held for moments
        self._one_at_a_time = Lock()  # of writing
        self._failing = False

    def count(self, channel: str, events: tuple[Event, ...], month: str) -> None:
        """Add what happened in a conversation of that month. What is not declared is left out."""
        facts: list[tuple[str, str]] = [*events]
        if TOTAL in facts:
            facts.append((CHANNEL, channel))
        with self._lock:
            for dimension, value in facts:
                if (dimension, value) in self._declared:
                    pile = self._piles[dimension]
                    pile.waiting[month, dimension, value] += 1
                    self._call(pile, pile.conversations() >= pile.enough)

    def flush(self, month: str) -> None:
        """Write the piles whose time has come. A month that is over makes its time come."""
        now = self._seconds()
        with self._one_at_a_time:
            for pile in self._piles.values():
                with self._lock:
                    self._call(pile, any(key[0] != month for key in pile.waiting))
                    due = pile.due is not None and pile.due <= now
                self._write(pile, fresh=due)

    def flush_all(self) -> None:
        """Write all that waits, at an orderly stop."""
        with self._one_at_a_time:
            for pile in self._piles.values():
                if self._write(pile, fresh=False):
                    self._write(pile, fresh=True)

    def waiting(self) -> dict[Counter, int]:
        """What is not written yet."""
        with self._lock:
            sums: Sums[Counter] = Sums()
            for pile in self._piles.values():
                sums.update(pile.waiting)
                sums.update(pile.batch)
            return dict(sums)

    def _call(self, pile: Pile, enough: bool) -> None:
        if enough and pile.due is None:
            pile.due = self._seconds() + self._dice() * SPREAD

    def _draw(self) -> int:
        return THRESHOLD + int(self._dice() * THRESHOLD)

    def _write(self, pile: Pile, *, fresh: bool) -> bool:
        """Write what failed before; where there is nothing of that, and `fresh`, what waits."""
        with self._lock:
            if fresh and not pile.batch:
                pile.batch, pile.waiting = dict(pile.waiting), Sums()
                pile.due, pile.enough = None, self._draw()
        if not pile.batch:
            return True
        try:
            self._store.add(pile.batch)
        except Exception:  # Rule 3: whatever it is, the door is open meanwhile
            if not self._failing:
                quiet.say(quiet.Line.COUNTS_WAIT)
            self._failing = True
            return False
        with self._lock:
            pile.batch = {}
        self._failing = False
        return True
