"""The counts in one SQLite file, through sqlite-utils; `open_store` also opens PostgreSQL.

Rule 1: all of a batch or nothing, on the disk when `add` returns, and whatever an interrupted
write leaves is emptied at once: a write-ahead log with a commit per conversation would give back
each conversation, in order.
Rule 2: a file is used only when it is ours, whole, and of a version we know; else it is refused in
a sentence and not touched. An older one is brought up to date in one transaction.
Rule 3: no time is kept that is finer than the month; that of the file itself is set back, too.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any, Final, Protocol

from sqlite_utils import Database

from bot import clock
from bot.usage import entries, schema
from bot.usage.model import Batch, Store, StoreError

BUSY_SECONDS: Final = 5.0  # how long another process may write
POSTGRES: Final = ("postgresql://", "postgres://")
ENDINGS: Final = ("", "-wal", "-shm", "-journal")
OURS_ONLY: Final = 0o600

NO_PLACE: Final = "The file of the counts cannot be made or opened ({why}): {path}"
NOT_THERE: Final = "There are no counts yet: {path}"
NOT_OURS: Final = "This file is not one of Waypost's counts; name another: {path}"
NO_DATABASE: Final = "This file is not one of Waypost's counts, or it is damaged: {path}"
NEWER: Final = "These counts were written by a newer Waypost; use that one: {path}"
DAMAGED: Final = "The file of the counts is damaged; put back a copy that is whole: {path}"
BUSY: Final = "Another program holds the file of the counts; end it: {path}"
NOT_WRITTEN: Final = "The counts could not be written ({why}): {path}"
NOT_READ: Final = "The counts could not be read ({why}): {path}"
TOLD: Final = {  # what SQLite says -> what it means here; else what was being done
    sqlite3.SQLITE_NOTADB: NO_DATABASE,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
}


class Kept(Store, Protocol):
    """A store as it is opened: also where and whose the counts are, and all that is in it."""

    @property
    def where(self) -> str:
        """As it may be told: a path, or "PostgreSQL"."""

    @property
    def demo(self) -> bool:
        """Whether these are the counts of a demonstration."""

    def rows(self) -> list[tuple[str, str, str, int]]:
        """Every counter there is: (month, dimension, value, n), in order."""


def open_store(
    where: str, declared: entries.Pairs = frozenset(), *, demo: bool = False, make: bool = True
) -> Kept:
    """The store at a path or a postgresql:// address. StoreError says why it cannot be used.

    `declared` are the pairs that may be counted (`Book.bits`): none for those who only read.
    `demo`: only a demonstration's counts go in. `make`: begin a store where there is none.
    """
    if where.startswith(POSTGRES):
        from bot.usage.postgres import Postgres  # only where it is used: an extra

        return Postgres(where, declared, demo=demo, make=make)
    return Sqlite(Path(where), declared, demo=demo, make=make)


class Sqlite:
    """One file. Safe to use from several threads and several processes."""

    def __init__(
        self,
        path: Path,
        declared: entries.Pairs = frozenset(),
        *,
        demo: bool = False,
        make: bool = True,
    ) -> None:
        self._path = path
        self.where = str(path.absolute())
        self._declared = frozenset(declared)
        self._id = schema.DEMO if demo else schema.REAL
        self._lock = RLock()
        _present(path, make)
        with self._said(NO_PLACE):
            connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        self._base = Database(connection, execute_plugins=False)
        try:
            self._begin()
        except BaseException:
            connection.close()
            raise

    def _begin(self) -> None:
        with self._said(NO_PLACE):
            self._look()
            for key, value in (
                ("journal_mode", "WAL"),
                ("synchronous", "FULL"),
                ("secure_delete", "ON"),
                ("foreign_keys", "ON"),
                ("temp_store", "MEMORY"),
            ):
                self._base.execute(f"PRAGMA {key} = {value}")
            if self._number("user_version") < schema.VERSION:
                self._bring_up_to_date()
            self._whole()
            self._declare()
            self.demo = self._number("application_id") == schema.DEMO
        self._settle()

    # Whether it is ours --------------------------------------------------------------------

    def _look(self) -> None:
        """Ours, or empty, and of no newer version; nothing is written before that is known."""
        kind = self._number("application_id")
        if kind not in (schema.REAL, schema.DEMO) and (kind or self._tables()):
            raise StoreError(NOT_OURS.format(path=self._path))
        if self._number("user_version") > schema.VERSION:
            raise StoreError(NEWER.format(path=self._path))

    def _bring_up_to_date(self) -> None:
        """All steps that are missing, in one transaction; whoever comes second finds it done."""
        with self._transaction():
            self._look()
            version = self._number("user_version")
            for step in schema.STEPS[version:]:
                for statement in _statements(step):
                    self._base.execute(statement)
            if version == 0:
                self._base.execute(f"PRAGMA application_id = {self._id}")
            self._base.execute(f"PRAGMA user_version = {schema.VERSION}")

    def _whole(self) -> None:
        """Every page sound, every table and trigger as this program makes it."""
        checked = [row[0] for row in self._base.execute("PRAGMA integrity_check(1)")]
        with closing(sqlite3.connect(":memory:")) as new:
            new.executescript("".join(schema.STEPS))
            wanted = _shapes(new)
        if checked != ["ok"] or not wanted <= _shapes(self._base.conn):
            raise StoreError(DAMAGED.format(path=self._path))

    def _declare(self) -> None:
        """What may be counted. What was declared once stays, and stays readable."""
        known = set(self._base.execute("SELECT dimension, value FROM declared"))
        if not self._declared <= known:
            with self._transaction():
                self._base.conn.executemany(
                    "INSERT OR IGNORE INTO declared (dimension, value) VALUES (?, ?)",
                    sorted(self._declared - known),
                )

    # The protocol --------------------------------------------------------------------------

    def add(self, batch: Batch) -> None:
        rows = entries.counters(batch, self._declared)
        with self._lock, self._said(NOT_WRITTEN):
            if self.demo != (self._id == schema.DEMO):
                raise StoreError(entries.DEMO)
            with self._transaction():
                self._base.conn.executemany(schema.ADD, rows)
            self._settle()

    def counts(self, first: str, last: str) -> dict[tuple[str, str], int]:
        asked = (
            "SELECT dimension, value, sum(n) FROM counts WHERE month BETWEEN ? AND ?"
            " GROUP BY dimension, value ORDER BY dimension, value"
        )
        return {(dimension, value): n for dimension, value, n in self._read(asked, first, last)}

    def months(self) -> list[str]:
        return [row[0] for row in self._read("SELECT DISTINCT month FROM counts ORDER BY month")]

    def rows(self) -> list[tuple[str, str, str, int]]:
        asked = "SELECT month, dimension, value, n FROM counts ORDER BY month, dimension, value"
        return self._read(asked)

    def keep(self, period: str, document: str) -> None:
        cells = entries.released(period, document)
        with self._lock, self._said(NOT_WRITTEN):
            with self._transaction():
                if list(self._base.execute("SELECT 1 FROM releases WHERE period = ?", [period])):
                    raise StoreError(entries.AGAIN.format(period=period))
                self._base.conn.executemany("INSERT INTO released VALUES (?, ?, ?, ?)", cells)
                self._base.execute(
                    "INSERT INTO releases SELECT coalesce(max(number), 0) + 1, ?, ? FROM releases",
                    [period, document],
                )
            self._settle()

    def releases(self) -> list[str]:
        return [row[0] for row in self._read("SELECT document FROM releases ORDER BY number")]

    def close(self) -> None:
        with self._lock:
            self._settle()
            self._base.conn.close()
            _set_back(self._path)

    # Beneath -------------------------------------------------------------------------------

    def _read(self, asked: str, *values: str) -> list[Any]:
        with self._lock, self._said(NOT_READ):
            return list(self._base.execute(asked, list(values)))

    def _number(self, key: str) -> int:
        return int(next(iter(self._base.execute(f"PRAGMA {key}")))[0])

    def _tables(self) -> int:
        return int(next(iter(self._base.execute("SELECT count(*) FROM sqlite_master")))[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing. IMMEDIATE: two processes wait for each other instead of failing."""
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._base.execute("COMMIT")
        except BaseException:
            if self._base.conn.in_transaction:
                self._base.execute("ROLLBACK")
            raise

    def _settle(self) -> None:
        """Empty the log and set the times back. What fails is done after the next write."""
        with suppress(sqlite3.Error):
            self._base.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        _set_back(self._path)

    @contextmanager
    def _said(self, sentence: str) -> Iterator[None]:
        """An error of the database as a sentence, without the values that it was about."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            said = TOLD.get(code, sentence)
            raise StoreError(said.format(path=self._path, why=_named(error))) from None


def _named(error: sqlite3.Error) -> str:
    return str(getattr(error, "sqlite_errorname", type(error).__name__))


def _present(path: Path, make: bool) -> None:
    """The file is there, and nobody else may read it. StoreError: it is not, or cannot be made."""
    try:
        if make:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, OURS_ONLY))
        elif not path.exists():
            raise StoreError(NOT_THERE.format(path=path))
        path.chmod(OURS_ONLY)
    except OSError as error:
        raise StoreError(NO_PLACE.format(why=error.strerror, path=path)) from None


def _set_back(path: Path) -> None:
    """The times of the files become those of the month's beginning."""
    today = clock.today()
    begun = datetime(today.year, today.month, 1, tzinfo=clock.ZONE).timestamp()
    for ending in ENDINGS:
        with suppress(OSError):
            os.utime(f"{path}{ending}", (begun, begun))


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: all at once would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _shapes(base: sqlite3.Connection) -> set[tuple[str, str, str]]:
    found = base.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master")
    return {(kind, name, sql) for kind, name, sql in found}
