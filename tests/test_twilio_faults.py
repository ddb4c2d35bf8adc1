"""A message is answered once, however often it comes, and whatever breaks; nothing of it stays."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from bot.load import Program
from tests.twilio_fake import (
    NUMBER,
    OTHER,
    PHONE,
    SPANISH,
    Carrier,
    Clock,
    Ledger,
    Setup,
    help_number,
    settings,
    texts,
)
from webhook import sweeper, twilio
from webhook.app import create_app
from webhook.house import build
from webhook.inbound import Inbound
from webhook.twilio import Door, Given


@pytest.fixture
def here(shipped: Program) -> Setup:
    return Setup(shipped)


# Twice -------------------------------------------------------------------------------------


async def test_one_delivered_many_times_at_once_is_one(here: Setup) -> None:
    await here.carrier.text("hi")
    counted = here.counted.copy()
    fields = here.carrier.message("1")
    first, *others = await asyncio.gather(*(here.carrier.bring(fields) for _ in range(5)))
    assert [other.content for other in others] == [first.content] * 4
    assert [other.headers["set-cookie"] for other in others] == [first.headers["set-cookie"]] * 4
    assert sum(here.counted.values()) - sum(counted.values()) <= 1


async def test_two_messages_that_overtake_their_answers_are_two_steps(here: Setup) -> None:
    """Twilio sends both with the cookie from before the first."""
    await here.carrier.text("hi", sender=OTHER)
    slow = [await here.carrier.text(body, sender=OTHER) for body in ("1", "1")]
    await here.carrier.text("hi")
    old = dict(here.carrier.cookies)
    fast = [texts((await here.carrier.bring(here.carrier.message("1"))).content)]
    here.carrier.cookies = old
    fast += [await here.carrier.text("1")]
    assert fast == slow


async def test_a_late_second_delivery_takes_nobody_back(here: Setup) -> None:
    """Not to an earlier question, and not into a talk that was left."""
    hello = here.carrier.message("hi")
    await here.carrier.bring(hello)
    await here.carrier.text("1")
    late = await here.carrier.bring(hello)
    assert "set-cookie" not in late.headers
    await here.carrier.text("9")
    assert "set-cookie" not in (await here.carrier.bring(hello)).headers
    assert (PHONE, NUMBER) not in here.carrier.cookies


BODIES = st.sampled_from(
    ["1", "2", "3", "1", "0", "8", "9", "STOP", "HELP", "START", "hola", "", "xyz", "hartford"]
)


class Deliveries(RuleBasedStateMachine):
    """Two carriers bring the same messages: one each once, one as networks do."""

    program: Program

    @initialize()
    def begin(self) -> None:
        self.clock = Clock()
        self.counted = (Ledger(), Ledger())
        houses = [
            build(settings(), self.program, count=ledger.add, seconds=self.clock)
            for ledger in self.counted
        ]
        self.once, self.often = map(Door, houses)
        self.jars: tuple[dict[str, str], dict[str, str]] = ({}, {})
        self.brought: list[tuple[Inbound, bytes]] = []

    @rule(
        body=BODIES,
        sender=st.sampled_from([PHONE, OTHER, f"whatsapp:{PHONE}"]),
        arrived=st.lists(st.booleans(), min_size=1, max_size=5),
        seconds=st.integers(0, 8),
    )
    def bring(self, body: str, sender: str, arrived: list[bool], seconds: int) -> None:
        """A new message, up to five times; whether Twilio saw each answer."""
        self.clock.now += seconds
        inbound = Inbound(sender, NUMBER, body, f"SM{len(self.brought)}", "", False, "")
        given = self._take(self.once, self.jars[0], inbound, seen=True)
        self.brought.append((inbound, given.body))
        for seen in arrived:
            assert self._take(self.often, self.jars[1], inbound, seen=seen).body == given.body
        assert self.counted[0] == self.counted[1]

    @rule(which=st.randoms(use_true_random=False), seen=st.booleans())
    def bring_again(self, which: Any, seen: bool) -> None:
        """Any earlier message, once more."""
        if self.brought:
            inbound, body = which.choice(self.brought)
            assert self._take(self.often, self.jars[1], inbound, seen=seen).body == body
            assert self.counted[0] == self.counted[1]

    def _take(self, door: Door, jar: dict[str, str], inbound: Inbound, *, seen: bool) -> Given:
        """As Twilio does it: with the cookie it has by then, which the answer may change."""
        given = door.take(inbound._replace(cookie=jar.get(inbound.sender, "")))
        if seen and given.cookie is not None:
            jar[inbound.sender] = given.cookie
        return given


def test_however_often_and_in_whatever_order_messages_come_it_is_as_if_once(
    shipped: Program,
) -> None:
    """Words and counts, also where answers are lost on the way back."""
    Deliveries.program = shipped
    machine = Deliveries.TestCase
    machine.settings = effort(max_examples=40, stateful_step_count=30, deadline=None)
    machine().runTest()


# Whatever breaks ---------------------------------------------------------------------------


class Broken:
    """A part of the program that always fails. Knows how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, *_: object, **__: object) -> Any:
        self.times += 1
        raise RuntimeError(PHONE)


LAYERS = [
    "webhook.twilio.sms.write",
    "webhook.twilio.Door._once",
    "webhook.twilio.Door._answer",
    "webhook.twilio._blind",
    "bot.conversation.Conversation.answer",
    "bot.conversation.Conversation._opened",
    "bot.conversation.Conversation._turn",
    "bot.conversation.engine.step",
    "bot.conversation.engine.begin",
    "bot.packing.Codec.pack",
    "bot.packing.Codec.unpack",
    "bot.seal.Seal.open",
    "bot.seal.Seal.close",
    "bot.sessions.Masks.mask",
    "bot.sessions.Memory.get",
    "bot.sessions.Memory.put",
    "bot.texts.Catalog.say",
    "bot.channels.plain.blocks",
    "webhook.limits.Limits.weigh",
    "webhook.twiml.messages",
]


@pytest.mark.parametrize("layer", LAYERS)
async def test_whatever_breaks_who_signed_is_answered_with_a_number_to_call(
    here: Setup, layer: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """From the first message on, in the middle of a talk, and with a picture."""
    await here.carrier.text("hi")
    await here.carrier.text("2")
    broken = Broken()
    monkeypatch.setattr(layer, broken)
    for body, more in (("1", {}), ("HELP", {}), ("", {"NumMedia": "1"})):
        for sender in (PHONE, OTHER):
            before = broken.times
            said = await here.carrier.text(body, sender=sender, **more)
            assert said
            assert broken.times == before or help_number(here.house.program) in "".join(said)
    assert broken.times > 0
    told = capfd.readouterr()
    assert PHONE not in told.out + told.err
    monkeypatch.undo()
    assert await here.carrier.text("0")


async def test_where_the_language_is_known_the_last_resort_speaks_it(
    here: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.carrier.text("hi")
    await here.carrier.text("2")
    monkeypatch.setattr("webhook.twilio.Door._said", Broken())
    assert here.say("help/say", SPANISH) in "".join(await here.carrier.text("1"))
    lost = await here.carrier.bring(here.carrier.message("1"), cookie=False)
    assert here.say("help/say", SPANISH) in "".join(texts(lost.content))
    assert here.say("help/say") in "".join(await here.carrier.text("1", sender=OTHER))
    monkeypatch.setattr("bot.conversation.Conversation.language", Broken())
    assert here.say("help/say") in "".join(await here.carrier.text("1"))


async def test_what_broke_is_not_done_again_for_a_second_delivery(
    here: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first was counted before it broke; its help line is the answer to both."""
    fields = here.carrier.message("hi")
    monkeypatch.setattr("webhook.twilio.sms.write", Broken())
    first = await here.carrier.bring(fields)
    monkeypatch.undo()
    counted = here.counted.copy()
    assert counted
    assert (await here.carrier.bring(fields)).content == first.content
    assert here.counted == counted


async def test_a_count_that_fails_changes_no_answer(shipped: Program) -> None:
    broken = Broken()
    counts = Carrier(create_app(build(settings(), shipped, count=broken)))
    plain = Carrier(create_app(build(settings(), shipped)))
    for body in ("hi", "1", "1", "9"):
        assert await counts.text(body) == await plain.text(body)
    assert broken.times


async def test_a_status_of_something_else_is_no_message(here: Setup) -> None:
    """Twilio may be told to report on sent messages at the same address."""
    fields = here.carrier.message("") | {"MessageStatus": "delivered"}
    for name in ("Body", "NumMedia"):
        del fields[name]
    response = await here.carrier.bring(fields)
    assert (response.status_code, texts(response.content)) == (200, [])
    assert not here.counted
    assert "set-cookie" not in response.headers


async def test_a_message_without_an_id_is_answered_each_time(here: Setup) -> None:
    said = [await here.carrier.text(body, MessageSid="") for body in ("hi", "1", "0")]
    assert said[0] != said[1] != said[2]


def test_nothing_kept_here_shows_whose_it_is(here: Setup) -> None:
    door = Door(here.house)
    given = door.take(Inbound(PHONE, NUMBER, "hi", "SM1", "", False, ""))
    kept = [*door._talks._entries.items(), *door._given._entries.items()]
    assert len(kept) == 2
    shown = f"{kept!r} {given!r} {door!r} {[each[1][1] for each in kept]!r}"
    for canary in (PHONE, PHONE[-7:], NUMBER, "SM1", given.cookie or "none"):
        assert canary not in shown


WORDS = ("qzvkh", "mwen rele Qzvkh", "+12035550199", "hartford", "bridgport", "06103", "qzvkhford")


def test_what_is_kept_ready_to_be_sent_holds_no_word_of_anybody(here: Setup) -> None:
    """Texts, towns and numbers of the flows only, though people write all sorts of things."""
    door = Door(here.house)
    for number, word in enumerate(WORDS):
        jar, sender = "", f"+1203555010{number}"
        for turn, body in enumerate(("hi", word, "2", "1", "1", "1", word, word, "0", "9")):
            inbound = Inbound(sender, NUMBER, body, f"SM{number}-{turn}", "", False, jar)
            jar = door.take(inbound).cookie or ""
    kept = repr(door._written).lower()
    assert len(door._written) > 10
    for canary in ("qzvkh", "555-01", "5550", "06103", "bridgport", NUMBER):
        assert canary not in kept


def test_what_is_kept_ready_is_the_same_as_written_anew_and_is_bounded(
    here: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio, "WRITTEN_MOST", 3)
    talk, first = ("hi", "1", "0", "2", "1", "1", "hartford", "8", "9"), list[bytes]()
    door = Door(here.house)
    for number in range(3):
        jar, said = "", list[bytes]()
        for turn, body in enumerate(talk):
            given = door.take(Inbound(PHONE, NUMBER, body, f"{number}-{turn}", "", False, jar))
            jar = given.cookie or ""
            said.append(given.body)
            assert len(door._written) <= 3
        first = first or said
        assert said == first
        assert len(set(said)) > 5


def test_the_sweeper_runs_beside_the_door_where_there_is_an_account(shipped: Program) -> None:
    [sweep] = twilio.background(build(settings(), shipped))
    assert callable(sweep)
    assert sweeper.wanted(settings())
    assert twilio.background(build(settings(twilio_sweep="false"), shipped)) == []
