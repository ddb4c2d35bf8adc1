"""Usage counts of a server: opened as it starts, written meanwhile, all written as it stops.

Rule: nothing waits for it. Counting is memory; writing happens in a thread of its own, and a store
that fails costs no answer (see `bot.usage.tally`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from bot.config import Settings
from bot.conversation import Count, not_counted, this_month
from bot.load import Program
from bot.usage.store import Kept, open_store
from bot.usage.tally import Tally

EVERY_SECONDS: Final = 20.0  # how often it is looked what is due


@dataclass(frozen=True, slots=True)
class Counting:
    """The store of this process; `tally` None: it is a demonstration's, nothing is added to it."""

    store: Kept
    tally: Tally | None

    @property
    def count(self) -> Count:
        """What a conversation hands its events to."""
        return not_counted if self.tally is None else self.tally.count

    @property
    def told(self) -> str:
        """What an operator is told at the start."""
        if self.tally is None:
            return f"{self.store.where} is a demonstration's: nothing is counted"
        return f"Usage is counted in {self.store.where}"

    async def write(self) -> None:
        """Write what is due, for as long as the server runs."""
        while self.tally is not None:
            await asyncio.sleep(EVERY_SECONDS)
            await asyncio.to_thread(self.tally.flush, this_month())

    async def end(self) -> None:
        """Write all that waits, and close."""
        if self.tally is not None:
            await asyncio.to_thread(self.tally.flush_all)
        await asyncio.to_thread(self.store.close)


def opened(settings: Settings, program: Program) -> Counting | None:
    """The counts where the settings keep them; None: nowhere. StoreError: they cannot be used."""
    if not settings.counts_at:
        return None
    store = open_store(settings.counts_at, program.book.bits)
    return Counting(store, None if store.demo else Tally(store, program.book.bits))
