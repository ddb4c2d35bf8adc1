"""Promise 8: whatever a machine can think of to send, nothing breaks and nothing comes back.

Schemathesis makes the requests, from a description of every route that stands here, since the
application shows none: what fits it, and what does not. Each goes through the whole application
in this process. The bytes that are no HTTP at all are in test_server.py, and dice of our own
throw the rest in test_app.py.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import httpx
import pytest
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from pydantic import SecretStr
from schemathesis import Case, GenerationMode

from bot.config import Settings
from bot.load import Program
from tests.test_app import ECHO, HELP_NUMBER, TOKEN, echoes
from tests.twilio_fake import ACCOUNT, NUMBER, PHONE, PUBLIC, signature
from tests.twilio_fake import TOKEN as TWILIO
from webhook import telegram
from webhook.app import create_app
from webhook.guard import Guard
from webhook.house import build

MANY = 1_000 if os.environ.get("FULL") else 60 if os.environ.get("CI") else 20
FORM = "application/x-www-form-urlencoded"


def text(*known: str) -> dict[str, Any]:
    """A string: any, or mostly one of those that mean something."""
    return {"anyOf": [{"type": "string"}, *([{"enum": [*known]}] if known else [])]}


def fields(**known: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": known}
    return {"requestBody": {"content": {FORM: {"schema": schema}}}}


def asked(place: str, *names: str) -> list[dict[str, Any]]:
    return [{"in": place, "name": name, "schema": text()} for name in names]


CHAT = {"id": {"type": "integer"}, "type": text("private", "group")}
MESSAGE = {
    "message_id": {"type": "integer"},
    "date": {"type": "integer"},
    "text": text("/start es-clinic", "1", "0", "9"),
    "chat": {"type": "object", "properties": CHAT, "required": [*CHAT]},
}
UPDATE = {
    "type": "object",
    "required": ["update_id"],
    "properties": {
        "update_id": {"type": "integer"},
        "message": {"type": "object", "properties": MESSAGE, "required": ["message_id", "chat"]},
        "callback_query": {"type": "object"},
    },
}
HEADERS = asked("header", "Accept-Language", "User-Agent", "Cookie", "X-Forwarded-For")
NAMED = [{"in": "path", "name": "name", "required": True, "schema": text("2026", "chat.css")}]
PATHS: dict[str, dict[str, Any]] = {
    "/": {
        "get": {"parameters": [*asked("query", "at", "x"), *HEADERS]},
        "post": fields(
            page=text("Qz7_kWmBx-9RtVnL"),
            state=text(),
            mark=text("clinic"),
            say=text("1"),
            leave=text(),
        )
        | {"parameters": HEADERS},
    },
    "/twilio": {
        "post": fields(
            From=text(PHONE, f"whatsapp:{PHONE}"),
            To=text(NUMBER),
            Body=text("hi", "STOP", "HELP"),
            MessageSid=text(),
            NumMedia=text("0", "1"),
            OptOutType=text("STOP", "HELP", "START"),
        )
        | {"parameters": [*asked("header", "X-Twilio-Signature"), *HEADERS]},
    },
    "/telegram": {
        "post": {
            "requestBody": {"content": {"application/json": {"schema": UPDATE}}},
            "parameters": asked("header", telegram.HEADER),
        },
    },
    "/share": {"get": {"parameters": [*asked("query", "in", "at"), *HEADERS]}},
    "/health": {"get": {"parameters": asked("query", "x")}},
    "/usage": {"get": {"parameters": [*asked("query", "x"), *HEADERS]}},
    "/usage/{name}": {"get": {"parameters": NAMED}},
    "/static/{name}": {"get": {"parameters": NAMED}},
    "/nowhere/{name}": {"get": {"parameters": NAMED}},
}
AnyCase = Case[Any]
OPERATIONS = [(path, method) for path, methods in PATHS.items() for method in methods]


def described() -> dict[str, Any]:
    responses = {"responses": {"200": {"description": "an answer"}}}
    paths = {
        path: {method: each | responses for method, each in methods.items()}
        for path, methods in PATHS.items()
    }
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}


SCHEMA = schemathesis.openapi.from_dict(described())


@pytest.fixture(scope="module")
def doors(shipped: Program) -> Guard:
    """Every door open, none of them leading anywhere."""
    settings = Settings(
        public_url=PUBLIC,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=SecretStr(TWILIO),
        telegram_token=SecretStr(TOKEN),
        telegram_api="http://127.0.0.1:9",
    )
    return create_app(build(settings, shipped))


def cases(path: str, method: str) -> st.SearchStrategy[AnyCase]:
    """Requests that fit the description, and such that do not."""
    operation = SCHEMA[path][method.upper()]
    fitting = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    return fitting | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)


def as_sent(case: AnyCase) -> httpx.Request:
    """The request that schemathesis would send."""
    given = requests.Request(**case.as_transport_kwargs(base_url="http://a")).prepare()
    body = given.body.encode() if isinstance(given.body, str) else given.body
    assert body is None or isinstance(body, bytes)
    headers = [
        (name.encode("latin-1"), value if isinstance(value, bytes) else value.encode("latin-1"))
        for name, value in given.headers.items()
    ]
    assert given.method is not None
    return httpx.Request(given.method, str(given.url), headers=headers, content=body)


def proven(sent: httpx.Request) -> httpx.Request:
    """The same with Twilio's signature over its form, and Telegram's secret."""
    form = dict(parse_qsl(sent.content.decode("latin-1"), keep_blank_values=True))
    sent.headers["x-twilio-signature"] = signature(form, url=f"{PUBLIC}/twilio", token=TWILIO)
    sent.headers[telegram.HEADER] = telegram.secret(TOKEN)
    return sent


def said(sent: httpx.Request) -> list[str]:
    """Everything that somebody chose to send, but for what is the same in every request."""
    form = parse_qsl(sent.content.decode("latin-1"), keep_blank_values=True)
    query = parse_qsl(sent.url.query.decode("latin-1"), keep_blank_values=True)
    values = [value for _, value in [*form, *query]]
    tail = [unquote_plus(part) for part in sent.url.path.split("/")[2:]]
    usual = {"host", "content-length", "content-type", "accept", "accept-encoding", "connection"}
    return [*values, *tail, *(v for name, v in sent.headers.items() if name not in usual)]


def returned(words: list[str], got: httpx.Response, blank: httpx.Response) -> list[str]:
    """What came back and is neither on the page for anybody nor one letter again and again."""
    pieces = [each for each in echoes(words, got) if len(set(each)) > 2]
    return [each for each in pieces if each not in blank.text + repr(blank.headers.raw)]


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@effort(
    max_examples=MANY,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_nothing_breaks_and_nothing_comes_back(
    doors: Guard, path: str, method: str, data: st.DataObject, capfd: pytest.CaptureFixture[str]
) -> None:
    """From a stranger, and from whoever knows the secrets of the carriers."""
    sent = as_sent(data.draw(cases(path, method)))
    sent = proven(sent) if data.draw(st.booleans()) else sent
    transport = httpx.ASGITransport(doors, client=(data.draw(st.sampled_from(ADDRESSES)), 1))
    async with httpx.AsyncClient(transport=transport) as client:
        got = await client.send(sent)
        blank = await client.get("http://a" + path.partition("{")[0])
    assert got.status_code < 500
    assert returned(said(sent), got, blank) == []
    assert got.headers["x-content-type-options"] == "nosniff"
    if got.status_code >= 400:
        assert got.content == b""
    assert capfd.readouterr().out == ""


ADDRESSES = [f"192.0.2.{number}" for number in range(250)]


@pytest.mark.parametrize(("path", "kind"), [("/twilio", FORM), ("/telegram", "application/json")])
async def test_whoever_knows_a_secret_is_let_in(doors: Guard, path: str, kind: str) -> None:
    """So that what is sent behind a door is thrown at the door's own code as well."""
    sent = httpx.Request("POST", f"http://a{path}", headers={"content-type": kind}, content=b"a=b")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(doors)) as client:
        assert (await client.send(sent)).status_code == 403
        assert (await client.send(proven(sent))).status_code == 200


def test_every_route_is_described_and_every_one_described_is_there(doors: Guard) -> None:
    assert isinstance(doors.app, FastAPI)
    routes = {str(getattr(route, "path", "")) for route in doors.app.routes}
    assert set(PATHS) - {"/nowhere/{name}"} == routes - {""}


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_the_requests_differ_and_fit_their_route(path: str, method: str) -> None:
    seen: set[tuple[str, bytes]] = set()

    @effort(max_examples=15, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(cases(path, method))
    def look(case: AnyCase) -> None:
        sent = as_sent(case)
        seen.add((str(sent.url) + repr(sent.headers.raw), sent.content))

    look()
    assert len(seen) > 5


def test_what_comes_back_is_noticed() -> None:
    blank = httpx.Response(200, text="a page for everybody")
    assert returned(["canary words"], httpx.Response(200, text="you said canary"), blank)
    assert not returned(["everybody"], httpx.Response(200, text="a page for everybody"), blank)
    assert ECHO == 6
    assert HELP_NUMBER.count("-") == 3
