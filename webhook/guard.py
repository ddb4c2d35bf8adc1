"""What stands before every door: sizes, deadlines, fixed errors, and the same headers for all.

Rule 1: a body is read whole here, at most `body_most` bytes in RECEIVE_SECONDS, before any door
sees it: a door gets a complete small request or none.
Rule 2: an error has a status and no words. Where our own code failed it has the help line, made
at start, since somebody may be waiting for a number.
Rule 3: nothing of a request comes back, and nothing tells what runs here.
Rule 4: no header asks a browser to remember us; that is why there is no HSTS.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from ipaddress import IPv6Address, ip_address
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot import quiet
from bot.channels import plain
from webhook.entrance import Answered, Answering, Entrance, Ready
from webhook.house import House

BODY_MOST: Final = 16 * 1024  # bytes
# One message of 4,096 letters, quoted in another, is this long in Telegram's JSON; refused, it
# would come again for a day and hold up that chat.
LONGER: Final = {"/telegram": 128 * 1024}
HEADERS_MOST: Final = 100
RECEIVE_SECONDS: Final = 10.0
NEIGHBOURS: Final = 64  # bits of an IPv6 address that one household or phone shares
Header = tuple[bytes, bytes]
HEADERS: Final[tuple[Header, ...]] = (
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"cross-origin-embedder-policy", b"require-corp"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
        b"microphone=(), payment=(), usb=()",
    ),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-dns-prefetch-control", b"off"),
    (b"x-frame-options", b"DENY"),
)
_NAMES: Final = frozenset(name for name, _ in HEADERS)
_BANNERS: Final = frozenset((b"server", b"date", b"x-powered-by"))
_GONE: Final = -1  # no status: the sender has left
_TEXT: Final = (b"content-type", b"text/plain; charset=utf-8")
_CLOSE: Final = (b"connection", b"close")
NO_ENTRANCES: Final[Mapping[str, Entrance]] = {}


class Guard:
    """An ASGI application around another."""

    def __init__(
        self,
        app: ASGIApp,
        house: House,
        seconds: float = RECEIVE_SECONDS,
        entrances: Mapping[str, Entrance] = NO_ENTRANCES,
    ) -> None:
        """`entrances`: by path, what is posted there; the application has all the rest."""
        self.app = app
        self._seconds = seconds
        self._entrances = entrances
        self._trusts = house.settings.trust_proxy
        self._help = _help_line(house)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})

    def at_once(self, scope: Scope) -> Ready | None:
        """What answers this request as soon as its body is whole, up to `body_most`.

        None: it is refused, or has to be asked as an application is.
        """
        entrance = self._entrance(scope)
        if entrance is None or entrance.answer is None or _refused(scope, entrance):
            return None
        return partial(self._safely, entrance.answer, scope)

    def _entrance(self, scope: Scope) -> Entrance | None:
        found = self._entrances.get(scope.get("path", ""))
        return found if scope["method"] == "POST" else None

    def _safely(self, answer: Answering, scope: Scope, body: bytes) -> Answered:
        try:
            return answer(scope, body)
        except Exception as error:  # as in `_pass`
            quiet.report(error)
            return Answered(500, [_CLOSE, _TEXT], self._help)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        entrance, body = self._entrance(scope), b""
        status = _refused(scope, entrance)
        if not status:
            status, body = await self._whole(receive, body_most(scope))
        if status == _GONE:
            return
        if status:
            await _answer(send, status)
        elif entrance is not None and entrance.answer is not None:
            answered = self._safely(entrance.answer, scope, body)
            await _answer(send, answered.status, answered.body, answered.headers)
        else:
            headed = _Headed(send, scope["method"] == "HEAD")
            await self._pass(scope, _Again(body, receive), headed)

    async def _whole(self, receive: Receive, most: int) -> tuple[int, bytes]:
        """A status to refuse with, or 0, and the body.

        The deadline is a bare timer: `asyncio.timeout` costs a twentieth of a whole answer.
        """
        task, late = asyncio.current_task(), False

        def cut() -> None:
            nonlocal late
            late = task is not None and task.cancel()

        timer = asyncio.get_running_loop().call_later(self._seconds, cut)
        try:
            return await _whole(receive, most)
        except asyncio.CancelledError:
            if not late or task is None or task.uncancel():
                raise
            return 408, b""
        finally:
            timer.cancel()

    async def _pass(self, scope: Scope, receive: Receive, send: _Headed) -> None:
        inner = {**scope, "client": (client(scope, trusts=self._trusts), 0)}
        if scope["method"] == "HEAD":  # the same as GET, without the body
            inner["method"] = "GET"
        try:
            await self.app(inner, receive, send)
        except Exception as error:  # the outermost: whoever asked gets a fixed answer
            quiet.report(error)
            if not send.begun:
                await _answer(send, 500, self._help, (_CLOSE, _TEXT))


class _Again:
    """Gives the body that was read, once; then what the server has to say."""

    __slots__ = ("_body", "_receive")

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


class _Headed:
    """Sends on, with our headers; without a body where only the head was asked for."""

    __slots__ = ("_bare", "_send", "begun")

    def __init__(self, send: Send, bare: bool) -> None:
        self._send = send
        self._bare = bare
        self.begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            message = {**message, "headers": _with(message.get("headers", ()))}
        elif self._bare:
            message = {**message, "body": b""}
        await self._send(message)


def client(scope: Scope, *, trusts: bool = False) -> str:
    """Whom a request is weighed as: an address, or of IPv6 the part that neighbours share.

    `trusts`: a proxy of ours stands before us, and the last address it added is the sender's.
    """
    host = scope["client"][0] if scope.get("client") else ""
    if trusts:
        told = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        host = told[-1].rpartition(b",")[2].strip().decode("latin-1") if told else host
    elif ":" not in host:  # nearly everybody: an IPv4 address, which the socket has checked
        return host
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        shared = IPv6Address(int(address) >> NEIGHBOURS << NEIGHBOURS)
        return str(address.ipv4_mapped or shared)
    return str(address)


def _refused(scope: Scope, entrance: Entrance | None) -> int:
    """The status with which a request is refused for its head alone, or 0."""
    if len(scope["headers"]) > HEADERS_MOST:
        return 431
    for name, value in scope["headers"]:
        if name == b"content-length":
            if not value.isdigit():
                return 400
            if int(value[:9]) > body_most(scope):
                return 413
    return 0 if entrance is None or entrance.admits(scope) else 403


def body_most(scope: Scope) -> int:
    """How many bytes a door takes."""
    return LONGER.get(scope.get("path", ""), BODY_MOST)


async def _whole(receive: Receive, most: int) -> tuple[int, bytes]:
    """A status to refuse with, or 0, and the body."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return _GONE, b""
        body += message.get("body", b"")
        if len(body) > most:
            return 413, b""
        if not message.get("more_body", False):
            return 0, body


def _with(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of a door, and ours where the door has none of its own."""
    given = [(name.lower(), value) for name, value in headers]
    kept = [each for each in given if each[0] not in _BANNERS]
    own = _NAMES.intersection(name for name, _ in kept)
    return [*kept, *(HEADERS if not own else (each for each in HEADERS if each[0] not in own))]


async def _answer(
    send: Send, status: int, body: bytes = b"", headers: Iterable[Header] = (_CLOSE,)
) -> None:
    """A whole answer. A refusal ends the connection: what is still on its way is not read."""
    told = [(b"content-length", b"%d" % len(body)), *headers, *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})


def _help_line(house: House) -> bytes:
    """The help line in every language, one after the other."""
    catalog, told = house.program.catalog, []
    for language in catalog.languages:
        for reply in house.conversation.help(language).replies:
            told.append("\n".join(plain.lines(reply, catalog, language)))
    return "\n\n".join(told).encode()
