"""How much one sender, and all together, may ask for: over it, the help line instead of an answer.

Rule 1: never silence at first and never a ban: over the limit the help line is due, at most once
in HELP_SECONDS for a sender, and a bucket fills again by itself.
Rule 2: one flooder silences nobody: what is over a sender's own limit is not weighed against all.
Rule 3: no sender is stored: a bucket is kept under a mask (`bot.sessions`), in bounded memory,
and dies with the minute.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple

from bot.sessions import Masks, Memory

SENDER_MOST: Final = 30  # messages of one phone or chat in a minute: faster than anybody reads
ADDRESS_MOST: Final = 300  # of one network address: a shelter, a library or Tor shares one
MINUTE: Final = 60.0
ALL_MOST: Final = 300.0  # messages a second over all senders
HELP_SECONDS: Final = 60.0
_NEVER: Final = float("-inf")


class Verdict(Enum):
    """What a door does with a message."""

    ANSWER = "answer"
    HELP = "help"  # over the limit: show the help line
    QUIET = "quiet"  # over the limit, and the help line was shown less than a minute ago


class _Bucket(NamedTuple):
    left: float  # messages
    when: float  # seconds of the clock, when `left` was true
    helped: float  # seconds of the clock, when the help line was last due


class Limits:
    """Weighs messages. `seconds` is the clock; one that jumps does no harm."""

    __slots__ = ("_all", "_buckets", "_masks", "_seconds")

    def __init__(self, masks: Masks, seconds: Callable[[], float]) -> None:
        self._masks = masks
        self._seconds = seconds
        self._buckets: Memory[_Bucket] = Memory(MINUTE)
        self._all = _Bucket(ALL_MOST, seconds(), _NEVER)

    def weigh(self, name: str, most: float = SENDER_MOST) -> Verdict:
        """What one message of the sender called `name` gets, of `most` in a minute."""
        now, mask = self._seconds(), self._masks.mask("limit", name)
        before = self._buckets.get(mask, now)
        left, helped = most, _NEVER
        if before is not None:
            left, helped = _filled(before, now, most, most / MINUTE), before.helped
        if left >= 1 and self._room(now):
            self._buckets.put(mask, _Bucket(left - 1, now, helped), now)
            return Verdict.ANSWER
        due = not 0 <= now - helped < HELP_SECONDS
        self._buckets.put(mask, _Bucket(left, now, now if due else helped), now)
        return Verdict.HELP if due else Verdict.QUIET

    def _room(self, now: float) -> bool:
        left = _filled(self._all, now, ALL_MOST, ALL_MOST)
        room = left >= 1
        self._all = _Bucket(left - room, now, _NEVER)
        return room

    def __len__(self) -> int:
        """How many buckets are kept."""
        return len(self._buckets)


def _filled(bucket: _Bucket, now: float, most: float, rate: float) -> float:
    """What a bucket holds by now, filled by `rate` a second, never above `most`."""
    return min(most, bucket.left + max(0.0, now - bucket.when) * rate)
