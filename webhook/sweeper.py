"""Deletes Twilio's own records of messages, inbound and outbound, soon after they were sent.

Rule 1: it remembers nothing. What is to go is asked of Twilio each time, so a crash in the middle
costs a minute and no list of messages exists here, not even in memory.
Rule 2: what cannot be deleted yet (error 20009: not final) is left for the next round.
Rule 3: no id of a message, no number and no address with one in it reaches an error: what goes
wrong leaves here as `SweepError`, with nothing attached.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urljoin, urlsplit

import httpx

from bot import quiet
from bot.config import Settings
from webhook.house import House

EVERY_SECONDS: Final = 60.0
KEPT_SECONDS: Final = 120.0  # a record this young may still be needed to deliver its message
PAGE_SIZE: Final = 1000  # records, Twilio's most
PAGES_MOST: Final = 1000  # of one round
AT_ONCE: Final = 8  # deletions under way
TIMEOUT_SECONDS: Final = 10.0
WAITS: Final = (1.0, 2.0, 4.0, 8.0)  # seconds before each further try
WAIT_MOST: Final = 60.0  # however much a Retry-After asks for
TOO_MANY: Final = 429
NO_ENTRY: Final = (401, 403)


class SweepError(Exception):
    """Twilio's records cannot be read or deleted now. Says why in a word, and nothing else."""


def wanted(settings: Settings) -> bool:
    """Whether there is somebody's account to sweep, and the operator wants it swept."""
    credentials = settings.twilio_account_sid and settings.twilio_auth_token
    return bool(settings.twilio_sweep and credentials)


class Records:
    """The records of one account, over REST. An async context manager; has no repr to leak."""

    __slots__ = ("_client", "_list", "_waits")

    def __init__(
        self,
        settings: Settings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        waits: tuple[float, ...] = WAITS,
    ) -> None:
        """`transport` and `waits` (seconds before each further try): for tests."""
        token = settings.twilio_auth_token
        account = settings.twilio_account_sid
        self._client = httpx.AsyncClient(
            base_url=settings.twilio_api,
            auth=(account, token.get_secret_value() if token else ""),
            timeout=TIMEOUT_SECONDS,
            transport=transport,
        )
        self._list = f"{settings.twilio_api}/2010-04-01/Accounts/{account}/Messages"
        self._waits = waits

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def sweep(self, now: float) -> int:
        """Delete what is older than KEPT_SECONDS at `now` (seconds since 1970); how many went.

        SweepError: Twilio cannot be reached, refuses the credentials, or answers nonsense.
        """
        deleted = 0
        async for records in self._pages():
            old = [sid for sid, born in records if now - born > KEPT_SECONDS]
            for first in range(0, len(old), AT_ONCE):
                some = old[first : first + AT_ONCE]
                deleted += sum(await asyncio.gather(*map(self._delete, some)))
        return deleted

    async def oldest(self, now: float) -> float | None:
        """The age in seconds of the oldest record there is; None: there is none. SweepError."""
        first: float | None = None
        async for records in self._pages():
            births = [born for _, born in records]
            first = min(births if first is None else [*births, first], default=None)
        return None if first is None else now - first

    async def _pages(self) -> AsyncIterator[list[tuple[str, float]]]:
        """Pages of records, the youngest first: an id, and when it was born (seconds since 1970).

        Nothing is filtered by Twilio: a message that was never sent has no date of sending.
        """
        url = f"{self._list}.json?PageSize={PAGE_SIZE}"
        for _ in range(PAGES_MOST):
            page = _json(await self._asked("GET", url), 200)
            records, following = page.get("messages"), page.get("next_page_uri")
            if not isinstance(records, list):
                raise SweepError("no list")
            yield [(str(each["sid"]), _born(each)) for each in records if _is_record(each)]
            if not following:
                return
            url = self._next(str(following))

    def _next(self, uri: str) -> str:
        """The address of the next page: the same list of the same server, or it is not asked."""
        url, here, there = "", urlsplit(f"{self._list}.json"), None
        with suppress(ValueError):
            url = urljoin(self._list, uri)
            there = urlsplit(url)
        if there is None or there[:3] != here[:3]:
            raise SweepError("a page elsewhere")
        return url

    async def _delete(self, sid: str) -> bool:
        """Whether the record is gone by us; one that must stay a while is no error."""
        response = await self._asked("DELETE", f"{self._list}/{sid}.json")
        if response.status_code in NO_ENTRY:
            raise SweepError("refused")
        return response.status_code < 300

    async def _asked(self, method: str, url: str) -> httpx.Response:
        """An answer other than "later": too many requests, and trouble on their side."""
        for wait in (*self._waits, None):
            response = await self._once(method, url)
            later = response is None or response.status_code == TOO_MANY
            if response is not None and not later and response.status_code < 500:
                return response
            if wait is not None:
                await asyncio.sleep(_patience(response, wait))
        raise SweepError("unreachable" if response is None else "busy")

    async def _once(self, method: str, url: str) -> httpx.Response | None:
        """None: no answer. The error is not passed on, since it holds the request."""
        with suppress(httpx.HTTPError):
            return await self._client.request(method, url)
        return None


def _patience(response: httpx.Response | None, wait: float) -> float:
    """Seconds to wait: what a Retry-After asks for, within reason, or `wait`."""
    asked = response.headers.get("retry-after", "") if response is not None else ""
    return min(float(asked), WAIT_MOST) if asked.isascii() and asked.isdecimal() else wait


def _json(response: httpx.Response, status: int) -> dict[str, Any]:
    """An object of JSON. SweepError: another status, or none."""
    page = None
    if response.status_code != status:
        raise SweepError("refused" if response.status_code in NO_ENTRY else "unexpected")
    with suppress(ValueError):
        page = response.json()
    if not isinstance(page, dict):
        raise SweepError("no JSON")
    return page


def _is_record(record: object) -> bool:
    """Twilio's ids are letters and digits; anything else would be another address to delete."""
    sid = record.get("sid") if isinstance(record, dict) else None
    return isinstance(sid, str) and sid.isascii() and sid.isalnum()


def _born(record: dict[str, Any]) -> float:
    """When a message was sent, or written where it was never sent; 0: nobody knows."""
    when = record.get("date_sent") or record.get("date_created")
    with suppress(ValueError, TypeError):
        return parsedate_to_datetime(str(when)).timestamp()
    return 0.0


async def oldest(
    settings: Settings, now: float, transport: httpx.AsyncBaseTransport | None = None
) -> float | None:
    """For `waypost doctor`: the age in seconds of Twilio's oldest record. SweepError."""
    async with Records(settings, transport=transport, waits=WAITS[:1]) as records:
        return await records.oldest(now)


async def sweeping(house: House, stop: asyncio.Event) -> None:
    """A round every minute until `stop` is set. Ended as well by cancelling it, at any point."""
    async with Records(house.settings) as records:
        while not stop.is_set():
            try:
                await records.sweep(house.seconds())
            except SweepError:  # the next round may fare better
                quiet.say(quiet.Line.TWILIO_UNREACHED)
            except Exception as error:  # so may it after a mistake of ours
                quiet.report(error)
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY_SECONDS):
                    await stop.wait()
