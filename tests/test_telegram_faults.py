"""Telegram where things go wrong: twice, late, too fast, refused, forged, out of reach."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.types import Message

from bot.load import Program
from bot.model import SOURCE, TextId
from tests.telegram_fake import BOT, RefusedError
from tests.telegram_street import HELLO, HELP, ME, YOU, Street, opened, refuse, street
from webhook import app as whole
from webhook import introduction, telegram


@pytest.fixture
async def here(shipped: Program) -> AsyncIterator[Street]:
    async with street(shipped) as found:
        yield found


# Twice, late, refused ---------------------------------------------------------------------


async def test_what_telegram_sends_again_changes_nothing(here: Street) -> None:
    hi = here.fake.typed(ME, "hi")
    await asyncio.gather(*[here.fake.once(hi) for _ in range(5)])
    yes = here.fake.pressed(ME, here.card(), "1")
    await asyncio.gather(*[here.fake.once(yes) for _ in range(5)])
    calls = len(here.fake.calls)
    await here.fake.deliver(hi)
    assert len(here.fake.calls) == calls
    assert [event.dimension for event in here.counted] == ["conversation", "language"]
    assert here.fake.deliveries == [200] * 11


async def test_a_chat_that_must_wait_holds_up_no_other_and_gets_nothing_late(
    here: Street,
) -> None:
    await here.say("hi")
    await here.say("hi", YOU)
    refuse(here, "editMessageText", RefusedError(429, "Too Many Requests", 60))
    await here.press("1")
    await here.press("1", YOU)
    assert here.card().text.startswith(HELLO)
    assert "Who needs help?" in here.card(YOU).text
    assert not here.fake.queries


async def test_a_chat_that_must_wait_a_little_gets_its_answer_then(here: Street) -> None:
    await here.say("hi")
    refuse(here, "editMessageText", RefusedError(429, "Too Many Requests", 1))
    await here.press("1")
    assert "Who needs help?" in here.card().text


async def test_the_help_line_is_shown_even_late(shipped: Program) -> None:
    async with street(shipped, seconds=0.5) as here:
        await here.say("hi")
        refuse(here, "editMessageText", RefusedError(429, "Too Many Requests", 1))
        await here.press("0")
        assert HELP in here.card().text


async def test_a_press_that_nobody_saw_answered_may_be_pressed_again(here: Street) -> None:
    """What is on the screen is what holds: 1 means the same as before."""
    await here.say("hi")
    card = here.card()
    refuse(here, "editMessageText", RefusedError(400, "internal"), RefusedError(400, "internal"))
    here.fake.refusals["sendMessage", ME] = [RefusedError(500, "Internal Server Error")]
    await here.press("1")
    assert here.card() == card
    here.fake.refusals.clear()
    await here.press("1")
    assert "Who needs help?" in here.card().text


async def test_an_edit_that_was_done_but_never_confirmed_still_holds(shipped: Program) -> None:
    async with street(shipped, seconds=0.5) as here:
        await here.say("hi")
        here.fake.swallowed["editMessageText", ME] = 1
        await here.press("1")
        assert "Who needs help?" in here.card().text
        await here.press("1")
        assert "Who needs help?" not in here.card().text
        assert HELLO not in here.card().text


async def test_a_message_that_waited_at_telegram_is_deleted_and_not_answered(
    here: Street,
) -> None:
    """The phone may be in other hands by now. The help line is shown even so."""
    await here.say("hi", at=here.time.now - 3600)
    assert here.screen() == []
    await here.say("0", at=here.time.now - 3600)
    assert HELP in here.card().text


async def test_clocks_that_disagree_do_not_silence_the_bot(here: Street) -> None:
    for chat, off in ((ME, -50), (YOU, 50), (3, 5000), (4, -400_000), (5, -1_800_000_000)):
        update = here.fake.typed(chat, "hi")
        update["message"]["date"] += off
        await here.fake.deliver(update)
        assert here.card(chat).text.startswith(HELLO)


async def test_somebody_who_blocked_the_bot_costs_nothing_and_is_forgotten(
    here: Street,
) -> None:
    await here.say("hi")
    here.fake.blocked.add(ME)
    await here.press("1")
    assert here.fake.deliveries[-1] == 200
    assert len(here.door.chats) == 0


async def test_a_fault_of_our_own_still_gets_the_help_line(shipped: Program) -> None:
    """Here the hello is missing from the catalog."""
    said = dict(shipped.catalog.said[SOURCE])
    del said[TextId("start/hello/ask")]
    broken = replace(shipped, catalog=replace(shipped.catalog, said={SOURCE: said}))
    async with street(broken) as here:
        await here.say("hi")
        assert HELP in here.card().text


async def test_telegram_out_of_reach_is_survived(shipped: Program) -> None:
    async with street(shipped, server="http://127.0.0.1:9") as here:
        assert await here.fake.once(here.fake.typed(ME, "hi")) == 200


async def test_one_flooder_sees_the_help_line_and_holds_up_nobody(here: Street) -> None:
    await here.say("hi")
    updates = [here.fake.typed(ME, f"canary {n}") for n in range(60)]
    await asyncio.gather(*map(here.fake.once, updates), here.say("hi", YOU))
    assert here.card(YOU).text.startswith(HELLO)
    assert HELP in here.card().text
    assert len(here.door.lanes) == 0


# Who is let in ------------------------------------------------------------------------------


async def test_without_the_secret_nothing_happens(here: Street) -> None:
    body = json.dumps(here.fake.typed(ME, "hi")).encode()
    for shown in (None, "", "x", "\xe9", telegram.secret(BOT)[:-1], BOT):
        headers = [] if shown is None else [(b"X-Telegram-Bot-Api-Secret-Token", shown.encode())]
        answer = await here.http.post("/telegram", content=body, headers=headers)
        assert (answer.status_code, answer.content) == (403, b"")
    assert here.fake.calls == []


async def test_without_the_secret_nothing_of_a_body_is_read(here: Street) -> None:
    """A stranger cannot make us wait, nor take 128 kB; with the secret the body is awaited."""
    good = telegram.secret(BOT).encode()
    name = telegram.HEADER.encode()
    for shown in ([], [(name, b"x")], [(name, good), (name, good)], [(name, good[:-1])]):
        assert await unread(here, shown) == 403
    with pytest.raises(ReadError):
        await unread(here, [(name, good)])


class ReadError(Exception):
    """The body was asked for."""


async def unread(here: Street, headers: list[tuple[bytes, bytes]]) -> int:
    """The status of a request whose body must not be read."""
    statuses: list[int] = []

    async def receive() -> Message:
        raise ReadError

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {"type": "http", "method": "POST", "path": "/telegram", "query_string": b""}
    await here.app(scope | {"headers": [(b"content-length", b"9"), *headers]}, receive, send)
    return statuses[0]


def strange() -> list[bytes]:
    """Bodies that are no update of a private chat."""
    chat = {"id": ME, "type": "private"}
    message = {"message_id": 1, "chat": chat, "text": "hi", "date": 1}
    found: list[Any] = [
        None, [], "x", 1, {}, {"update_id": 1}, {"update_id": True, "message": message},
        {"update_id": "1", "message": message}, {"update_id": 1, "message": [message]},
        {"update_id": 1, "message": {**message, "chat": {**chat, "type": "group"}}},
        {"update_id": 1, "message": {**message, "chat": {**chat, "id": "7"}}},
        {"update_id": 1, "message": {**message, "message_id": 1.5}},
        {"update_id": 1, "edited_message": message}, {"update_id": 1, "channel_post": message},
        {"update_id": 1, "callback_query": {"id": "1", "data": "1:abcdefgh"}},
    ]  # fmt: skip
    raw = [b"", b"{", b"\xff", b"[" * 9000, b'{"update_id": ' + b"9" * 5000 + b"}", b"\x00"]
    return [json.dumps(each).encode() for each in found] + raw


async def test_whatever_telegram_sends_is_taken_and_only_private_chats_are_answered(
    here: Street,
) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": telegram.secret(BOT)}
    for body in strange():
        assert await here.post(body, headers) == 200, body[:50]
    assert here.fake.calls == []


async def test_a_button_with_strange_data_is_the_hello(here: Street) -> None:
    for data in ("", "x", "1", "10:abcdefgh", "1:abc", "1:abcdefgh:", "9" * 64):
        await here.say("hi")
        here.time.now += 16 * 60
        update = here.fake.pressed(ME, here.card(), "1")
        update["callback_query"]["data"] = data
        await here.fake.deliver(update)
        assert here.card().text.startswith(HELLO)


# As it is served --------------------------------------------------------------------------


async def test_a_chat_gets_one_message_a_second_and_others_do_not_wait(shipped: Program) -> None:
    """The whole application, and a Telegram that answers 429 to anything faster."""
    async with street(shipped, pace=0.9) as here:
        await asyncio.gather(here.say("hi"), *[here.say("hi", chat) for chat in range(1, 9)])
        await here.say("1")
        await here.press("1")
        assert len(here.card().buttons) > 4
        times = here.fake.shown_at[ME]
        assert len(times) == 3
        assert here.fake.hurried == []
        first = [times[0] for times in here.fake.shown_at.values()]
        assert max(first) - min(first) < 2


async def test_the_bot_is_introduced_in_every_language(here: Street) -> None:
    assert await introduction.connect(here.door.house)
    assert here.fake.hook == {
        "url": "https://waypost.example/telegram",
        "secret_token": telegram.secret(BOT),
        "allowed_updates": ["message", "callback_query"],
    }
    spoken = set(introduction.codes(here.door.house.program.catalog.languages).values())
    assert {"", "es"} <= spoken
    assert set(here.fake.said) == {
        (what, code) for what in ("commands", "about", "short") for code in spoken
    }
    assert here.fake.said["commands", "es"] == "start help language stop"
    assert "Telegram" in here.fake.said["about", ""]


async def test_telegram_out_of_reach_is_no_reason_not_to_serve(shipped: Program) -> None:
    async with street(shipped, server="http://127.0.0.1:9") as here:
        assert not await introduction.connect(here.door.house)


@pytest.mark.parametrize("polling", [False, True])
async def test_serving_introduces_the_bot_once_and_beside_everything_else(
    here: Street, polling: bool
) -> None:
    codes = introduction.codes(here.door.house.program.catalog.languages)
    async with opened(whole.create_app(here.door.house, polling=polling)):
        for _ in range(500):
            if len(here.fake.said) == 3 * len(codes):
                break
            await asyncio.sleep(0.02)
    assert here.fake.said["commands", ""] == "start help language stop"
    introduced = here.fake.named("setMyCommands")
    assert len(introduced) == len(codes) > 10


async def test_serving_begins_at_once_and_goes_on_where_telegram_is_out_of_reach(
    shipped: Program, capfd: pytest.CaptureFixture[str]
) -> None:
    """One line tells of it, with nothing in it."""
    async with street(shipped, server="http://127.0.0.1:9") as here:
        begin = asyncio.get_running_loop().time()
        async with opened(whole.create_app(here.door.house)):
            assert asyncio.get_running_loop().time() - begin < 5
            told = ""
            async with asyncio.timeout(20):
                while "\n" not in told:
                    await asyncio.sleep(0.05)
                    told += capfd.readouterr().err
    out, err = capfd.readouterr()
    assert (out, told + err) == ("", "telegram cannot be reached\n")


async def test_without_a_public_address_updates_are_asked_for(here: Street) -> None:
    here.fake.hook = {"url": "https://old.example"}
    here.fake.waiting = [here.fake.typed(ME, "hi"), here.fake.typed(YOU, "0")]
    polling = asyncio.create_task(telegram.poll(here.door.house))
    for _ in range(200):
        await asyncio.sleep(0.02)
        if len(here.fake.shown_at) == 2:
            break
    polling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await polling
    assert here.card().text.startswith(HELLO)
    assert HELP in here.card(YOU).text
