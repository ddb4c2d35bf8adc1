"""Promises 4, 24, 25: a closed set of lines, no value in any, no start where others speak."""

from __future__ import annotations

import ast
import asyncio
import io
import random
import subprocess
import sys
from dataclasses import dataclass

import pytest

from bot import quiet
from bot.quiet import Line
from tests.conftest import ROOT

CANARY = "203 555 0142"
LOUD = f"""
from bot import quiet
quiet.hush()
import logging, threading, warnings
for name in ["", *quiet.LIBRARIES, "some.other"]:
    logger = logging.getLogger(name)
    logger.setLevel(logging.DEBUG)
    logger.addHandler(logging.StreamHandler())
    logger.critical("{CANARY}")
    logger.log(99, "{CANARY}")
logging.error("{CANARY}")
warnings.simplefilter("always")
warnings.warn("{CANARY}")
def fail():
    raise ValueError("{CANARY}")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
class Sore:
    def __del__(self):
        raise KeyError("{CANARY}")
sore = Sore()
del sore
fail()
"""
HOSTILE = [
    CANARY, "+18605550100", "8605550100", "860.555.0100", "me@example.org", "a b", "\n", "\x1b[2J",
    "{place}", "%s", "<b>", "ana maria", "Ána", "", "a" * 81, "\u202e", "12:34:56:789012",
]  # fmt: skip


@dataclass
class Settings:
    """The one setting that matters here."""

    public_url: str = ""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )


def test_no_library_no_warning_and_no_exception_prints_a_value() -> None:
    """Not even at DEBUG, with handlers that somebody has added."""
    done = run(LOUD)
    assert done.returncode == 1
    assert CANARY not in done.stdout + done.stderr
    lines = done.stderr.splitlines()
    assert [line.split(" at ")[0] for line in lines] == [
        "waypost stopped: ValueError",
        "waypost stopped: KeyError",
        "waypost stopped: ValueError",
    ]


def test_the_canary_can_fail() -> None:
    assert CANARY in run(LOUD.replace("quiet.hush()", "")).stderr


def test_every_entry_point_is_quiet_first() -> None:
    from bot import cli

    with open(cli.__file__, encoding="utf-8") as file:
        imports = [line for line in file if line.startswith(("from ", "import "))]
    assert imports[1] == "from bot import quiet\n"


def test_ten_thousand_hostile_strings_never_come_out(capsys: pytest.CaptureFixture[str]) -> None:
    """As a message of an error, as a name, or as the name of a type made on the way."""
    dice = random.Random(7)
    for turn in range(10_000):
        hostile = HOSTILE[turn % len(HOSTILE)] + str(dice.randrange(10**6, 10**7))
        made = type(f"E{hostile}".replace("\x00", ""), (Exception,), {})
        quiet.report(dice.choice([ValueError, OSError, KeyError, made])(hostile))
        quiet.say(Line.WENT_ON, error=hostile, place=hostile)
    lines = set(capsys.readouterr().err.splitlines())
    assert lines == {
        *(f"waypost went on: {kind} at ?" for kind in ("ValueError", "OSError", "KeyError")),
        "waypost went on: Error at ?",
        "waypost went on: ? at ?",
    }


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_name_is_told_as_a_question_mark(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    quiet.say(Line.WENT_ON, error=name, place="engine.py:210")
    assert capsys.readouterr().err == "waypost went on: ? at engine.py:210\n"


def test_telling_never_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, a closed pipe, or no stderr at all: the answer goes out all the same."""

    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(28, "no space")

    closed = io.StringIO()
    closed.close()
    for stream in (Full(), closed, None):
        monkeypatch.setattr(sys, "stderr", stream)
        quiet.report(ValueError("x"))


def test_an_error_that_no_task_took_is_told_without_its_value(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(quiet.uncaught)
        loop.call_soon(lambda: (_ for _ in ()).throw(ValueError(CANARY)))
        loop.call_exception_handler({"message": CANARY})
        await asyncio.sleep(0.01)

    asyncio.run(story())
    told = capsys.readouterr().err
    assert sorted(line.split(" at ")[0] for line in told.splitlines()) == [
        "waypost went on: ValueError",
        "waypost went on: asyncio",
    ]
    assert CANARY not in told


def calls() -> list[tuple[str, ast.Call]]:
    """Every call of print, logging, sys.stderr.write and quiet.say in the program."""
    found = []
    for folder in ("bot", "webhook"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    found.append((str(path.relative_to(ROOT)), node))
    return found


def test_nothing_speaks_but_quiet_and_the_commands() -> None:
    found = [(path, ast.unparse(call.func)) for path, call in calls()]
    assert len(found) > 500
    loud = {
        (path, name)
        for path, name in found
        if name in ("print", "pprint") or name.startswith(("logging.", "logger.", "sys.std"))
    }
    assert {path for path, _ in loud} == {"bot/quiet.py"}
    assert not any(path.startswith("webhook/") for path, name in found if name == "click.echo")


def test_a_line_is_told_with_names_from_the_code_only() -> None:
    """Whoever calls `say` outside quiet.py passes constants."""
    assert len(calls()) > 500
    for path, call in calls():
        if ast.unparse(call.func) == "quiet.say":
            assert all(isinstance(each.value, ast.Constant) for each in call.keywords), path


@pytest.mark.parametrize("key", [key for key in quiet.KEYS if not key.endswith("_")])
def test_a_key_that_makes_others_speak_stops_the_start(key: str) -> None:
    told = quiet.unsafe(Settings(), {key: "1"}, found=lambda _: None)
    assert [line.split(":")[0] for line in told if line.startswith(key)] == [key]
    assert not any(line.startswith(key) for line in quiet.unsafe(Settings(), {key: "0"}))


@pytest.mark.parametrize("key", ["SENTRY_DSN", "OTEL_EXPORTER_OTLP_ENDPOINT", "NEW_RELIC_KEY"])
def test_keys_of_tracing_services_stop_the_start(key: str) -> None:
    value = "https://secret@tracer.example"
    told = quiet.unsafe(Settings(), {key: value}, found=lambda _: None)
    assert any(line.startswith(f"{key}: ") for line in told)
    assert not any("secret" in line for line in told)


@pytest.mark.parametrize("name", quiet.TRACERS)
def test_a_tracer_that_could_be_imported_stops_the_start(name: str) -> None:
    told = quiet.unsafe(Settings(), {}, found=lambda each: each if each == name else None)
    assert any(line.startswith(f"{name}: ") for line in told)


def test_a_public_address_without_encryption_stops_the_start() -> None:
    told = quiet.unsafe(Settings("http://waypost.example"), {}, found=lambda _: None)
    assert any(line.startswith("WAYPOST_PUBLIC_URL: ") for line in told)


def test_an_ordinary_environment_is_safe() -> None:
    done = run(
        "from bot import quiet, config; print(quiet.unsafe(config.Settings(),"
        " {'PATH': '/bin', 'HOME': '/', 'LANG': 'C', 'PYTHONDEVMODE': '0'}))"
    )
    assert done.stdout == "[]\n"


def test_developing_options_of_python_stop_the_start() -> None:
    code = "from bot import quiet, config; print(quiet.unsafe(config.Settings(), {}))"
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True, check=False
    )
    assert "python -X dev" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has prctl")
def test_a_process_that_dies_leaves_no_memory_behind() -> None:
    code = (
        "import ctypes, resource; from bot import quiet; quiet.no_dumps();"
        "print(ctypes.CDLL(None).prctl(3), resource.getrlimit(resource.RLIMIT_CORE))"
    )
    assert run(code).stdout == "0 (0, 0)\n"
