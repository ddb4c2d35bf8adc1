"""A signed message is answered once, well, and whatever breaks; nothing of it stays."""

from __future__ import annotations

import re

import pytest

from bot.load import Program
from tests.twilio_fake import (
    NUMBER,
    OTHER,
    PHONE,
    SPANISH,
    Carrier,
    Setup,
    help_number,
    texts,
)
from webhook import twilio
from webhook.app import create_app
from webhook.inbound import CARRIER_WORDS, STOP
from webhook.twilio import Door

NUMBERS = r"\d{3}-\d{3}-\d{4}"


@pytest.fixture
def here(shipped: Program) -> Setup:
    return Setup(shipped)


# A conversation ----------------------------------------------------------------------------


async def test_a_whole_conversation_ends_with_contacts_and_is_counted_once(here: Setup) -> None:
    """Hello, OK to text, an adult, and on; then left."""
    said = [await here.carrier.text(body) for body in ("hi", "1", "1", "1", "1", "hartford")]
    assert len(said[0]) == 1
    assert not any(re.search(NUMBERS, "".join(each)) for each in said[:2])
    assert re.search(NUMBERS, "".join(said[-1]))
    assert await here.carrier.text("9") == [here.say("leave/say")]
    assert here.counted["sms", "conversation", "started"] == 1
    assert max(here.counted.values()) == 1
    assert {channel for channel, _, _ in here.counted} == {"sms"}
    assert {"for_whom", "region", "shown"} <= {dimension for _, dimension, _ in here.counted}


@pytest.mark.parametrize("cookie", [True, False])
async def test_it_goes_on_by_the_cookie_or_where_the_carrier_loses_it_without(
    here: Setup, cookie: bool
) -> None:
    seen: list[list[str]] = []
    for body in ("hi", "2", "0", "1", "8", "9", "hi"):
        response = await here.carrier.bring(here.carrier.message(body), cookie=cookie)
        seen.append(texts(response.content))
    hello, _, _, first, again, bye, after = seen
    assert after == hello
    assert bye == [here.say("leave/say", SPANISH)]
    assert first != again
    assert here.say("help/say", SPANISH) in "".join(seen[2])


async def test_the_state_travels_in_a_sealed_cookie_for_this_address_only(here: Setup) -> None:
    response = await here.carrier.bring(here.carrier.message("hi"))
    cookie = response.headers["set-cookie"]
    assert re.fullmatch(
        r"s=[A-Za-z0-9_-]{60,200}; Max-Age=14400; Path=/twilio; HttpOnly; Secure", cookie
    )


async def test_of_two_hosts_with_one_key_each_goes_on_where_the_other_left_off(
    here: Setup, shipped: Program
) -> None:
    """The cookie that comes back is newer than what a host remembers by itself."""
    key = "A" * 43
    hosts = Setup(shipped, seal_key=key), Setup(shipped, seal_key=key)
    hosts[1].carrier = Carrier(create_app(hosts[1].house), first=1000)
    hosts[1].carrier.cookies = hosts[0].carrier.cookies
    for turn, body in enumerate(["hi", "1", "1", "1", "0", "8", "2", "0", "9"]):
        assert await hosts[turn % 2].carrier.text(body) == await here.carrier.text(body)


async def test_a_cookie_from_another_house_is_gone_on_with_only_by_who_sealed_it(
    here: Setup, shipped: Program
) -> None:
    """A restart, or a stranger's cookie: the same hello as for everybody."""
    hello = await here.carrier.text("hi")
    await here.carrier.text("1")
    elsewhere = Setup(shipped)
    elsewhere.carrier.cookies = here.carrier.cookies
    assert await elsewhere.carrier.text("1") == hello


async def test_a_cookie_is_worth_nothing_between_other_numbers_or_on_another_channel(
    here: Setup,
) -> None:
    hello = await here.carrier.text("hi")
    await here.carrier.text("1")
    stolen = here.carrier.cookies[PHONE, NUMBER]
    for sender, to in ((OTHER, NUMBER), (PHONE, "+18605550101"), (f"whatsapp:{PHONE}", NUMBER)):
        here.carrier.cookies[sender, to] = stolen
        assert await here.carrier.text("1", sender=sender, To=to) == hello


async def test_after_a_quarter_of_an_hour_everything_begins_anew(here: Setup) -> None:
    hello = await here.carrier.text("hi")
    await here.carrier.text("1")
    here.clock.now += 15 * 60 + 2
    assert await here.carrier.text("1") == hello


@pytest.mark.parametrize("leaving", ["9", "STOP", "START"])
async def test_the_hello_is_the_same_for_everybody(here: Setup, leaving: str) -> None:
    """Somebody new, somebody who comes back after leaving, after STOP, after START."""
    hello = await here.carrier.text("hi", sender=OTHER)
    await here.carrier.text("hi")
    await here.carrier.text("2")
    left = await here.carrier.text(leaving)
    assert left == {"9": [here.say("leave/say", SPANISH)], "STOP": [], "START": hello}[leaving]
    if leaving != "START":
        assert (PHONE, NUMBER) not in here.carrier.cookies
        assert await here.carrier.text("hi") == hello


@pytest.mark.parametrize("leaving", ["9", "STOP"])
async def test_leaving_leaves_no_state_here_and_none_at_twilio(
    here: Setup, leaving: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = Door(here.house)
    monkeypatch.setattr(twilio, "Door", lambda _: door)
    carrier = Carrier(create_app(here.house))
    await carrier.text("hi")
    [(_, talk)] = door._talks._entries.values()
    assert talk.token
    response = await carrier.bring(carrier.message(leaving))
    assert "s=; Max-Age=0; Path=/twilio" in response.headers["set-cookie"]
    [(_, talk)] = door._talks._entries.values()
    assert talk.token == ""


async def test_whatsapp_is_a_channel_of_its_own_with_the_same_words(here: Setup) -> None:
    phone, ours = f"whatsapp:{PHONE}", f"whatsapp:{NUMBER}"
    for body in ("hi", "1", "2", "0"):
        whatsapp = await here.carrier.text(body, sender=phone, To=ours)
        assert whatsapp == await here.carrier.text(body, sender=OTHER)
    by_channel = {channel: dict[str, int]() for channel, _, _ in here.counted}
    for (channel, dimension, value), number in here.counted.items():
        by_channel[channel][f"{dimension}/{value}"] = number
    assert set(by_channel) == {"sms", "whatsapp"}
    assert by_channel["sms"] == by_channel["whatsapp"]


async def test_a_turn_is_at_most_ten_messages_and_nothing_comes_by_itself(here: Setup) -> None:
    turns = 0
    for body in ("hi", "1", "0", "1", "1", "hartford", "1", "1", "1", "xyz", "xyz", "xyz", "9"):
        said = await here.carrier.text(body)
        turns += 1
        assert 1 <= len(said) <= 10
        assert all(len(text) <= 1600 for text in said)
    assert turns == 13


# Carrier words -----------------------------------------------------------------------------


@pytest.mark.parametrize("word", [word for word, meant in CARRIER_WORDS.items() if meant == STOP])
@pytest.mark.parametrize("opt_out", ["", "STOP"])
async def test_stop_and_its_kin_are_answered_with_silence_and_count_nothing(
    here: Setup, word: str, opt_out: str
) -> None:
    hello = await here.carrier.text("hi")
    await here.carrier.text("2")
    before = here.counted.copy()
    more = {"OptOutType": opt_out} if opt_out else {}
    assert await here.carrier.text(f" {word.title()}.", **more) == []
    assert here.counted == before
    assert await here.carrier.text("hi") == hello


@pytest.mark.parametrize("word", ["HELP", "Info", "help!"])
async def test_help_is_answered_with_the_help_line_in_the_language_of_the_talk(
    here: Setup, word: str
) -> None:
    await here.carrier.text("hi")
    await here.carrier.text("2")
    said = "\n".join(await here.carrier.text(word))
    assert here.say("help/say", SPANISH) in said
    assert help_number(here.house.program) in said
    assert (await here.carrier.text("0"))[0] in said


async def test_where_twilio_has_answered_help_itself_we_do_not(here: Setup) -> None:
    """Under Advanced Opt-Out; and the talk goes on as if nothing had been."""
    await here.carrier.text("hi")
    asked = await here.carrier.text("2")
    before = dict(here.carrier.cookies)
    assert await here.carrier.text("ayuda", OptOutType="HELP") == []
    assert here.carrier.cookies == before
    assert asked[-1].split("\n")[-1] in "\n".join(await here.carrier.text("0"))


async def test_start_is_answered_with_hello_and_yes_only_where_twilio_took_it_for_start(
    here: Setup,
) -> None:
    hello = await here.carrier.text("hi")
    assert await here.carrier.text("YES") != hello
    assert await here.carrier.text("YES", OptOutType="START") == hello
    assert await here.carrier.text("unstop") == hello


# Pictures ----------------------------------------------------------------------------------


async def test_a_picture_without_words_gets_a_kind_line_and_the_question_again(
    here: Setup,
) -> None:
    await here.carrier.text("hi")
    await here.carrier.text("1")
    seen = await here.carrier.text("", NumMedia="1", MediaUrl0="https://api.twilio.com/x")
    asked = "\n".join(seen)
    assert asked.startswith(here.say("sms/no_pictures"))
    assert here.say("unclear/first") not in asked
    assert "\n1 " in asked


async def test_a_picture_as_the_first_message_gets_the_line_and_the_hello(here: Setup) -> None:
    hello = await here.carrier.text("hi", sender=OTHER)
    assert (
        await here.carrier.text(" ", NumMedia="2")
        == [f"{here.say('sms/no_pictures')}\n\n{hello[0]}"]
        or await here.carrier.text("hi") == hello
    )


async def test_a_picture_with_words_is_its_words(here: Setup) -> None:
    await here.carrier.text("hi")
    await here.carrier.text("hi", sender=OTHER)
    plain = await here.carrier.text("1", sender=OTHER)
    assert await here.carrier.text("1", NumMedia="1") == plain


# Too much ----------------------------------------------------------------------------------


async def test_over_the_limit_comes_the_help_line_once_a_minute_and_the_talk_is_kept(
    here: Setup,
) -> None:
    """And nobody else notices."""
    await here.carrier.text("hi")
    await here.carrier.text("2")
    said = [await here.carrier.text("0") for _ in range(60)]
    state, counted = dict(here.carrier.cookies), here.counted.copy()
    silent = [each for each in said if not each]
    [line] = [each for each in said if each and each != said[0]]
    assert len(silent) > 20
    assert help_number(here.house.program) in "".join(line)
    assert here.say("help/say", SPANISH) in "".join(line)
    assert await here.carrier.text("hi", sender=OTHER) != []
    here.clock.now += 61
    assert here.carrier.cookies[PHONE, NUMBER] == state[PHONE, NUMBER]
    assert await here.carrier.text("0") == said[0]
    assert here.counted[("sms", "conversation", "started")] == 2
    assert sum(here.counted.values()) >= sum(counted.values())
