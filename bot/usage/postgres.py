"""The counts in PostgreSQL, for several hosts. Same tables, same promises as store.py.

Rule 1: all of a batch or nothing, and once: where the connection breaks at the commit, the server
is asked what became of that transaction before the batch is tried again.
Rule 2: the schema `waypost` is ours or not there; a newer one is refused and not touched.
Rule 3: no address, no password, no value in an error.
Rule 4: a server that writes statements or times of commits down is refused: its log would be the
log of events that we do not keep.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import RLock
from typing import Any, Final, LiteralString

import psycopg

from bot.usage import entries
from bot.usage.model import Batch, StoreError
from bot.usage.schema import written

LOCK: Final = 0x57617970  # one process at a time makes or changes the tables
CONNECTION: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "application_name": "waypost",
    "options": "-c statement_timeout=5000 -c lock_timeout=5000 -c search_path=waypost",
}
QUIET: Final = {  # setting -> the values with which nothing is written down
    "log_statement": ("none", "ddl"),
    "log_min_duration_statement": ("-1",),
    "log_duration": ("off",),
    "track_commit_timestamp": ("off",),
}

NO_SERVER: Final = "The database of the counts cannot be reached ({why})."
LOUD: Final = "The database of the counts writes down what happens when; set {key} to {value}."
NOT_OURS: Final = "The schema 'waypost' of this database is not one of Waypost's counts."
NOT_THERE: Final = "There are no counts yet in this database."
NEWER: Final = "These counts were written by a newer Waypost; use that one."
NOT_WRITTEN: Final = "The counts could not be written ({why})."
NOT_READ: Final = "The counts could not be read ({why})."
NOT_SURE: Final = (
    "It is not known yet whether the counts were written; they are not written twice."
)

NAME: Final = "text NOT NULL CHECK ({0} ~ '^[A-Za-z0-9_ -]{{1,60}}$' AND {0} !~ '[0-9]{{3}}')"
PERIOD: Final = "text NOT NULL CHECK ({0} ~ '^20[0-9]{{2}}(-(Q[1-4]|[01][0-9]))?$')"
_COUNTS: Final = """
CREATE TABLE declared (
    dimension NAME,
    value NAME,
    PRIMARY KEY (dimension, value)
);
CREATE TABLE counts (
    month text NOT NULL CHECK (month ~ '^20[0-9]{2}-(0[1-9]|1[0-2])$'),
    dimension NAME,
    value NAME,
    n bigint NOT NULL CHECK (n > 0),
    PRIMARY KEY (month, dimension, value),
    FOREIGN KEY (dimension, value) REFERENCES declared
);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'counts only grow, releases are for good'; END $$;
CREATE TRIGGER counts_only_grow BEFORE UPDATE ON counts FOR EACH ROW
WHEN (NEW.n < OLD.n OR (NEW.month, NEW.dimension, NEW.value)
    IS DISTINCT FROM (OLD.month, OLD.dimension, OLD.value))
EXECUTE FUNCTION refuse();
CREATE TRIGGER counts_stay BEFORE DELETE OR TRUNCATE ON counts EXECUTE FUNCTION refuse();
"""
_RELEASES: Final = """
CREATE TABLE releases (
    number integer PRIMARY KEY CHECK (number > 0),
    period PERIOD UNIQUE,
    document text NOT NULL
);
CREATE TABLE released (
    period PERIOD,
    dimension NAME,
    value NAME,
    n bigint CHECK (n = 0 OR n >= THRESHOLD),
    PRIMARY KEY (period, dimension, value)
);
CREATE FUNCTION once() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF EXISTS (SELECT 1 FROM releases WHERE period = NEW.period) THEN
        RAISE EXCEPTION 'released before';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER released_once BEFORE INSERT ON released FOR EACH ROW EXECUTE FUNCTION once();
CREATE TRIGGER released_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON released
EXECUTE FUNCTION refuse();
CREATE TRIGGER releases_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON releases
EXECUTE FUNCTION refuse();
"""
STEPS: Final = tuple(written(step, NAME, PERIOD) for step in (_COUNTS, _RELEASES))
VERSION: Final = len(STEPS)
ADD: Final = (
    "INSERT INTO counts (month, dimension, value, n) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT (month, dimension, value) DO UPDATE SET n = counts.n + excluded.n"
)
Rows = list[tuple[str, str, str, int]]


class Postgres:
    """One database, shared by every host. Safe to use from several threads."""

    def __init__(
        self,
        where: str,
        declared: entries.Pairs = frozenset(),
        *,
        demo: bool = False,
        make: bool = True,
    ) -> None:
        self._address = where
        self.where = "PostgreSQL"  # the address may hold a password
        self._declared = frozenset(declared)
        self._asked_for_demo = demo
        self._lock = RLock()
        self._link: psycopg.Connection | None = None
        self._doubts: dict[tuple[tuple[str, str, str, int], ...], str] = {}
        try:
            self.demo = self._begin(make)
        except BaseException:
            self.close()
            raise

    def _begin(self, make: bool) -> bool:
        with self._used(NO_SERVER) as link:
            _refuse_loud(link)
            with link.transaction():
                link.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
                demo = self._bring_up_to_date(link, make)
                link.cursor().executemany(
                    "INSERT INTO declared VALUES (%s, %s) ON CONFLICT DO NOTHING",
                    sorted(self._declared),
                )
        return demo

    def _bring_up_to_date(self, link: psycopg.Connection, make: bool) -> bool:
        """All steps that are missing; whether the counts are a demonstration's."""
        version, demo = _version(link)
        if version > VERSION:
            raise StoreError(NEWER)
        if version == 0:
            if not make:
                raise StoreError(NOT_THERE)
            demo = self._asked_for_demo
            link.execute("CREATE SCHEMA waypost")
            link.execute("CREATE TABLE about (version integer NOT NULL, demo boolean NOT NULL)")
            link.execute("INSERT INTO about VALUES (0, %s)", [demo])
        for step in STEPS[version:]:
            link.execute(step.encode())
        link.execute("UPDATE about SET version = %s", [VERSION])
        return demo

    # The protocol --------------------------------------------------------------------------

    def add(self, batch: Batch) -> None:
        rows = entries.counters(batch, self._declared)
        if self.demo != self._asked_for_demo:
            raise StoreError(entries.DEMO)
        with self._used(NOT_WRITTEN) as link:
            if not self._was_written(link, rows):
                with link.transaction():
                    self._doubts[tuple(rows)] = _one(link, "SELECT pg_current_xact_id()::text")
                    link.cursor().executemany(ADD, rows)
            self._doubts.pop(tuple(rows), None)

    def _was_written(self, link: psycopg.Connection, rows: Rows) -> bool:
        """What became of these rows when they were last tried (Rule 1)."""
        number = self._doubts.get(tuple(rows))
        if number is None:
            return False
        became = _one(link, "SELECT pg_xact_status(%s::xid8)", number)
        if became == "in progress":
            raise StoreError(NOT_SURE)
        return bool(became == "committed")

    def counts(self, first: str, last: str) -> dict[tuple[str, str], int]:
        asked: LiteralString = (
            "SELECT dimension, value, sum(n)::bigint FROM counts WHERE month BETWEEN %s AND %s"
            ' GROUP BY dimension, value ORDER BY dimension COLLATE "C", value COLLATE "C"'
        )
        return {(dimension, value): n for dimension, value, n in self._read(asked, first, last)}

    def months(self) -> list[str]:
        return [row[0] for row in self._read("SELECT DISTINCT month FROM counts ORDER BY month")]

    def rows(self) -> Rows:
        return sorted(self._read("SELECT month, dimension, value, n FROM counts"))

    def keep(self, period: str, document: str) -> None:
        cells = entries.released(period, document)
        with self._used(NOT_WRITTEN) as link, link.transaction():
            link.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            if link.execute("SELECT 1 FROM releases WHERE period = %s", [period]).fetchall():
                raise StoreError(entries.AGAIN.format(period=period))
            link.cursor().executemany("INSERT INTO released VALUES (%s, %s, %s, %s)", cells)
            link.execute(
                "INSERT INTO releases SELECT coalesce(max(number), 0) + 1, %s, %s FROM releases",
                [period, document],
            )

    def releases(self) -> list[str]:
        return [row[0] for row in self._read("SELECT document FROM releases ORDER BY number")]

    def close(self) -> None:
        with self._lock:
            if self._link is not None:
                self._link.close()

    # Beneath -------------------------------------------------------------------------------

    def _read(self, asked: LiteralString, *values: str) -> list[Any]:
        with self._used(NOT_READ) as link:
            return link.execute(asked, values).fetchall()

    @contextmanager
    def _used(self, sentence: str) -> Iterator[psycopg.Connection]:
        """The connection, made anew where it was lost; an error as a sentence (Rule 3)."""
        with self._lock:
            try:
                if self._link is None or self._link.closed:
                    self._link = psycopg.connect(self._address, autocommit=True, **CONNECTION)
                yield self._link
            except psycopg.Error as error:
                if self._link is not None and self._link.broken:
                    with suppress(psycopg.Error):
                        self._link.close()
                raise StoreError(sentence.format(why=type(error).__name__)) from None


def _version(link: psycopg.Connection) -> tuple[int, bool]:
    """The version of our tables, 0 where there are none; whether they are a demonstration's."""
    if not _one(link, "SELECT count(*) FROM pg_namespace WHERE nspname = 'waypost'"):
        return 0, False
    if _one(link, "SELECT to_regclass('waypost.about')::text") is None:
        raise StoreError(NOT_OURS)
    version, demo = link.execute("SELECT version, demo FROM about").fetchall()[0]
    return version, demo


def _refuse_loud(link: psycopg.Connection) -> None:
    for key, values in QUIET.items():
        if _one(link, "SELECT current_setting(%s)", key) not in values:
            raise StoreError(LOUD.format(key=key, value=values[0]))


def _one(link: psycopg.Connection, asked: LiteralString, *values: str) -> Any:
    row = link.execute(asked, values).fetchone()
    return row[0] if row else None
