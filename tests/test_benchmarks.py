"""The benchmarks still run, and refuse what does not work. Nothing is timed here."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # no types

from benchmarks import caller, webhook
from benchmarks.doors import DOORS, PATH, TOKEN, URL
from benchmarks.subjects import TYPED
from tests.conftest import ROOT

QUICK_SECONDS = 500  # a loaded machine


@pytest.mark.full
@pytest.mark.parametrize("name", ["engine", "webhook"])
def test_a_quick_run_ends_and_tells_of_every_goal(name: str) -> None:
    command = [sys.executable, "-m", f"benchmarks.{name}", "--quick"]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=QUICK_SECONDS, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    told = [line for line in ended.stdout.splitlines() if line.endswith(("met |", "missed |"))]
    assert len(told) >= 2


def test_every_message_is_signed_as_twilio_signs_and_is_nobody_elses() -> None:
    validator, seen = RequestValidator(TOKEN), set()
    for before, after in (request for talk in islice(caller.talks(), 3) for request in talk):
        form = dict(parse_qsl(after.decode().lstrip(), keep_blank_values=True))
        signature = before.decode().partition("x-twilio-signature: ")[2].strip()
        assert validator.validate(URL + PATH, form, signature)
        seen.add(form["MessageSid"])
    assert len(seen) == 3 * len(TYPED)


@pytest.mark.parametrize("change", [{"proof": b"another"}, {"status": 403}])
def test_a_door_that_answers_otherwise_is_refused(change: dict[str, object]) -> None:
    run = caller.Run(islice(caller.talks(), 1), DOORS["raw"].proof)
    with webhook.serving("raw", None) as running, asyncio.Runner() as loop:
        loop.run(caller.call(running.port, run, 1))
        assert len(run.times) == len(TYPED)
        again = replace(run, talks=islice(caller.talks(), 1), **change)  # type: ignore[arg-type]  # two of its fields
        with pytest.raises(caller.WrongError):
            loop.run(caller.call(running.port, again, 1))
