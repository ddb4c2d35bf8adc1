"""The Bot API as the Telegram door uses it: python-telegram-bot's client, and nothing else of it.

Rule 1: nothing here raises, and nothing tells of a chat or the token: what failed is a `Sent`.
Rule 2: nothing is sent later than the time given with it.
Rule 3: being told to wait (429) delays that chat, no other.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from enum import Enum
from functools import partial
from ssl import SSLContext
from typing import Final, NamedTuple

from bot import quiet
from bot.channels.telegram import Card
from webhook.lanes import Pace
from webhook.updates import ALLOWED

# How long Telegram wants us to wait: as a timedelta, without the library's warning about numbers.
os.environ.setdefault("PTB_TIMEDELTA", "true")

import httpx
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import BulkRequestLimit
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

ALLOWED_UPDATES: Final = [*ALLOWED]
REQUEST_SECONDS: Final = 3.0
POLL_SECONDS: Final = 20
CONNECTIONS_MOST: Final = 64
TRIES: Final = 3
AGAIN_SECONDS: Final = 0.3  # after the network failed
_UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)


class Sent(Enum):
    """What became of a message."""

    SHOWN = "shown"
    MISSING = "missing"  # there is nothing to change: it was deleted, or cannot be changed
    BLOCKED = "blocked"  # the person does not want us any more
    LOST = "lost"  # not in time; it may have arrived even so


class To(NamedTuple):
    """Where something goes, and until when, in seconds of the event loop."""

    chat: int
    mask: bytes
    until: float

    def __repr__(self) -> str:
        return "To()"


class Courier:
    """Sends, changes and deletes messages. Has no repr to leak the token from."""

    def __init__(self, token: str, server: str, pace: Pace) -> None:
        trust = httpx.create_ssl_context()  # made once: reading the roots takes a while
        self._clients = _client(CONNECTIONS_MOST, trust), _client(1, trust)
        self.bot = Bot(
            token,
            base_url=f"{server}/bot",
            request=self._clients[0],
            get_updates_request=self._clients[1],
        )
        self._pace = pace

    async def send(self, to: To, card: Card, mark: str) -> tuple[Sent, int]:
        """A new message without a sound, and its number."""

        async def act() -> int:
            message = await self.bot.send_message(
                to.chat,
                card.text,
                reply_markup=keyboard(card, mark),
                disable_notification=True,
                link_preview_options=NO_PREVIEW,
            )
            return message.message_id

        return await self._deliver(to, act, again=False)

    async def edit(self, to: To, message: int, card: Card, mark: str) -> Sent:
        """Turn a message into this card."""

        async def act() -> int:
            await self.bot.edit_message_text(
                card.text,
                to.chat,
                message,
                reply_markup=keyboard(card, mark),
                link_preview_options=NO_PREVIEW,
            )
            return message

        return (await self._deliver(to, act, again=True))[0]

    async def acknowledge(self, query: str) -> None:
        """End the wait that a pressed button shows."""
        await tried(partial(self.bot.answer_callback_query, query))

    async def remove(self, chat: int, messages: Sequence[int]) -> list[int]:
        """Delete messages, all at once, else one by one. Returns those that are still there."""
        most = BulkRequestLimit.MAX_LIMIT
        if not messages:
            return []
        if len(messages) == 1:
            return await self._remove_each(chat, messages)
        together = messages[:most]
        if not await tried(partial(self.bot.delete_messages, chat, together)):
            return await self._remove_each(chat, together) + [*messages[most:]]
        return [*messages[most:]]

    async def listen(self, url: str, secret: str = "") -> bool:
        """Have updates sent to `url`, with `secret` shown each time; "": to nobody."""
        if not url:
            return await tried(self.bot.delete_webhook)
        return await tried(
            partial(
                self.bot.set_webhook, url, allowed_updates=ALLOWED_UPDATES, secret_token=secret
            )
        )

    async def updates(self, after: int) -> list[tuple[int, object]] | None:
        """Updates from number `after` on, as JSON; waits for some. None: there was an error."""
        try:
            found = await self.bot.get_updates(
                after, timeout=POLL_SECONDS, allowed_updates=ALLOWED_UPDATES
            )
        except TelegramError as error:
            tell(error)
            return None
        return [(each.update_id, each.to_dict()) for each in found]

    async def close(self) -> None:
        """Let go of all connections."""
        for client in self._clients:
            await client.shutdown()

    async def _remove_each(self, chat: int, messages: Iterable[int]) -> list[int]:
        left = []
        for message in messages:
            if not await tried(partial(self.bot.delete_message, chat, message)):
                left.append(message)
        return left

    async def _deliver(
        self, to: To, act: Callable[[], Awaitable[int]], *, again: bool
    ) -> tuple[Sent, int]:
        """Try until it is done, refused or too late. `again`: doing it twice does no harm."""
        for _ in range(TRIES):
            if not await self._pace.turn(to.mask, to.until):
                break
            try:
                return Sent.SHOWN, await act()
            except RetryAfter as error:
                quiet.say(quiet.Line.TELEGRAM_DELAYED)
                self._pace.hold(to.mask, seconds(error))
            except TelegramError as error:
                refused = _refused(error)
                if refused is not None:
                    return refused, 0
                tell(error)
                if not _may_repeat(error, again=again):
                    break
                await asyncio.sleep(AGAIN_SECONDS)
        return Sent.LOST, 0


def keyboard(card: Card, mark: str) -> InlineKeyboardMarkup:
    """The buttons of a card. Each carries its digit and the mark of its question, 10 letters."""
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(b.label, callback_data=f"{b.says}:{mark}") for b in row]
            for row in card.rows
        ]
    )


def seconds(error: RetryAfter) -> float:
    """How long Telegram wants us to wait."""
    wait = error.retry_after
    return float(wait) if isinstance(wait, int) else wait.total_seconds()


def tell(error: TelegramError) -> None:
    """Tell of a failure: of the network in one line, of anything else by its type and place."""
    if isinstance(error, NetworkError):
        quiet.say(quiet.Line.TELEGRAM_UNREACHED)
    else:
        quiet.report(error)


def _refused(error: TelegramError) -> Sent | None:
    """What a refusal means; None: it is no refusal."""
    if isinstance(error, Forbidden):
        return Sent.BLOCKED
    if isinstance(error, BadRequest):
        same = "message is not modified" in error.message.lower()
        return Sent.SHOWN if same else Sent.MISSING
    return None


def _may_repeat(error: TelegramError, *, again: bool) -> bool:
    """Whether to try once more: only what is harmless twice, or has certainly not arrived."""
    return isinstance(error, NetworkError) and (again or isinstance(error.__cause__, _UNSENT))


async def tried(act: Callable[[], Awaitable[object]]) -> bool:
    """Whether it was done. What is not there to be deleted is as good as deleted."""
    try:
        await act()
    except BadRequest as error:
        return "not found" in error.message.lower()
    except (RetryAfter, Forbidden):
        return False
    except TelegramError as error:
        tell(error)
        return False
    return True


def _client(connections: int, trust: SSLContext) -> HTTPXRequest:
    return HTTPXRequest(
        connections,
        read_timeout=REQUEST_SECONDS,
        write_timeout=REQUEST_SECONDS,
        connect_timeout=REQUEST_SECONDS,
        pool_timeout=REQUEST_SECONDS,
        httpx_kwargs={"verify": trust},
    )
