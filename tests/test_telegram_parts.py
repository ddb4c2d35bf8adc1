"""The parts of the Telegram door by themselves: order, pace, memory, and what never shows."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from time import perf_counter

import pytest

from bot.model import Language
from bot.sessions import Masks
from tests.conftest import ROOT
from tests.telegram_fake import BOT
from webhook.chats import DELETABLE_SECONDS, OTHERS_MOST, Asked, Chat, Chats
from webhook.courier import Courier, To
from webhook.introduction import codes
from webhook.lanes import ALL_SECONDS, LANE_MOST, Lanes, Pace
from webhook.turn import command_of
from webhook.updates import Pressed, Typed

A, B = b"a", b"b"


async def test_a_lane_keeps_the_order_in_which_messages_came() -> None:
    lanes, done = Lanes(), list[int]()

    async def work(number: int) -> None:
        async with lanes.enter(A) as entered:
            await asyncio.sleep(0.001 * (5 - number))
            if entered:
                done.append(number)

    await asyncio.gather(*map(work, range(5)))
    assert done == [0, 1, 2, 3, 4]
    assert len(lanes) == 0


async def test_a_lane_is_bounded_and_holds_up_no_other() -> None:
    lanes, entered = Lanes(), list[bool]()
    async with lanes.enter(A):
        tasks = [asyncio.create_task(_enter(lanes, A, entered)) for _ in range(LANE_MOST + 3)]
        await asyncio.sleep(0)
        await _enter(lanes, B, entered)
        assert entered.count(False) == 4
        assert entered.count(True) == 1
    await asyncio.gather(*tasks)
    assert len(lanes) == 0


async def _enter(lanes: Lanes, chat: bytes, entered: list[bool]) -> None:
    async with lanes.enter(chat) as found:
        entered.append(found)


async def test_all_chats_together_are_sent_to_thirty_times_a_second() -> None:
    pace, start = Pace(), perf_counter()
    until = asyncio.get_running_loop().time() + 9
    turns = [pace.turn(str(number).encode(), until) for number in range(13)]
    assert all(await asyncio.gather(*turns))
    assert perf_counter() - start >= 12 * ALL_SECONDS


async def test_a_chat_that_is_held_is_told_at_once_that_it_is_too_late() -> None:
    pace, start = Pace(), perf_counter()
    pace.hold(A, 60)
    until = asyncio.get_running_loop().time() + 5
    assert not await pace.turn(A, until)
    assert await pace.turn(B, until)
    assert perf_counter() - start < 1


def test_of_messages_to_be_deleted_only_those_are_known_that_can_be() -> None:
    chat = Chat().leaving(range(3), 0.0).leaving([7], 1000.0)
    assert chat.deletable(DELETABLE_SECONDS) == [0, 1, 2, 7]
    assert chat.deletable(DELETABLE_SECONDS + 1) == [7]
    assert not chat.partly
    full = chat.leaving(range(100, 100 + OTHERS_MOST), 1000.0)
    assert len(full.others) == OTHERS_MOST
    assert full.partly


def test_a_question_is_known_by_its_mark_also_where_it_may_not_have_arrived() -> None:
    one, two = Asked("one", "x"), Asked("two", "y")
    chat = Chat(asked=one, perhaps=two)
    assert (chat.question("one"), chat.question("two"), chat.question("")) == (one, two, None)


def test_reading_a_chat_creates_none_and_no_id_is_kept() -> None:
    chats = Chats(Masks(), lambda: 0.0)
    mask = chats.mask(700001)
    assert chats.get(mask) == Chat()
    assert len(chats) == 0
    assert b"700001" not in mask
    assert Chats(Masks(), lambda: 0.0).mask(700001) != mask


def test_a_command_may_name_the_bot_and_carry_a_code() -> None:
    assert command_of("/start es-clinic") == ("/start", "es-clinic")
    assert command_of("/help@waypost_bot") == ("/help", "")
    for text in ("start", "/", "/start two words", "/start " + "x" * 65, "/start ?", "", "/9"):
        assert command_of(text) == ("", "")


def test_each_code_of_telegram_s_stands_for_one_language() -> None:
    spoken = ("en", "es", "pt_BR", "kek", "zh_Hans", "zh_Hant")
    found = codes(tuple(map(Language, spoken)))
    assert found == {"en": "", "es": "es", "pt_BR": "pt", "zh_Hans": "zh"}


async def test_nothing_that_is_handled_shows_a_chat_a_word_or_the_token() -> None:
    courier = Courier(BOT, "http://127.0.0.1:9", Pace())
    held = (
        Typed(1, 700001, 2, "canary", 3), Pressed(1, 700001, 2, "canary", "canary"),
        To(700001, A, 0.0), courier,
    )  # fmt: skip
    for each in held:
        shown = f"{each!r} {each}"
        assert BOT not in shown
        assert "700001" not in shown
        assert "canary" not in shown
    await courier.close()


LOUD = """
import asyncio, logging, sys
from bot.quiet import hush
logging.basicConfig(level=logging.DEBUG)
hush()
from datetime import date
from pathlib import Path
from bot.load import load
from tests.telegram_fake import Fake, RefusedError, BOT
from tests.telegram_street import street
async def main():
    program = load(Path("flows"), Path("locales"), today=date(2026, 11, 22))
    async with street(program) as here:
        await here.say("the canary sings", 700001)
        for code in (400, 401, 403, 404, 409, 500, 502):
            refusal = RefusedError(code, "canary " + BOT)
            for method in ("sendMessage", "editMessageText", "deleteMessage"):
                here.fake.refusals[method, 700001] = [refusal]
            await here.say("the canary sings", 700001)
    async with street(program, server="http://127.0.0.1:9") as here:
        await here.say("the canary sings", 700001)
asyncio.run(main())
"""


@pytest.mark.full
def test_whatever_telegram_answers_only_the_type_of_an_error_and_its_place_are_told() -> None:
    """With every library at its loudest."""
    done = subprocess.run([sys.executable, "-c", LOUD], cwd=ROOT, capture_output=True, text=True)
    lines = (done.stdout + done.stderr).splitlines()
    assert done.returncode == 0, done.stderr
    assert len(lines) > 5
    told = ("waypost went on: InvalidToken at ", "waypost went on: Conflict at ", "telegram ")
    assert [line for line in lines if not line.startswith(told)] == []
    for secret in (BOT, "made-up", "700001", "canary", "127.0.0.1"):
        assert secret not in done.stdout + done.stderr
