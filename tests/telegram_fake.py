"""A strict Bot API server, and people who use it: what Telegram refuses, this refuses.

Limits are the client library's own constants. Refusals are worded as Telegram words them, since a
bot has nothing else to tell them apart by. It keeps each chat as both sides see it, every call
that was made, and delivers updates in the order of their chat until they are taken.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from telegram import constants

CAPITAL: Final = re.compile("[A-Z]")
BOT: Final = "1234567:made-up-for-tests"  # its token
DELETABLE: Final = 48 * 3600
TRIES: Final = 5

_MESSAGE: Final = {"chat_id", "text", "reply_markup", "link_preview_options"}
PARAMETERS: Final[Mapping[str, set[str]]] = {  # of each method, those this bot has a use for
    "sendMessage": {*_MESSAGE, "disable_notification"},
    "editMessageText": {*_MESSAGE, "message_id"},
    "deleteMessage": {"chat_id", "message_id"},
    "deleteMessages": {"chat_id", "message_ids"},
    "answerCallbackQuery": {"callback_query_id"},
    "setMyCommands": {"commands", "language_code"},
    "setMyDescription": {"description", "language_code"},
    "setMyShortDescription": {"short_description", "language_code"},
    "setWebhook": {"url", "allowed_updates", "secret_token"},
    "deleteWebhook": set(),
    "getUpdates": {"offset", "timeout", "allowed_updates"},
}

Post = Callable[[bytes, dict[str, str]], Awaitable[int]]  # body and headers -> status
Parameters = dict[str, Any]


class RefusedError(Exception):
    """What Telegram answers instead of a result."""

    def __init__(self, code: int, what: str, retry_after: int = 0) -> None:
        what = f"Bad Request: {what}" if code == 400 else what
        self.body: dict[str, object] = {"ok": False, "error_code": code, "description": what}
        if retry_after:
            self.body["parameters"] = {"retry_after": retry_after}
        self.code = code
        super().__init__(what)


def check(fine: bool, what: str, code: int = 400) -> None:
    if not fine:
        raise RefusedError(code, what)


@dataclass
class Shown:
    """A message as both sides of a chat see it."""

    id: int
    text: str
    by_bot: bool
    at: float
    buttons: list[dict[str, str]] = field(default_factory=list)


class Fake:
    """One bot's Telegram. `now` is its clock; everything else is open to be looked at."""

    def __init__(self, now: Callable[[], float], pace: float = 0.0) -> None:
        self.now = now
        self.pace = pace  # seconds between two messages to a chat
        self.post: Post | None = None
        self.secret = ""
        self.chats: dict[int, dict[int, Shown]] = defaultdict(dict)
        self.calls: list[tuple[str, Parameters]] = []
        self.shown_at: dict[int, list[float]] = defaultdict(list)  # seconds of the event loop
        self.refusals: dict[tuple[str, int], list[RefusedError]] = defaultdict(list)
        self.swallowed: dict[tuple[str, int], int] = defaultdict(int)  # done, never answered
        self.hurried: list[int] = []  # chats that were sent to too soon
        self.blocked: set[int] = set()
        self.queries: set[str] = set()
        self.said: dict[tuple[str, str], str] = {}  # (method, language) -> what was set
        self.hook: Parameters = {}
        self.waiting: list[dict[str, Any]] = []  # for getUpdates
        self.deliveries: list[int] = []  # statuses
        self.ids, self.updates = count(100), count(5000)
        self._order: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    # The bot's side ------------------------------------------------------------------------

    async def answer(self, request: Request) -> Response:
        method, token = request.path_params["method"], request.path_params["token"]
        body = (await request.body()).decode()
        given = {name: _decoded(value) for name, value in parse_qsl(body, strict_parsing=True)}
        try:
            check(token == BOT, "Unauthorized", code=401)
            check(method in PARAMETERS, "Not Found", code=404)
            unknown = given.keys() - PARAMETERS[method]
            check(not unknown, f"unknown {unknown}")
            result = await self._done(method, given)
        except RefusedError as refused:
            return JSONResponse(refused.body, refused.code)
        return JSONResponse({"ok": True, "result": result})

    async def _done(self, method: str, given: Parameters) -> object:
        chat = given.get("chat_id", 0)
        self.calls.append((method, given))
        if self.refusals[method, chat]:
            raise self.refusals[method, chat].pop(0)
        check(chat not in self.blocked, "Forbidden: bot was blocked", code=403)
        result = await getattr(self, CAPITAL.sub(r"_\g<0>", f"_{method}").lower())(**given)
        if self.swallowed[method, chat]:
            self.swallowed[method, chat] -= 1
            await asyncio.sleep(60)
        return result

    async def _send_message(self, chat_id: int, text: str, **rest: Any) -> object:
        known = chat_id in self.chats
        check(known, "Forbidden: bot can't initiate it", code=403)
        shown = Shown(next(self.ids), text, by_bot=True, at=self.now(), buttons=_buttons(rest))
        self._paced(chat_id, text)
        self.chats[chat_id][shown.id] = shown
        return _message(chat_id, shown)

    async def _edit_message_text(
        self, chat_id: int, message_id: int, text: str, **rest: Any
    ) -> object:
        shown = self.chats[chat_id].get(message_id)
        if shown is None:
            raise RefusedError(400, "message to edit not found")
        check(shown.by_bot, "message can't be edited")
        buttons = _buttons(rest)
        same = (shown.text, shown.buttons) == (text, buttons)
        check(not same, "message is not modified: specified new message")
        self._paced(chat_id, text)
        shown.text, shown.buttons = text, buttons
        return _message(chat_id, shown)

    def _paced(self, chat: int, text: str) -> None:
        """A message may be shown now."""
        check(bool(text.strip()), "message text is empty")
        units = len(text.encode("utf-16-le")) // 2
        check(units <= constants.MessageLimit.MAX_TEXT_LENGTH, "message is too long")
        now, times = asyncio.get_running_loop().time(), self.shown_at[chat]
        if times and now - times[-1] < self.pace:
            self.hurried.append(chat)
            raise RefusedError(429, "Too Many Requests: retry after 1", 1)
        times.append(now)

    async def _delete_message(self, chat_id: int, message_id: int) -> bool:
        found = message_id in self.chats[chat_id]
        check(found, "message to delete not found")
        self._delete(chat_id, [message_id])
        return True

    async def _delete_messages(self, chat_id: int, message_ids: list[int]) -> bool:
        few = 1 <= len(message_ids) <= constants.BulkRequestLimit.MAX_LIMIT
        check(few, "too many messages")
        self._delete(chat_id, [id for id in message_ids if id in self.chats[chat_id]])
        return True

    def _delete(self, chat: int, messages: list[int]) -> None:
        found = self.chats[chat]
        young = all(self.now() - found[id].at <= DELETABLE for id in messages)
        check(young, "message can't be deleted for everyone")
        for id in messages:
            del found[id]

    async def _answer_callback_query(self, callback_query_id: str) -> bool:
        known = callback_query_id in self.queries
        check(known, "query is too old or query ID is invalid")
        self.queries.discard(callback_query_id)
        return True

    async def _set_my_commands(self, commands: Any, language_code: str = "") -> bool:
        for each in commands:
            most = constants.BotCommandLimit.MAX_DESCRIPTION
            check(1 <= len(each["description"]) <= most, "bad command")
        self.said["commands", language_code] = " ".join(each["command"] for each in commands)
        return True

    async def _set_my_description(self, description: str, language_code: str = "") -> bool:
        most = constants.BotDescriptionLimit.MAX_DESCRIPTION_LENGTH
        check(len(description) <= most, "too long")
        self.said["about", language_code] = description
        return True

    async def _set_my_short_description(
        self, short_description: str, language_code: str = ""
    ) -> bool:
        most = constants.BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH
        check(len(short_description) <= most, "too long")
        self.said["short", language_code] = short_description
        return True

    async def _set_webhook(self, url: str, **rest: Any) -> bool:
        check(url.startswith("https://"), "HTTPS url must be provided")
        self.hook = {"url": url, **rest}
        return True

    async def _delete_webhook(self) -> bool:
        self.hook = {}
        return True

    async def _get_updates(self, offset: int = 0, **_: Any) -> list[dict[str, Any]]:
        check(not self.hook, "Conflict: webhook is active", code=409)
        self.waiting = [each for each in self.waiting if each["update_id"] >= offset]
        if not self.waiting:
            await asyncio.sleep(0.02)
        return self.waiting

    # The people's side -----------------------------------------------------------------------

    def typed(self, chat: int, text: str | None, *, at: float | None = None) -> dict[str, Any]:
        """The update of a person who wrote; None: who sent a picture."""
        shown = Shown(next(self.ids), text or "(picture)", by_bot=False, at=at or self.now())
        self.chats[chat][shown.id] = shown
        message = _message(chat, shown) | {"from": _somebody(chat)}
        if text is None:
            message["photo"] = [{"file_id": "x", "file_unique_id": "x", "width": 1, "height": 1}]
            del message["text"]
        return {"update_id": next(self.updates), "message": message}

    def pressed(self, chat: int, shown: Shown, digit: str) -> dict[str, Any]:
        """The update of a person who pressed the button of this message that says `digit`."""
        data = [b["callback_data"] for b in shown.buttons if b["text"].split(" ")[0] == digit]
        query = f"{chat}-{next(self.ids)}"
        self.queries.add(query)
        carried = {"message": _message(chat, shown), "chat_instance": "1", "data": data[0]}
        asked = {"id": query, "from": _somebody(chat), **carried}
        return {"update_id": next(self.updates), "callback_query": asked}

    async def deliver(self, update: dict[str, Any]) -> None:
        """Send an update until it is taken, after those of its chat that came before."""
        found = update.get("message") or update["callback_query"]["message"]
        async with self._order[found["chat"]["id"]]:
            for _ in range(TRIES):
                if 200 <= await self.once(update) < 300:
                    return
        raise AssertionError("an update was never taken")

    async def once(self, update: dict[str, Any]) -> int:
        """Send an update a single time, in no order; the status that was answered."""
        assert self.post is not None
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret}
        self.deliveries.append(await self.post(json.dumps(update).encode(), headers))
        return self.deliveries[-1]

    def screen(self, chat: int) -> list[Shown]:
        """What is to be seen in a chat, the oldest first."""
        return [shown for _, shown in sorted(self.chats[chat].items())]

    def named(self, method: str) -> list[Parameters]:
        """The calls of one method."""
        return [given for name, given in self.calls if name == method]


def _decoded(value: str) -> object:
    """Numbers and structures travel as JSON, texts as they are."""
    with suppress(ValueError):
        found = json.loads(value)
        if type(found) is int or isinstance(found, dict | list):
            return found
    return value


def _buttons(given: Parameters) -> list[dict[str, str]]:
    rows = given.get("reply_markup", {}).get("inline_keyboard", ())
    found = [each for row in rows for each in row]
    for each in found:
        size = len(each["callback_data"].encode())
        fits = 1 <= size <= constants.InlineKeyboardButtonLimit.MAX_CALLBACK_DATA
        check(fits and bool(each["text"]), "BUTTON_DATA_INVALID")
    return found


def _message(chat: int, shown: Shown) -> dict[str, Any]:
    where = {"id": chat, "type": "private", "first_name": "Canary", "username": "canary_name"}
    markup = {"inline_keyboard": [[each] for each in shown.buttons]}
    return {
        "message_id": shown.id, "date": int(shown.at), "chat": where, "text": shown.text,
        **({"reply_markup": markup} if shown.buttons else {}),
    }  # fmt: skip


def _somebody(chat: int) -> dict[str, Any]:
    name = {"first_name": "Canary", "username": "canary_name", "language_code": "de"}
    return {"id": chat, "is_bot": False, **name}
