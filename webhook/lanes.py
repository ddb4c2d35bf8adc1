"""Order and pace: the messages of one chat are done one after another, and none is sent too fast.

Rule 1: a chat is known by its mask only, and a lane is gone as soon as nobody is in it.
Rule 2: what one chat must wait for delays no other chat.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from bot.sessions import Memory

LANE_MOST: Final = 10  # messages of one chat that wait; more are a flood, and are passed over
CHAT_SECONDS: Final = 1.0  # between two messages to one chat
ALL_SECONDS: Final = 1 / 30  # between two messages to anybody
KEPT_SECONDS: Final = 600.0  # how long a chat's pace is remembered


@dataclass(slots=True)
class _Lane:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    inside: int = 0


class Lanes:
    """One queue for each chat that has something waiting, first come first served."""

    __slots__ = ("_lanes",)

    def __init__(self) -> None:
        self._lanes: dict[bytes, _Lane] = {}

    @asynccontextmanager
    async def enter(self, chat: bytes, *, anyway: bool = False) -> AsyncIterator[bool]:
        """Wait for one's turn. False: too many wait already (unless `anyway`), and it is not."""
        lane = self._lanes.setdefault(chat, _Lane())
        if lane.inside >= LANE_MOST and not anyway:
            yield False
            return
        lane.inside += 1
        try:
            async with lane.lock:
                yield True
        finally:
            lane.inside -= 1
            if not lane.inside:
                del self._lanes[chat]

    def __len__(self) -> int:
        return len(self._lanes)


class Pace:
    """When a chat may be sent to: once in CHAT_SECONDS, all of them once in ALL_SECONDS.

    Times are those of the event loop, which no change of the system's clock moves.
    """

    __slots__ = ("_all", "_chats", "_seconds")

    def __init__(self, seconds: float = CHAT_SECONDS) -> None:
        self._seconds = seconds
        self._chats: Memory[float] = Memory(KEPT_SECONDS)
        self._all = 0.0

    async def turn(self, chat: bytes, until: float) -> bool:
        """Wait until the chat may be sent to; False, at once, where that is after `until`."""
        now = asyncio.get_running_loop().time
        free = self._chats.get(chat, now()) or 0.0
        if max(free, now()) > until:
            return False
        await asyncio.sleep(max(0.0, free - now()))
        at = max(self._all, now())
        if at > until:
            return False
        self._all = at + ALL_SECONDS
        self._chats.put(chat, at + self._seconds, now())
        await asyncio.sleep(max(0.0, at - now()))
        return True

    def hold(self, chat: bytes, seconds: float) -> None:
        """Send nothing to this chat for so long."""
        now = asyncio.get_running_loop().time()
        self._chats.put(chat, now + seconds, now)
