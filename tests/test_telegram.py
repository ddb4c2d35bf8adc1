"""Telegram, from the person's side: one card, and nothing else of it is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.load import Program
from tests.telegram_fake import DELETABLE, RefusedError, Shown
from tests.telegram_street import HELLO, HELP, ME, YOU, Street, refuse, street
from webhook.share import mark


@pytest.fixture
async def here(shipped: Program) -> AsyncIterator[Street]:
    async with street(shipped) as found:
        yield found


# One card -------------------------------------------------------------------------------


async def test_a_whole_conversation_is_one_card_that_edits_itself(here: Street) -> None:
    await here.say("/start")
    first = here.card()
    assert first.text.startswith(HELLO)
    for digit in "112":
        await here.press(digit)
    await here.say("bridgeport")
    assert HELP in here.card().text
    assert here.card().id == first.id
    assert len(here.fake.named("sendMessage")) == 1
    assert not here.fake.queries


async def test_what_a_person_types_is_understood_and_gone(here: Street) -> None:
    await here.say("hello, my name is Canary")
    await here.say("yes")
    assert "Who needs help?" in here.card().text
    typed = [given["message_id"] for given in here.fake.named("deleteMessage")]
    assert len(typed) == 2


async def test_every_call_goes_without_sound_preview_or_markup(here: Street) -> None:
    await here.say("hi")
    sent = here.fake.named("sendMessage")
    assert len(sent) == 1
    assert sent[0]["disable_notification"] == "true"
    assert sent[0]["link_preview_options"] == {"is_disabled": True}


async def test_a_picture_is_deleted_and_answered_kindly(here: Street) -> None:
    await here.say(None)
    assert here.card().text.startswith("I cannot see pictures")
    assert HELLO in here.card().text


async def test_a_card_that_was_deleted_is_sent_anew(here: Street) -> None:
    await here.say("hi")
    here.fake.chats[ME].clear()
    await here.say("1")
    assert "Who needs help?" in here.card().text


async def test_somebody_who_comes_back_gets_the_same_hello_where_they_see_it(
    here: Street,
) -> None:
    """After a quarter of an hour, and after /start: a new card below, and no old one."""
    await here.say("hi")
    hello, card = here.card().text, here.card().id
    await here.press("1")
    for again in ("1", "/start"):
        here.time.now += 16 * 60
        await here.say(again)
        assert here.card().text == hello
        assert here.card().id > card
    here.time.now += 16 * 60
    await here.press("1")
    assert here.card().text == hello


async def test_the_commands_mean_help_and_leaving(here: Street) -> None:
    await here.say("/start@waypost_bot")
    await here.say("/help")
    assert HELP in here.card().text
    for chat, goodbye in ((ME, "/stop"), (YOU, "/cancel")):
        await here.say(goodbye, chat)
        assert here.card(chat).text.startswith("Bye.")


@pytest.mark.parametrize(
    ("code", "hello", "source"),
    [
        ("es", "Hola", None),
        ("clinic", "Hi.", "clinic"),
        ("es-clinic", "Hola", "clinic"),
        ("canary", "Hi.", None),
        ("es-canary-shop", "Hola", "shop"),
        (f"es-{mark('shelter')}", "Hola", "shelter"),
    ],
)
async def test_a_link_carries_a_language_and_a_kind_of_place_counted_once(
    here: Street, code: str, hello: str, source: str | None
) -> None:
    update = here.fake.typed(ME, f"/start {code}")
    await here.fake.deliver(update)
    await here.fake.deliver(update)
    assert here.card().text.startswith(hello)
    await here.press("1")
    found = [event.value for event in here.counted if event.dimension == "source"]
    assert found == ([source] if source else [])


# Leaving --------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["button", "9", "/stop"])
async def test_after_leaving_only_the_goodbye_is_left_and_nothing_is_kept(
    here: Street, by: str
) -> None:
    await here.say("hi")
    await here.press("1")
    await (here.press("9") if by == "button" else here.say(by))
    assert here.card().text.startswith("Bye. I keep nothing about you.")
    assert "I have deleted the messages of this talk." in here.card().text
    assert [each["text"] for each in here.card().buttons] == ["Start"]
    assert len(here.door.chats) == 0
    await here.fake.deliver(here.fake.pressed(ME, here.card(), "Start"))
    assert here.card().text.startswith(HELLO)


async def test_the_end_that_the_flows_offer_erases_too(here: Street) -> None:
    await here.say("/start")
    for digit in "112":
        await here.press(digit)
    for said in ("bridgeport", "erase this"):
        await here.say(said)
    await here.press("1")
    assert here.card().text.startswith("Bye. I have forgotten this talk.")
    assert len(here.door.chats) == 0


async def test_what_could_not_be_deleted_at_once_is_deleted_on_leaving(here: Street) -> None:
    refuse(here, "deleteMessage", RefusedError(429, "Too Many Requests", 30))
    await here.say("hi")
    refuse(here, "deleteMessage", RefusedError(429, "Too Many Requests", 30))
    await here.say("1")
    assert len(here.screen()) == 3
    await here.press("9", on=here.fake.screen(ME)[1])
    assert here.card().text.startswith("Bye.")
    assert "some messages" not in here.card().text.lower()


async def test_what_is_too_old_to_be_deleted_is_told_truthfully(here: Street) -> None:
    refuse(here, "deleteMessage", RefusedError(429, "Too Many Requests", 30))
    await here.say("the canary sings")
    card = here.fake.screen(ME)[1]
    here.time.now += DELETABLE - 60
    await here.press("1", on=card)
    here.time.now += 120
    await here.press("9", on=card)
    assert here.screen()[0] == "the canary sings"
    assert here.screen()[1].startswith("Bye.")
    assert "Some messages here may be left." in here.screen()[1]
    assert len(here.screen()) == 2


async def test_a_card_too_old_to_be_deleted_becomes_the_goodbye(here: Street) -> None:
    await here.say("hi")
    card = here.card()
    here.time.now += DELETABLE - 60
    await here.press("1")
    here.time.now += 16 * 60
    await here.say("9")
    assert here.card().id == card.id
    assert here.card().text.startswith("Bye.")


async def test_a_hundred_messages_that_waited_go_with_one_call(here: Street) -> None:
    await here.say("hi")
    here.fake.refusals["deleteMessage", ME] = [RefusedError(429, "", 9) for _ in range(20)]
    for number in range(20):
        await here.say(f"canary {number}")
        here.time.now += 10
    assert len(here.screen()) == 21
    await here.press("9", on=next(each for each in here.fake.screen(ME) if each.by_bot))
    assert [len(given["message_ids"]) for given in here.fake.named("deleteMessages")] == [20]
    assert here.card().text.startswith("Bye.")


async def test_leaving_deletes_the_card_even_where_no_goodbye_can_be_shown(
    here: Street,
) -> None:
    await here.say("hi")
    refuse(here, "editMessageText", RefusedError(429, "Too Many Requests", 60))
    await here.press("9")
    assert here.screen() == []


# Buttons --------------------------------------------------------------------------------


async def test_a_button_carries_a_digit_or_a_language_and_a_mark_and_nothing_else(
    here: Street,
) -> None:
    await here.say("hi")
    carried = [each["callback_data"] for each in here.card().buttons]
    says = [data.partition(":")[0] for data in carried]
    assert says[:5] + says[-3:] == ["1", "2", "3", "4", "5", "0", "8", "9"]
    assert set(says[5:-3]) == set(here.door.house.program.catalog.languages)
    assert len({data.partition(":")[2] for data in carried}) == 1
    assert max(map(len, carried)) == 16


async def test_a_language_can_be_chosen_by_its_own_name_at_any_time(here: Street) -> None:
    """At the hello from its buttons, later by the command; the question is asked again."""
    await here.say("hi")
    await here.press("한국어")
    assert "로봇" in here.card().text
    await here.press("1")
    await here.say("/language")
    names = {each["text"] for each in here.card().buttons}
    assert {"Kreyòl", "ไทย", "Українська"} <= names
    await here.press("English")
    assert "Who needs help?" in here.card().text
    assert "Kreyòl" not in {each["text"] for each in here.card().buttons}


async def test_a_press_that_comes_many_times_at_once_is_one_press(here: Street) -> None:
    await here.say("hi")
    updates = [here.fake.pressed(ME, here.card(), "1") for _ in range(8)]
    await asyncio.gather(*map(here.fake.once, updates))
    assert "Who needs help?" in here.card().text
    assert not here.fake.queries
    assert [event.dimension for event in here.counted].count("language") == 1


@pytest.mark.parametrize("digit", ["0", "9", "Empezar"])
async def test_pressing_twice_is_pressing_once_also_where_any_card_would_do(
    here: Street, digit: str
) -> None:
    await here.say("/start es")
    if digit == "Empezar":
        await here.press("9")
    counted = len(here.counted)
    updates = [here.fake.pressed(ME, here.card(), digit) for _ in range(2)]
    await here.fake.once(updates[0])
    shown = here.card().text
    await here.fake.once(updates[1])
    assert here.card().text == shown
    assert [event.dimension for event in here.counted[counted:]] in (
        ["shown"],
        [],
        ["conversation"],
    )
    assert not here.fake.queries


async def test_different_buttons_pressed_at_once_follow_the_first(here: Street) -> None:
    await here.say("hi")
    updates = [here.fake.pressed(ME, here.card(), digit) for digit in "23"]
    await asyncio.gather(*map(here.fake.once, updates))
    assert here.card().text.startswith("Bien.")


async def test_a_button_of_an_old_card_does_nothing_and_the_card_goes(here: Street) -> None:
    await here.say("hi")
    old = Shown(**vars(here.card()))
    await here.say("/start")
    now = here.card()
    here.fake.chats[ME][old.id] = old
    await here.press("3", on=old)
    assert here.card() == now


async def test_0_and_9_work_on_every_card_however_old(shipped: Program) -> None:
    """Also on one of a process that is gone, as everything it remembered is."""
    async with street(shipped) as before, street(shipped) as here:
        await before.say("hi")
        here.fake.chats[ME] = before.fake.chats[ME]
        await here.press("0")
        assert HELP in here.card().text
        await before.say("hi", YOU)
        here.fake.chats[YOU] = before.fake.chats[YOU]
        await here.press("9", YOU)
        assert here.card(YOU).text.startswith("Bye.")
        assert "Some messages here may be left." in here.card(YOU).text


async def test_any_other_button_of_a_lost_conversation_is_the_hello(shipped: Program) -> None:
    async with street(shipped) as before, street(shipped) as here:
        await before.say("hi")
        await before.press("1")
        here.fake.chats[ME] = before.fake.chats[ME]
        await here.press("2")
        assert here.card().text.startswith(HELLO)
