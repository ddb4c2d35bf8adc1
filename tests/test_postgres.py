"""PostgreSQL keeps the same promises as the file, and these besides: hosts, lost connections."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.usage import entries, postgres
from bot.usage.model import StoreError
from tests.conftest import ROOT
from tests.kept import FOOD, JULY, STARTED, Open, document, opening

pytestmark = pytest.mark.full
WORD = "hunter2"  # of the made-up database


def programs() -> Path | None:
    """Where PostgreSQL's programs are: the newest of Debian's, or those of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    named = shutil.which("initdb")
    return found[-1] if found else Path(named).parent if named else None


@contextmanager
def as_nobody(folder: Path) -> Iterator[dict[str, Any]]:
    """PostgreSQL does not run as root; who else owns its folder."""
    if os.getuid() != 0:
        yield {}
        return
    shutil.chown(folder, "postgres", "postgres")
    yield {"user": "postgres", "group": "postgres", "extra_groups": []}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server of its own, reached by a socket in its folder alone."""
    where = programs()
    if where is None and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is not installed here: apt-get install postgresql")
    assert where is not None, "CI installs postgresql"
    with tempfile.TemporaryDirectory(prefix="waypost-pg-") as name, as_nobody(Path(name)) as who:
        data = f"{name}/data"
        start = f"-c listen_addresses='' -c unix_socket_directories={name} -c fsync=off"
        run = partial(subprocess.run, check=True, stdout=subprocess.DEVNULL, cwd=name, **who)
        for words in (
            [where / "initdb", "-D", data, "-U", "postgres", "--no-sync", "-A", "trust"],
            [where / "pg_ctl", "-D", data, "-o", start, "-l", f"{name}/log", "-w", "start"],
        ):
            run(list(map(str, words)))
        try:
            yield f"postgresql://postgres:{WORD}@/postgres?host={name}"
        finally:
            run([str(where / "pg_ctl"), "-D", data, "-m", "immediate", "stop"])


@pytest.fixture
def where(server: str) -> str:
    """An empty database."""
    with psycopg.connect(server, autocommit=True) as link:
        link.execute("DROP SCHEMA IF EXISTS waypost CASCADE")
    return server


@pytest.fixture
def open_it(where: str) -> Iterator[Open]:
    with opening(where) as opened:
        yield opened


def test_what_is_added_is_read_again_by_months(open_it: Open) -> None:
    store = open_it()
    store.add({(JULY, *STARTED): 11, (JULY, *FOOD): 5})
    store.add({(JULY, *STARTED): 12, ("2026-08", *FOOD): 7})
    again = open_it(frozenset(), make=False)
    assert again.counts(JULY, JULY) == {STARTED: 23, FOOD: 5}
    assert again.counts(JULY, "2026-08") == {STARTED: 23, FOOD: 12}
    assert again.months() == [JULY, "2026-08"]
    assert (JULY, *FOOD, 5) in again.rows()
    assert again.demo is False


@pytest.mark.parametrize(
    "counter", [(JULY, "need", "2035550142"), ("2026-07-14", *FOOD), ("July", *FOOD)]
)
def test_only_what_is_declared_can_be_added(counter: tuple[str, str, str], open_it: Open) -> None:
    store = open_it()
    with pytest.raises(StoreError):
        store.add({counter: 11, (JULY, *FOOD): 11})
    assert store.rows() == []


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO counts VALUES ('2026-07', 'need', 'money', 1)",
        "INSERT INTO counts VALUES ('2026-07-14', 'need', 'food', 1)",
        "INSERT INTO declared VALUES ('need', '203-555-0142')",
        "UPDATE counts SET n = n - 1",
        "UPDATE counts SET value = 'talk'",
        "DELETE FROM counts",
        "TRUNCATE counts",
        "UPDATE releases SET document = '{}'",
        "DELETE FROM releases",
        "TRUNCATE released",
        "INSERT INTO released VALUES ('2026', 'need', 'talk', 11)",
        "INSERT INTO released VALUES ('2025', 'need', 'talk', 10)",
    ],
)
def test_the_database_itself_refuses_what_is_not_declared_and_what_would_change(
    statement: str, open_it: Open, where: str
) -> None:
    store = open_it()
    store.add({(JULY, *FOOD): 12})
    store.keep("2026", document())
    before = (store.rows(), store.releases())
    with (
        psycopg.connect(where, options="-c search_path=waypost") as link,
        pytest.raises(psycopg.Error),
    ):
        link.execute(statement.encode())
    assert (store.rows(), store.releases()) == before


def test_a_release_is_kept_once_with_its_cells(open_it: Open, where: str) -> None:
    store = open_it()
    store.keep("2025", document("2025"))
    store.keep("2026", document("2026", 44, food=44, other=0))
    with pytest.raises(StoreError, match="2025 was released before"):
        store.keep("2025", document("2025", 99, food=99))
    assert store.releases() == [document("2025"), document("2026", 44, food=44, other=0)]
    with psycopg.connect(where, options="-c search_path=waypost") as link:
        cells = link.execute("SELECT * FROM released WHERE period = '2026' ORDER BY 2, 3")
        assert cells.fetchall() == [
            ("2026", "conversation", "started", 44),
            ("2026", "need", "food", 44),
            ("2026", "need", "other", 0),
        ]


def test_hosts_that_write_at_once_lose_nothing_and_double_nothing(open_it: Open) -> None:
    def host(_: int) -> None:
        store = open_it()
        for _ in range(50):
            store.add({(JULY, *STARTED): 11, (JULY, *FOOD): 2})

    with ThreadPoolExecutor(4) as hosts:
        list(hosts.map(host, range(4)))
    assert open_it(frozenset()).counts(JULY, JULY) == {STARTED: 2200, FOOD: 400}


def cut(where: str) -> None:
    """The server ends every connection of ours."""
    with psycopg.connect(where, autocommit=True) as link:
        link.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'waypost'"
        )


def test_a_lost_connection_is_made_anew(open_it: Open, where: str) -> None:
    store = open_it()
    cut(where)
    with pytest.raises(StoreError):
        store.add({(JULY, *FOOD): 3})
    store.add({(JULY, *FOOD): 3})
    assert store.counts(JULY, JULY) == {FOOD: 3}


def test_a_commit_whose_answer_was_lost_is_not_written_twice(
    open_it: Open, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_it()
    leave = psycopg.Transaction.__exit__

    def unheard(self: psycopg.Transaction, *error: Any) -> Any:
        leave(self, *error)
        if error[0] is None:
            cut(where)
            raise psycopg.OperationalError("the answer was lost")
        return None

    with monkeypatch.context() as deaf:
        deaf.setattr(psycopg.Transaction, "__exit__", unheard)
        with pytest.raises(StoreError):
            store.add({(JULY, *FOOD): 3})
    with pytest.raises(StoreError, match="could not be written"):  # the line is found to be dead
        store.add({(JULY, *STARTED): 11})
    store.add({(JULY, *FOOD): 3})
    assert store.counts(JULY, JULY)[FOOD] == 3
    store.add({(JULY, *FOOD): 3})
    assert store.counts(JULY, JULY)[FOOD] == 6


def test_a_newer_schema_and_a_strange_one_are_refused_and_left_alone(
    open_it: Open, where: str
) -> None:
    open_it().close()
    with psycopg.connect(where, autocommit=True) as link:
        link.execute("UPDATE waypost.about SET version = 99")
        with pytest.raises(StoreError, match="newer"):
            open_it()
        link.execute("DROP SCHEMA waypost CASCADE; CREATE SCHEMA waypost")
        with pytest.raises(StoreError, match="not one of"):
            open_it()
        link.execute("DROP SCHEMA waypost")
    with pytest.raises(StoreError, match="no counts yet"):
        open_it(frozenset(), make=False)


def test_an_older_schema_is_brought_up_to_date_and_a_failure_leaves_it_as_it_was(
    open_it: Open, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(postgres, "STEPS", postgres.STEPS[:1])
        older.setattr(postgres, "VERSION", 1)
        store = open_it()
        store.add({(JULY, *FOOD): 12})
        store.close()
    with monkeypatch.context() as broken:
        broken.setattr(postgres, "STEPS", (*postgres.STEPS, "CREATE TABLE counts (n int)"))
        broken.setattr(postgres, "VERSION", 3)
        with pytest.raises(StoreError):
            open_it()
    with psycopg.connect(where) as link:
        assert link.execute("SELECT version FROM waypost.about").fetchone() == (1,)
        assert link.execute("SELECT to_regclass('waypost.released')").fetchone() == (None,)
    again = open_it()
    again.keep("2026", document())
    assert again.counts(JULY, JULY) == {FOOD: 12}


@pytest.mark.parametrize(
    ("key", "loud"),
    [("log_statement", "all"), ("log_min_duration_statement", "0"), ("log_duration", "on")],
)
def test_a_server_that_writes_statements_down_is_refused(
    key: str, loud: str, open_it: Open, where: str
) -> None:
    with psycopg.connect(where, autocommit=True) as link:
        link.execute(f"ALTER DATABASE postgres SET {key} = '{loud}'".encode())
        try:
            with pytest.raises(StoreError, match=f"set {key} to"):
                open_it()
        finally:
            link.execute(f"ALTER DATABASE postgres RESET {key}".encode())


def test_a_demonstration_and_real_counts_are_never_mixed(open_it: Open) -> None:
    open_it(demo=True).add({(JULY, *FOOD): 12})
    real = open_it()
    assert real.demo is True
    with pytest.raises(StoreError, match="demonstration"):
        real.add({(JULY, *FOOD): 1})
    assert open_it(frozenset()).counts(JULY, JULY) == {FOOD: 12}


def test_no_error_shows_the_address_or_the_password(open_it: Open, where: str) -> None:
    gone = where.replace("/postgres?", "/nowhere?")
    with pytest.raises(StoreError) as caught:
        open_it(at=gone)
    shown = str(caught.value) + repr(caught.value)
    assert "cannot be reached" in shown
    assert WORD not in shown
    assert "nowhere" not in shown
    assert caught.value.__cause__ is None


def test_the_driver_is_loaded_only_where_it_is_used() -> None:
    """It is an extra: the file needs nothing of it. Also holds without a server."""
    code = (
        "import sys; from bot import cli; from bot.usage import store; import webhook.counting;"
        "print('psycopg' in sys.modules, hasattr(store, 'open_store'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False True\n"


def test_the_same_sentence_for_the_same_refusal(open_it: Open) -> None:
    with pytest.raises(StoreError, match=entries.UNDECLARED):
        open_it(frozenset()).add({(JULY, *FOOD): 1})
