"""What Twilio has signed is always taken, and what it has not never is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from starlette.types import Scope
from twilio.request_validator import (  # type: ignore[import-untyped]  # twilio ships no types
    RequestValidator,
)

from bot.load import Program
from bot.model import Event
from tests.forged import FAULTS, FIELDS, TYPE, Sent, many
from tests.twilio_fake import NUMBER, PHONE, PUBLIC, TOKEN, URL, settings, signature
from webhook.app import create_app
from webhook.guard import Guard
from webhook.house import House, build
from webhook.inbound import CARRIER_WORDS, Inbound, Signatures, read

PAYLOADS = Path(__file__).parent / "payloads"


def payload(name: str) -> list[str]:
    lines = (PAYLOADS / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def signed(pairs: list[tuple[str, str]], cookie: bytes = b"a=b; s=state; c=d") -> Scope:
    """The head of a request as an ASGI server hands it over."""
    given = RequestValidator(TOKEN).compute_signature(URL, many(pairs))
    headers = [(b"content-type", TYPE.encode()), (b"x-twilio-signature", given.encode())]
    headers.append((b"cookie", cookie))
    return {"type": "http", "method": "POST", "headers": headers, "query_string": b""}


# Taken -------------------------------------------------------------------------------------


def test_the_example_of_twilios_documentation_is_genuine() -> None:
    token, url, body, given = payload("vector.txt")
    fields = parse_qsl(body, keep_blank_values=True, strict_parsing=True)
    assert len(fields) == 5
    assert Signatures(token, url).genuine(given.encode(), fields)
    assert not Signatures(token, f"{url}0").genuine(given.encode(), fields)
    assert not Signatures(f"{token}6", url).genuine(given.encode(), fields)


@pytest.mark.parametrize("name", ["sms.txt", "whatsapp.txt"])
def test_a_message_as_twilio_sends_it_is_taken(name: str) -> None:
    """With all its fields, many of them blank, and a blank at the end of the text."""
    [body] = payload(name)
    pairs = parse_qsl(body, keep_blank_values=True, strict_parsing=True)
    assert len(pairs) > 14
    inbound = read(signed(pairs), body.encode(), Signatures(TOKEN, URL))
    assert inbound is not None
    assert (inbound.body, inbound.media) == (dict(pairs)["Body"], name == "whatsapp.txt")
    assert inbound.channel == name.removesuffix(".txt")
    assert inbound.id == dict(pairs)["MessageSid"]
    assert inbound.cookie == "state"


@pytest.mark.parametrize(
    ("cookie", "read_as"),
    [
        (b"s=abc", "abc"),
        (b" s=abc ;x=y", "abc"),
        (b"ss=abc", ""),
        (b"", ""),
        (b"s", ""),
        (b";", ""),
    ],
)
def test_the_cookie_is_found_among_others(cookie: bytes, read_as: str) -> None:
    inbound = read(signed([("Body", "hi")], cookie), b"Body=hi", Signatures(TOKEN, URL))
    assert inbound is not None
    assert inbound.cookie == read_as


NAMES = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(list(FIELDS))
VALUES = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [
        "",
        " ",
        "\u202e\u0645\u0631\u062d\u0628\u0627 ",
        "👩‍👧",
        "a+b&c=d%20",
        "\x00\r\n",
        "é",
        "e\u0301",
    ]
)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=100), st.sampled_from([quote, None]))
def test_whatever_twilio_signs_is_taken(
    pairs: list[tuple[str, str]], quoted: Callable[..., str] | None
) -> None:
    """Emoji, right to left, blanks, the same name twice, names nobody knows; %20 or +."""
    body = urlencode(pairs, quote_via=quoted) if quoted else urlencode(pairs)
    inbound = read(signed(pairs), body.encode(), Signatures(TOKEN, URL))
    assert inbound is not None
    firsts = dict(reversed(pairs))
    assert inbound.body == firsts.get("Body", "")
    assert inbound.sender == firsts.get("From", "")


@pytest.mark.parametrize(
    ("configured", "signs"),
    [
        (PUBLIC, PUBLIC),
        (PUBLIC, f"{PUBLIC}:443"),
        (f"{PUBLIC}:443", PUBLIC),
        (f"{PUBLIC}:8443", f"{PUBLIC}:8443"),
        (f"{PUBLIC}/way/post", f"{PUBLIC}/way/post"),
    ],
)
def test_the_port_may_be_signed_or_not_as_twilio_pleases(configured: str, signs: str) -> None:
    given = signature(FIELDS, url=f"{signs}/twilio")
    assert RequestValidator(TOKEN).validate(f"{configured}/twilio", FIELDS, given)
    ours = Signatures(TOKEN, f"{configured}/twilio")
    assert ours.genuine(given.encode(), list(FIELDS.items()))


# Refused -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def house(shipped: Program) -> House:
    return build(settings(), shipped, count=_counted)


@pytest.fixture(scope="module")
def app(house: House) -> Guard:
    return create_app(house)


def _counted(_channel: str, _events: tuple[Event, ...], _month: str) -> None:
    raise AssertionError("a forged message was counted")


@pytest.fixture
def calm(house: House, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing was weighed, kept or told."""
    yield
    assert len(house.limits) == 0
    assert capfd.readouterr() == ("", "")


async def test_there_are_faults_to_refuse_and_without_one_the_message_is_taken(
    shipped: Program,
) -> None:
    assert len(FAULTS) > 40
    own = create_app(build(settings(), shipped))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(own)) as client:
        response = await client.send(Sent().request())
    assert response.status_code == 200
    assert b"<Message>" in response.content


@pytest.mark.usefixtures("calm")
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_forged_message_gets_an_empty_403_and_nothing_happens(
    app: Guard, fault: str
) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        response = await client.send(FAULTS[fault].request())
    assert (response.status_code, response.content) == (403, b"")
    assert "set-cookie" not in response.headers


@pytest.mark.usefixtures("calm")
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_another_method_gets_no_further(app: Guard, method: str) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://inside") as client:
        headers = {"X-Twilio-Signature": signature({}), "Content-Type": TYPE}
        response = await client.request(method, "/twilio", headers=headers)
    assert (response.status_code, response.content) == (405, b"")


@pytest.mark.usefixtures("calm")
@effort(max_examples=60)
@given(body=st.binary(max_size=200), given=st.text(st.characters(codec="latin-1"), max_size=40))
async def test_no_bytes_and_no_signature_raise(app: Guard, body: bytes, given: str) -> None:
    sent = Sent(body=body).request()
    sent.headers = httpx.Headers([(b"content-type", TYPE.encode())])
    sent.headers["content-length"] = str(len(body))
    scope_headers = [*sent.headers.raw, (b"x-twilio-signature", given.encode("latin-1"))]
    request = httpx.Request("POST", "http://inside/twilio", headers=scope_headers, content=body)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        response = await client.send(request)
    assert (response.status_code, response.content) == (403, b"")


def test_without_a_token_nothing_can_be_genuine() -> None:
    with pytest.raises(ValueError, match="no auth token"):
        Signatures("", URL)


# What is read ------------------------------------------------------------------------------


def message(body: str = "", **more: str) -> Inbound:
    return Inbound(PHONE, NUMBER, body, "SM1", more.get("opt_out", ""), False, "cookie")


def test_a_message_shows_nothing_of_itself() -> None:
    """In no repr, and so in no error and no log."""
    shown = f"{message('secret words')!r} {message('secret words')}"
    for canary in ("secret", PHONE, NUMBER, "SM1", "cookie"):
        assert canary not in shown


@pytest.mark.parametrize("word", CARRIER_WORDS)
@pytest.mark.parametrize(
    "shape", ["{}", "{}.", " {} ", "{}!!", "“{}”", "\n{}\u200f", "({})", "{}\u0301", "*{}*"]
)
def test_a_word_of_the_carriers_is_known_however_it_is_written(word: str, shape: str) -> None:
    meant = CARRIER_WORDS[word]
    for written in (word, word.upper(), word.title(), word.swapcase()):
        assert message(shape.format(written)).meant == meant


@pytest.mark.parametrize(
    "body", ["opt out", "Opt-Out", "STOP ALL", "ＳＴＯＰ", "Arrêt", "ARRÊTE!"]
)
def test_so_is_one_with_a_blank_an_accent_or_in_wide_letters(body: str) -> None:
    assert message(body).meant == "STOP"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "yes",
        "YES",
        "stop it please",
        "help me",
        "no",
        "1",
        "0",
        "9",
        "st",
        "started",
        "stop" * 30,
    ],
)
def test_anything_else_is_an_answer(body: str) -> None:
    assert message(body).meant == ""


def test_what_twilio_has_taken_a_word_for_counts_more_than_the_word() -> None:
    assert message("YES", opt_out="START").meant == "START"
    assert message("alto", opt_out="STOP").meant == "STOP"
    assert message("ayuda", opt_out="HELP").meant == "HELP"
