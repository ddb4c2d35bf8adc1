"""The real server, watched: every file it opens to write, every process it starts.

Run by tests/test_privacy.py as a process of its own: `python -m tests.canary_server PORT LEAK`.
LEAK plants one known leak, so that the search for canaries can be seen to find it; "none" plants
nothing, "faults" makes our own code fail again and again.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
import os
import sqlite3
import sys
import tempfile
import traceback
from collections.abc import Callable
from typing import Any

WATCHED = os.open(os.environ["CANARY_WATCH"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def watch(event: str, args: tuple[Any, ...]) -> None:
    """Note what leaves the process. The note itself goes by a file opened before."""
    if event == "open":
        path, mode, flags = args
        if isinstance(path, str) and (flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
            os.write(WATCHED, f"write {path} {mode}\n".encode())
    elif event in ("os.mkdir", "os.rename", "os.link", "os.symlink", "subprocess.Popen"):
        os.write(WATCHED, f"{event} {args}\n".encode())


sys.addaudithook(watch)

from bot import clock, config, conversation, engine, quiet

quiet.hush()

from bot.load import load
from tests.canary import LEAKS
from webhook import counting, forms, house, limits, server
from webhook.app import create_app


def loud(level: int, *names: str) -> None:
    """Undo the policy for some libraries, for good: the server applies it again as it starts."""
    quiet.hush = lambda: None
    logging.disable(logging.NOTSET)
    for name in names:
        logger = logging.getLogger(name)
        logger.disabled = False
        logger.handlers = [logging.StreamHandler(sys.stderr)]
        logger.setLevel(level)


def each_form(act: Callable[[str], object]) -> None:
    """Let a leak see every form that comes."""
    inner = forms.parse

    def leaky(content_type: bytes, body: bytes) -> list[tuple[str, str]] | None:
        fields = inner(content_type, body)
        for _, value in fields or ():
            act(value)
        return fields

    for module in list(sys.modules.values()):
        if getattr(module, "parse", None) is inner:
            module.parse = leaky  # type: ignore[attr-defined]  # wherever it was imported


def print_body() -> None:
    each_form(lambda value: print(value, flush=True))  # noqa: T201  the planted leak


def hash_in_database() -> None:
    base = sqlite3.connect("usage.db", isolation_level=None)
    base.execute("create table seen (who text)")
    each_form(
        lambda value: base.execute(
            "insert into seen values (?)", (hashlib.sha256(value.encode()).hexdigest(),)
        )
    )


def write_ahead_log() -> None:
    base = sqlite3.connect("usage.db", isolation_level=None)
    base.execute("pragma journal_mode = wal")
    base.execute("create table said (what text)")

    def keep(value: str) -> None:
        base.execute("insert into said values (?)", (value,))
        base.execute("delete from said")

    each_form(keep)


def spool() -> None:
    """A file that is gone before anybody can look: only the watch sees it."""

    def keep(value: str) -> None:
        with tempfile.TemporaryFile() as file:
            file.write(value.encode())

    each_form(keep)


def tracebacks() -> None:
    failing(lambda: True)

    def told(error: BaseException) -> None:
        traceback.print_exception(error, file=sys.stderr)

    quiet.report = told


def failing(when: Callable[[], bool]) -> None:
    """The engine fails, with the person's words in its error."""
    step = engine.step

    def fails(book: Any, state: Any, message: Any, now: Any) -> Any:
        if when():
            raise ValueError(f"cannot answer {message.text!r}")
        return step(book, state, message, now)

    conversation.engine.step = fails  # type: ignore[attr-defined]  # the seam is the module


def faults() -> None:
    turn = itertools.count()
    failing(lambda: next(turn) % 3 == 0)


def access_log() -> None:
    """uvicorn's own, as it comes."""
    import uvicorn

    loud(logging.INFO, "uvicorn.access")

    def serve(app: Any, at: Any) -> None:
        settings = uvicorn.Config(
            app, access_log=True, log_config=None, proxy_headers=True, forwarded_allow_ips="*"
        )
        uvicorn.Server(settings).run([at])

    server.serve = serve  # type: ignore[assignment]  # fewer options


PLANTED: dict[str, Callable[[], object]] = {
    "none": lambda: None,
    "faults": faults,
    "access log": access_log,
    "print of a body": print_body,
    "traceback": tracebacks,
    "hash of a phone in a database": hash_in_database,
    "write-ahead log": write_ahead_log,
    "spooled file": spool,
    "telegram at DEBUG": lambda: loud(logging.DEBUG, "telegram"),
    "httpx at INFO": lambda: loud(logging.INFO, "httpx"),
}


def main(port: str, leak: str) -> None:
    """Serve until killed."""
    settings = config.read()
    program = load(settings.flows, settings.locales, today=clock.today())
    assert set(PLANTED) == {"none", "faults", *LEAKS}
    PLANTED[leak]()
    limits.ALL_MOST = 1e6  # type: ignore[misc]  # Final; but here all write at once
    at = server.listen("127.0.0.1", int(port))
    print("ready", flush=True)  # noqa: T201  the test waits for it
    built = house.build(settings, program, counting=counting.opened(settings, program))
    server.serve(create_app(built), at)


if __name__ == "__main__":
    main(*sys.argv[1:])
