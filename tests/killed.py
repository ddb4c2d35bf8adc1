"""Children that hold conversations and count them until they are killed (test_usage_kill.py).

`python -m tests.killed STORE`: loads the program once, then forks a child for every line
"SEED LOG" of its input, tells its process id, and "gone" when it is. A child notes in its log what
it does, each line before or after the deed, as the kernel keeps it also when the child dies:
C counted, W is about to be written, A was written.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
from pathlib import Path

from bot import clock
from bot.conversation import Conversation
from bot.load import Program, load
from bot.model import SOURCE, Event
from bot.seal import Seal
from bot.usage.model import Batch
from bot.usage.store import Sqlite
from bot.usage.tally import Tally

MONTH = "2026-07"
WORDS = ["hi", *"111122223334455670", "Bridgeport", "06604", "skip", "9"]


class Noted(Sqlite):
    """The real store, and a note before and after each write."""

    log = -1

    def add(self, batch: Batch) -> None:
        rows = [[*counter[1:], n] for counter, n in batch.items()]
        note(self.log, "W", rows)
        super().add(batch)
        note(self.log, "A", rows)


def note(log: int, kind: str, what: object) -> None:
    os.write(log, f"{kind} {json.dumps(what)}\n".encode())


def live(program: Program, where: Path, seed: int, log: int) -> None:
    """Talk and count as fast as it goes; write in a thread, as the server does."""
    store = Noted(where, program.book.bits)
    store.log = log
    dice = random.Random(seed)
    tally = Tally(
        store, program.book.bits, seconds=lambda: time.monotonic() * 1e6, dice=dice.random
    )

    def flush() -> None:
        while True:
            tally.flush(MONTH)
            time.sleep(0.0005)

    def count(channel: str, events: tuple[Event, ...], month: str) -> None:
        facts = [["channel", channel]] if ("conversation", "started") in events else []
        note(log, "C", [*facts, *map(list, events)])
        tally.count(channel, events, month)

    threading.Thread(target=flush, daemon=True).start()
    noon = clock.parse("Wed 12:00")
    talk = Conversation(program, Seal(), count=count, minute=lambda: noon, month=lambda: MONTH)
    token = ""
    while True:
        channel = "sms"
        token = talk.answer(dice.choice(WORDS), token, channel).token or ""


def main(where: str) -> None:
    """Fork a child for each line."""
    root = Path(__file__).parents[1]
    program = load(root / "flows", root / "locales", today=clock.today())
    program.book.guess("hello", SOURCE)  # learns once, not in every child
    for line in sys.stdin:
        seed, path = line.split()
        child = os.fork()
        if child == 0:
            log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            try:
                live(program, Path(where), int(seed), log)
            finally:
                os._exit(1)
        print(child, flush=True)  # noqa: T201  the test reads it
        os.waitpid(child, 0)
        print("gone", flush=True)  # noqa: T201  likewise


if __name__ == "__main__":
    main(sys.argv[1])
