"""Promises of the web chat that need no browser: its pages, headers, and what it forgets."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from bot.config import Settings
from bot.load import Program
from bot.model import Event, Language
from bot.seal import IDLE_SECONDS
from tests.pages import Chat, Page, Time, is_hello
from webhook import limits
from webhook.house import House, build
from webhook.share import mark
from webhook.web import Door, preferred

HOTLINE = "tel:+18883737888"
BY_FINGER = "<img src=x onerror=alert(1)>"


@pytest.fixture
def seconds() -> Time:
    return Time()


@pytest.fixture
def counted() -> list[tuple[str, Event]]:
    return []


@pytest.fixture
def house(shipped: Program, seconds: Time, counted: list[tuple[str, Event]]) -> House:
    def count(channel: str, events: tuple[Event, ...], _month: str) -> None:
        counted.extend((channel, event) for event in events)

    return build(Settings(), shipped, count=count, seconds=seconds)


@pytest.fixture
async def chat(house: House) -> AsyncIterator[Chat]:
    chat = Chat(house)
    async with chat.http:
        yield chat


# The conversation -----------------------------------------------------------------------


async def test_a_person_without_scripts_gets_from_the_hello_to_numbers(chat: Chat) -> None:
    """Six forms, and every contact is a link that calls or texts."""
    page = await chat.talk("1", "1", "4", "1", "Waterbury")
    links = [each.attrs["href"] for each in page.all("a")]
    assert HOTLINE in links
    assert sum(link.startswith("sms:") for link in links) >= 2
    chats = {link for link in links if link.startswith("https://")}
    assert chats == {"https://humantraffickinghotline.org/chat", "https://www.ctsafeconnect.org"}
    assert all(link.startswith(("tel:", "sms:")) for link in {*links} - chats)


async def test_the_page_shows_the_present_turn_only(chat: Chat) -> None:
    """Whoever looks at it later sees neither what was asked before nor what was answered."""
    page = await chat.talk("1")
    assert "Who needs help?" in page.text()
    assert not is_hello(page)
    page = await chat.talk("1", "1", "4", "1", "Waterburry")
    assert "Waterburry" not in chat.responses[-1].text


async def test_choices_are_buttons_that_send_their_digit(chat: Chat) -> None:
    page = await chat.open()
    pressed = page.all("button", name="say", class_="choice")
    assert [each.attrs["value"] for each in pressed] == ["1", "2", "3", "4", "5"]


async def test_what_works_everywhere_is_on_every_page_of_a_talk(chat: Chat) -> None:
    """0, 8 and 9 as buttons, a field to write in, and the way out."""
    for said in ((), ("1",), ("1", "1", "4", "1"), ("1", "0")):
        page = await chat.talk(*said)
        keys = [each.attrs["value"] for each in page.all("button", class_="key")]
        assert keys[-3:] == ["0", "8", "9"]
        assert {"Español", "العربية", "ไทย"} <= {*keys[:-3]}
        assert len(page.all("input", id="say", autocomplete="off")) == 1
        assert len(page.all("button", name="leave")) == 1


async def test_the_hello_is_in_the_language_of_the_browser(chat: Chat) -> None:
    page = await chat.open(language="es-MX,es;q=0.9,en;q=0.8")
    assert page.all("html")[0].attrs["lang"] == "es"
    assert "Hola" in page.text()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("es", "es"),
        ("ES-us, en", "es"),
        ("ht, es;q=0.5", "es"),
        ("pt", "pt_BR"),
        ("pt-PT", "pt_BR"),
        ("pt-BR", "pt_BR"),
        ("xx,,;q=,\0", "en"),
        ("fr-CA,fr", "en"),
    ],
)
def test_the_first_language_that_we_have_is_taken(header: str, expected: str) -> None:
    known = [Language(each) for each in ("en", "es", "pt_BR")]
    assert preferred(header, known) == expected


async def test_a_talk_that_ends_says_goodbye_and_can_begin_again(chat: Chat) -> None:
    page = await chat.talk("1", "9")
    assert "I keep nothing about you." in page.text()
    assert not page.all("input", id="say")
    assert page.all("a", class_="again")[0].attrs["href"] == "/"


# What it leaves, which is nothing ---------------------------------------------------------


async def test_no_page_sets_a_cookie_or_may_be_kept(chat: Chat) -> None:
    await chat.talk("1", "0", "9")
    await chat.http.get("/static/chat.css")
    chat.responses.append(await chat.http.get("/static/chat.js"))
    assert len(chat.responses) >= 5
    for response in chat.responses:
        assert "set-cookie" not in response.headers
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["x-content-type-options"] == "nosniff"


async def test_a_page_may_load_and_run_only_what_is_ours(chat: Chat) -> None:
    """Its policy says so, and nothing in it would need more."""
    await chat.talk("1", "1", "4", "1", "Waterbury", "9")
    for response in chat.responses:
        policy = dict(
            each.strip().partition(" ")[::2]
            for each in response.headers["content-security-policy"].split(";")
        )
        assert policy.pop("default-src") == "'none'"
        assert policy.pop("frame-ancestors") == policy.pop("base-uri") == "'none'"
        assert set(policy.values()) == {"'self'"}
        page = Page(response.text)
        assert not page.all("style")
        assert not any(
            {"style", "onclick", "onload"} & each.attrs.keys() for each in page.elements
        )
        loaded = [each.attrs.get("src") or each.attrs.get("href", "") for each in page.elements]
        loaded = [each for each in loaded if each and not each.startswith(("tel:", "sms:"))]
        chats = {each.attrs["href"] for each in page.all("a", target="_blank")}
        assert all(
            each.attrs["rel"] == "noopener noreferrer" for each in page.all("a", target="_blank")
        )
        outside = {each for each in loaded if not each.startswith("/")} - chats
        assert outside <= {Settings().leave_url}, "only what leaves, and a chat"
        assert all(not each.texts for each in page.all("script"))


async def test_leaving_clears_what_the_browser_holds_of_us(chat: Chat) -> None:
    page = await chat.talk("1")
    assert "clear-site-data" not in chat.responses[-1].headers
    page = await chat.post(**page.hidden(), leave="9")
    assert chat.responses[-1].headers["clear-site-data"] == '"cache", "storage"'
    refresh = page.all("meta", **{"http-equiv": "refresh"})
    assert refresh[0].attrs["content"] == f"0; url={Settings().leave_url}"
    assert "robot" not in page.text()


@pytest.mark.parametrize("way", [{"leave": "9"}, {"say": "9"}, {"say": "bye"}])
async def test_a_page_that_was_left_shows_only_the_hello(chat: Chat, way: dict[str, str]) -> None:
    """ "Back" and "send the form again" show nothing of the talk, from any of its pages."""
    pages = [await chat.open()]
    for said in ("1", "1", "4"):
        pages.append(await chat.say(pages[-1], said))
    await chat.post(**pages[-1].hidden(), **way)
    for page in pages:
        for said in ("1", "0", "Waterbury"):
            assert is_hello(await chat.say(page, said))


async def test_one_who_leaves_ends_no_other_talk(house: House) -> None:
    mine, other = Chat(house), Chat(house)
    page = await other.talk("1")
    await mine.talk("1", "9")
    assert "What is happening?" in (await other.say(page, "1")).text()


async def test_leaving_an_unused_page_counts_nothing(
    chat: Chat, counted: list[tuple[str, Event]]
) -> None:
    page = await chat.open()
    await chat.post(**page.hidden(), leave="9")
    assert counted == []
    await chat.talk("1")
    assert ("web", Event("conversation", "started")) in counted


async def test_what_is_kept_of_a_page_that_was_left_is_a_mask_and_dies(
    house: House, seconds: Time
) -> None:
    door = Door(house)
    door._page(house.conversation.answer("9", "", "web", "a" * 16), "a" * 16)
    assert len(door._left) == 1
    assert all(len(key) == 16 and b"aaaa" not in key for key in door._left._entries)
    assert door._is_left("a" * 16)
    seconds.now += IDLE_SECONDS + 1
    assert not door._is_left("a" * 16)


async def test_a_page_put_aside_for_a_quarter_of_an_hour_begins_anew(
    chat: Chat, seconds: Time
) -> None:
    page = await chat.talk("1", "1")
    seconds.now += IDLE_SECONDS + 1
    assert is_hello(await chat.say(page, "4"))


async def test_a_page_that_was_not_opened_here_is_named_anew(chat: Chat, seconds: Time) -> None:
    """A stranger's name does not come back; words that came too late are still a beginning."""
    page = await chat.post(page="Qz7_kWmBx-9RtVnL", state="Qz7_kW", say="hola")
    assert "Qz7_kW" not in chat.responses[-1].text
    assert "Hola" in page.text()
    assert "Who needs help?" in (await chat.say(page, "2")).text()
    page = await chat.talk("1", "1")
    seconds.now += IDLE_SECONDS + 1
    assert "911" in (await chat.say(page, "he has a gun")).text()
    assert page.hidden()["page"] not in chat.responses[-1].text


async def test_the_same_form_sent_twice_gets_the_same_answer(chat: Chat) -> None:
    """A finger that presses twice loses nothing."""
    page = await chat.talk("1")
    first, second = await chat.say(page, "1"), await chat.say(page, "1")
    assert first.text() == second.text()


# Whatever comes -----------------------------------------------------------------------------


async def test_a_changed_token_is_the_hello(chat: Chat) -> None:
    page = await chat.talk("1", "1")
    good = page.hidden()
    flipped = good["state"][:30] + ("A" if good["state"][30] != "A" else "B") + good["state"][31:]
    for state in ("", "x", flipped, good["state"][:-2], good["state"] * 2, "é", "\0"):
        assert is_hello(await chat.post(**(good | {"state": state}), say="4"))


async def test_a_token_of_another_page_is_the_hello(chat: Chat) -> None:
    """It is bound to the page it was given to, so that a left page cannot be renamed."""
    page, other = await chat.talk("1", "1"), await chat.talk("1")
    mixed = page.hidden() | {"page": other.hidden()["page"]}
    assert is_hello(await chat.post(**mixed, say="4"))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b""),
        ("application/x-www-form-urlencoded", b"say"),
        ("application/x-www-form-urlencoded", b"\xff\xfe"),
        ("application/x-www-form-urlencoded", b"say=%ff%fe"),
        ("application/x-www-form-urlencoded", b"a=1&" * 200),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/json", b'{"say": "1"}'),
        ("", b"say=1"),
    ],
)
async def test_a_malformed_form_is_the_hello(chat: Chat, kind: str, body: bytes) -> None:
    response = await chat.http.post("/", content=body, headers={"content-type": kind})
    assert response.status_code == 200
    assert is_hello(Page(response.text))


@pytest.mark.parametrize("field", ["state", "page", "say", "mark", "leave"])
async def test_what_is_typed_never_comes_back(chat: Chat, field: str) -> None:
    """Nothing sent is written into a page, so nothing can be smuggled into one."""
    for strange in (BY_FINGER, '"><script>alert(1)</script>', "{{7*191}}", "\u202e\0xyzzy"):
        page = await chat.talk("1")
        await chat.post(**(page.hidden() | {"say": "1"} | {field: strange}))
        for piece in (strange, "onerror", "<script>", "1337", "xyzzy"):
            assert piece not in chat.responses[-1].text


async def test_what_is_written_into_a_page_is_escaped(shipped: Program) -> None:
    """Also what an operator or an author wrote: a sign of HTML is shown, never obeyed."""
    page = await Chat(build(Settings(title="<b>&"), shipped)).open()
    assert page.all("h1")[0].texts == ["<b>&"]
    assert not page.all("b")


@given(said=st.text(max_size=60))
@trying(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_typed_gets_a_whole_page(house: House, said: str) -> None:
    """Well-formed, with a way on or a goodbye."""
    typed = said.encode("utf-8", "replace").decode()
    page = await Chat(house).talk("1", typed)
    assert page.all("main")
    assert page.all("input", id="say") or page.all("a", class_="again")


async def test_a_failure_of_our_own_is_the_help_line(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With status 200, in the person's language, and nothing of what was typed in the report."""
    chat = Chat(house)
    page = await chat.open()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Waterbury")

    monkeypatch.setattr("bot.channels.web.Screen.turn", broken)
    page = await chat.say(page, "Waterbury")
    assert HOTLINE in [each.attrs["href"] for each in page.all("a")]
    told = capsys.readouterr().err
    assert "RuntimeError at test_web.py" in told
    assert "Waterbury" not in told


async def test_over_the_limit_there_is_still_the_help_line_and_the_way_back(
    house: House, monkeypatch: pytest.MonkeyPatch, seconds: Time
) -> None:
    """Never silence, never a ban: the same page goes on when the minute is over."""
    monkeypatch.setattr("webhook.web.ADDRESS_MOST", 3)
    chat, other = Chat(house), Chat(house, "192.0.2.8")
    page = await chat.talk("1", "1")
    for _ in range(3):
        page = await chat.say(page, "4")
        assert HOTLINE in [each.attrs["href"] for each in page.all("a")]
    assert "What is happening?" in (await other.talk("1", "1")).text()
    seconds.now += limits.MINUTE
    assert "Which first?" in (await chat.say(page, "4")).text()


async def test_an_unknown_file_is_a_bare_404(chat: Chat) -> None:
    for name in ("nothing.js", "..%2fweb.py", "%2e%2e/web.py", "chat.css%00"):
        response = await chat.http.get(f"/static/{name}")
        assert response.status_code == 404
        assert not response.content


async def test_the_mark_of_a_shared_link_counts_a_kind_of_place_once(
    chat: Chat, counted: list[tuple[str, Event]]
) -> None:
    """It travels to the first answer, and is forgotten after."""
    place = ("web", Event("source", "shelter"))
    page = await chat.open(f"/?{mark('shelter')}")
    assert place not in counted
    again = await chat.say(page, "1")
    assert counted.count(place) == 1
    assert "mark" not in again.hidden()
    await chat.post(**again.hidden(), mark=mark("shelter"), say="1")
    assert counted.count(place) == 1


async def test_a_made_up_mark_counts_nothing(chat: Chat, counted: list[tuple[str, Event]]) -> None:
    page = await chat.open("/?" + "z" * 500)
    assert "mark" not in page.hidden()
    await chat.say(page, "1")
    assert not [event for _, event in counted if event.dimension == "source"]
