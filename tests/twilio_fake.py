"""Twilio, as far as we meet it: the carrier that brings messages, and the records it keeps.

Rule 1: strict. What the real one would refuse is refused, and what nobody needs is not there.
Rule 2: it signs with twilio's own library and keeps cookies as Twilio does, for each two numbers.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.cookies import SimpleCookie
from itertools import count
from typing import Final
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send
from twilio.request_validator import (  # type: ignore[import-untyped]  # twilio ships no types
    RequestValidator,
)

from bot.channels import sms
from bot.config import Settings
from bot.load import Program
from bot.model import SOURCE, Event, Language, Text, TextId
from webhook.app import create_app
from webhook.house import build

ACCOUNT: Final = "AC00000000000000000000000000000000"
TOKEN: Final = "a token of tests only"  # noqa: S105 - opens nothing
PUBLIC: Final = "https://chat.example.org"
URL: Final = f"{PUBLIC}/twilio"
NUMBER: Final = "+18605550100"
PHONE: Final = "+12035550142"
OTHER: Final = "+12035550143"
SPANISH: Final = Language("es")


def settings(**more: str) -> Settings:
    """The settings of a house that answers Twilio."""
    given = {"public_url": PUBLIC, "twilio_account_sid": ACCOUNT, "twilio_auth_token": TOKEN}
    return Settings.model_validate(given | more)


def signature(fields: Mapping[str, str], *, url: str = URL, token: str = TOKEN) -> str:
    """What twilio's own library signs them with."""
    return str(RequestValidator(token).compute_signature(url, dict(fields)))


def texts(body: bytes) -> list[str]:
    """The messages of a TwiML document; an assertion fails where it is none."""
    document = ElementTree.fromstring(body)  # noqa: S314 - our own document
    assert document.tag == "Response"
    assert all(each.tag == "Message" and not len(each) and not each.attrib for each in document)
    return [each.text or "" for each in document]


# Messages ----------------------------------------------------------------------------------


class Carrier:
    """Brings messages to an application, signed, with the cookies of each two numbers."""

    def __init__(self, app: ASGIApp, first: int = 1) -> None:
        """`first`: the number of its first message."""
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://inside:8000"
        )
        self._sids = count(first)
        self.cookies: dict[tuple[str, str], str] = {}

    async def text(self, body: str, *, sender: str = PHONE, **more: str) -> list[str]:
        """One message; the messages it was answered with."""
        response = await self.bring(self.message(body, sender, **more))
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/xml; charset=utf-8"
        return texts(response.content)

    def message(self, body: str, sender: str = PHONE, **more: str) -> dict[str, str]:
        """The fields of a new message."""
        fields = {"From": sender, "To": NUMBER, "Body": body, "NumMedia": "0"}
        return fields | {"MessageSid": f"SM{next(self._sids):032x}"} | more

    async def bring(
        self, fields: Mapping[str, str], *, keep: bool = True, cookie: bool = True
    ) -> httpx.Response:
        """Deliver once. `keep`: Twilio sees the answer; `cookie`: it sends what it kept."""
        pair = (fields.get("From", ""), fields.get("To", ""))
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": signature(fields),
        }
        if cookie and pair in self.cookies:
            headers["Cookie"] = self.cookies[pair]
        response = await self._client.post("/twilio", content=urlencode(fields), headers=headers)
        if keep and "set-cookie" in response.headers:
            self._keep(pair, response.headers["set-cookie"])
        return response

    def _keep(self, pair: tuple[str, str], header: str) -> None:
        [(name, morsel)] = SimpleCookie(header).items()
        assert morsel["path"] == "/twilio"
        assert morsel["secure"]
        assert morsel["httponly"]
        self.cookies[pair] = f"{name}={morsel.value}"
        if morsel["max-age"] == "0":
            del self.cookies[pair]


# Records -----------------------------------------------------------------------------------


@dataclass
class Record:
    """What Twilio keeps of one message. Times in seconds since 1970."""

    sid: str
    created: float
    sent: float | None
    final: float  # from when on it may be deleted

    def json(self) -> dict[str, str | None]:
        return {
            "sid": self.sid,
            "body": "words of a person",
            "from": PHONE,
            "to": NUMBER,
            "date_created": _date(self.created),
            "date_sent": None if self.sent is None else _date(self.sent),
        }


def _date(when: float) -> str:
    return format_datetime(datetime.fromtimestamp(when, UTC))


@dataclass
class Rest:
    """Twilio's REST API for the messages of one account, as an ASGI application."""

    now: float = 1_800_000_000.0
    token: str = TOKEN
    most: int = 1000  # records on a page, whatever is asked for
    busy: int = 0  # how many of the next requests are answered 429
    retry_after: str = "0"
    broken: int = 0  # how many of the next requests are answered 503
    elsewhere: str = ""  # where the next page is said to be
    records: dict[str, Record] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # method and status of each request
    together: int = 0  # the most requests at a time
    _open: int = 0
    _sids: count[int] = field(default_factory=lambda: count(1))

    def add(self, age: float, *, sent: bool = True, final: float = 60.0) -> str:
        """A record of a message `age` seconds old, final `final` seconds after it was written."""
        born = self.now - age
        sid = f"SM{next(self._sids):032x}"
        self.records[sid] = Record(sid, born, born if sent else None, born + final)
        return sid

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        self._open += 1
        self.together = max(self.together, self._open)
        await asyncio.sleep(0)
        self._open -= 1
        status, body, headers = self._answer(scope)
        self.asked.append(f"{scope['method']} {status}")
        content = b"" if body is None else json.dumps(body).encode()
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, scope: Scope) -> tuple[int, object, dict[str, str]]:
        if self.busy:
            self.busy -= 1
            return 429, {"code": 20429}, {"retry-after": self.retry_after}
        if self.broken:
            self.broken -= 1
            return 503, None, {}
        given = dict(scope["headers"]).get(b"authorization", b"")
        if given != b"Basic " + base64.b64encode(f"{ACCOUNT}:{self.token}".encode()):
            return 401, {"code": 20003}, {}
        return *self._routed(scope), {}

    def _routed(self, scope: Scope) -> tuple[int, object]:
        listed = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
        path, method = scope["path"], scope["method"]
        if path == f"{listed}.json" and method == "GET":
            return self._page(dict(parse_qsl(scope["query_string"].decode())), f"{listed}.json")
        if path.startswith(f"{listed}/") and path.endswith(".json") and method == "DELETE":
            return self._delete(path.removeprefix(f"{listed}/").removesuffix(".json"))
        return 404, {"code": 20404}

    def _page(self, query: dict[str, str], path: str) -> tuple[int, object]:
        """Newest first. A page is named by its last record, so deleting moves no page."""
        if not set(query) <= {"PageSize", "Page", "PageToken"}:
            return 400, {"code": 20001}
        size = int(query["PageSize"])
        if not 1 <= size <= 1000:
            return 400, {"code": 20006}
        size = min(size, self.most)
        found = sorted(self.records.values(), key=_place, reverse=True)
        if after := query.get("PageToken", "").removeprefix("PA"):
            born, _, sid = after.partition("-")
            found = [record for record in found if _place(record) < (float(born), sid)]
        page, more = found[:size], found[size:]
        following = None
        if more:
            token = f"PA{page[-1].created}-{page[-1].sid}"
            number = int(query.get("Page", "0")) + 1
            following = f"{path}?PageSize={size}&Page={number}&PageToken={token}"
        if more and self.elsewhere:
            following = self.elsewhere
        return 200, {"messages": [each.json() for each in page], "next_page_uri": following}

    def _delete(self, sid: str) -> tuple[int, object]:
        record = self.records.get(sid)
        if record is None:
            return 404, {"code": 20404}
        if record.final > self.now:
            return 409, {"code": 20009}
        del self.records[sid]
        return 204, None


def _place(record: Record) -> tuple[float, str]:
    return record.created, record.sid


# A house behind it -------------------------------------------------------------------------


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Ledger(Counter[tuple[str, str, str]]):
    """What was counted: channel, dimension, value."""

    def add(self, channel: str, events: tuple[Event, ...], _month: str) -> None:
        self.update((channel, event.dimension, event.value) for event in events)


class Setup:
    """A house that answers Twilio, what it counts, its clock, and the carrier before it."""

    def __init__(self, program: Program, **more: str) -> None:
        self.clock, self.counted = Clock(), Ledger()
        self.house = build(settings(**more), program, count=self.counted.add, seconds=self.clock)
        self.carrier = Carrier(create_app(self.house))

    def say(self, name: str, language: Language = SOURCE) -> str:
        """A text as a text message says it."""
        catalog = self.house.program.catalog
        said = catalog.say(Text(TextId(f"always/{name}")), language, sms.VARIANTS)
        return sms.simplified(said, catalog.letters(language))


def help_number(program: Program) -> str:
    offer = program.book.cards[program.book.help_line, "unsaid", SOURCE]
    return next(each.shown for each in offer.contacts if each.kind == "voice")
