"""`waypost serve` starts where it is safe, says where it is, and otherwise why it did not."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT

WAYPOST = [sys.executable, "-c", "from bot.cli import main; main()", "serve"]


def environment(**more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("WAYPOST_")}
    return {**kept, "WAYPOST_COUNTS": "off", **more}


def ended(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """`waypost serve`, which is expected to end by itself."""
    return subprocess.run(
        [*WAYPOST, "--port", "0", *words],
        cwd=ROOT,
        env=environment(**more),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_it_says_where_it_is_answers_there_and_ends_when_told() -> None:
    """Without one setting."""
    process = subprocess.Popen(
        [*WAYPOST, "--port", "0"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("Waypost is at http://127.0.0.1:")
    url = line.rpartition(" ")[2].strip()
    try:
        with httpx.Client(base_url=url) as browser:
            page = browser.get("/")
            closed = [browser.post(path).status_code for path in ("/twilio", "/telegram")]
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert page.status_code == 200
    assert "<html" in page.text
    assert closed == [404, 404]
    assert (out, err) == ("", "")


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"PYTHONASYNCIODEBUG": "1"}, "PYTHONASYNCIODEBUG"),
        ({"SENTRY_DSN": "https://hunter2@tracer.example"}, "SENTRY_DSN"),
        ({"UVICORN_ACCESS_LOG": "1"}, "UVICORN_ACCESS_LOG"),
        ({"SSLKEYLOGFILE": "hunter2"}, "SSLKEYLOGFILE"),
    ],
)
def test_it_refuses_to_start_where_others_would_speak(more: dict[str, str], named: str) -> None:
    done = ended(**more)
    assert done.returncode == 3
    assert done.stdout == ""
    assert named in done.stderr
    assert "Nothing was started." in done.stderr
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize("name", ["sentry_sdk", "ddtrace"])
def test_it_refuses_to_start_next_to_a_tracer(name: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.py").write_text("", encoding="utf-8")
    done = ended(PYTHONPATH=str(tmp_path))
    assert done.returncode == 3
    assert f"{name}: " in done.stderr


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("WAYPOST_PUBLIC_URL", "http://hunter2.example"),
        ("WAYPOST_DEBUG", "1"),
        ("WAYPOST_DOCS", "1"),
        ("WAYPOST_TWILO_NUMBER", "hunter2"),
    ],
)
def test_it_refuses_a_wrong_setting_by_its_name(key: str, value: str) -> None:
    done = ended(**{key: value})
    assert done.returncode == 1
    assert key in done.stderr
    assert "hunter2" not in done.stderr


def test_problems_in_the_flows_are_listed_and_nothing_starts(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    done = ended("--flows", str(tmp_path / "flows"))
    assert done.returncode == 2
    assert "Nothing was started." in done.stderr


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = ended("--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "cannot listen there: Address already in use" in done.stderr


def test_polling_needs_a_token() -> None:
    done = ended("--telegram-polling")
    assert done.returncode == 1
    assert "WAYPOST_TELEGRAM_TOKEN" in done.stderr
