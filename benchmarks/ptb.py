"""The benchmark's conversation with python-telegram-bot's ConversationHandler, offline.

Rule 1: as its manual teaches: states, handlers, filters, `user_data`; nothing is slowed down. What
is said and looked up comes from the same tables as the hand-written machine's.
Rule 2: nothing is sent. `QuietBot` answers a call at once, before the library has written or
read any JSON; `wired` leaves the library's own sending on and only the network is not there.
Rule 3: the updates are made before the clock starts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any, cast

from telegram import Message, Update
from telegram.ext import (
    Application,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    ExtBot,
    MessageHandler,
    filters,
)
from telegram.request import BaseRequest, RequestData

from benchmarks.handwritten import MENUS, Session, Tables
from bot.model import OFFERS_AT_ONCE

TOKEN = "1:made-up"  # noqa: S105  no bot has it; the library wants its shape
_AT = 1_767_600_000  # seconds: the date of every message

Context = ContextTypes.DEFAULT_TYPE
Handler = Callable[[Update, Context], Coroutine[Any, Any, str | None]]
App = Application[Any, Any, Any, Any, Any, Any]
_ME = {"id": 1, "is_bot": True, "first_name": "Bot", "username": "bot"}
_CHAT = {"id": 7, "type": "private"}
_SENT = {"message_id": 2, "date": _AT, "chat": _CHAT, "from": _ME, "text": "sent"}


class NoNetwork(BaseRequest):
    """A Bot API that is not there: every call succeeds at once."""

    __slots__ = ()

    @property
    def read_timeout(self) -> float | None:
        return None

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(
        self,
        url: str,
        method: str,  # noqa: ARG002  the library's signature
        request_data: RequestData | None = None,
        *args: Any,  # noqa: ARG002  timeouts
        **kwargs: Any,  # noqa: ARG002  timeouts
    ) -> tuple[int, bytes]:
        if request_data is not None:
            _ = request_data.json_parameters  # what a real request sends
        result = _ME if url.endswith("/getMe") else _SENT
        return 200, json.dumps({"ok": True, "result": result}).encode()


class QuietBot(ExtBot[None]):
    """A bot whose messages are sent before they are written."""

    __slots__ = ()
    _sent = Message.de_json(dict(_SENT), None)

    async def send_message(self, *args: Any, **kwargs: Any) -> Message:  # noqa: ARG002  unsent
        return self._sent


class Talk:
    """The handlers. What is known of a person is in `user_data`, where the library keeps it."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.said = {at: "\n\n".join(messages) for at, messages in tables.said.items()}

    def handler(self) -> ConversationHandler[Context]:
        """One state a question; any text that is no command is an answer."""
        answer = filters.TEXT & ~filters.COMMAND
        states: dict[object, list[Any]] = {
            at: [MessageHandler(answer, self.menu(at))] for at in MENUS
        }
        states["town"] = [MessageHandler(answer, self.town)]
        return ConversationHandler(
            entry_points=[MessageHandler(answer, self.hello)],
            states=states,
            fallbacks=[CommandHandler("leave", self.leave)],
        )

    async def hello(self, update: Update, context: Context) -> str:  # noqa: ARG002  unknown yet
        await cast(Message, update.message).reply_text(self.said["hello"])
        return "hello"

    def menu(self, at: str) -> Handler:
        """The handler of one closed question."""
        choices = MENUS[at]

        async def answer(update: Update, context: Context) -> str | None:
            message = cast(Message, update.message)
            choice = choices.get(cast(str, message.text).strip())
            if choice is None:
                await message.reply_text(self.tables.unclear)
                return None
            goes, name, value = choice
            if name:
                cast(Session, context.user_data)[name] = value
            await message.reply_text(self.said[goes])
            return goes

        return answer

    async def town(self, update: Update, context: Context) -> str | None:
        message, known = cast(Message, update.message), cast(Session, context.user_data)
        heard = cast(str, message.text).strip().lower()
        town = "" if heard == "1" else self.tables.towns.get(heard)
        if town is None:
            await message.reply_text(self.tables.unclear)
            return None
        known["town"] = town
        found = self.tables.services[known["need"], town, known["age"]]
        texts = [text for _, text in found[:OFFERS_AT_ONCE]]
        said = (self.tables.help_line, self.tables.refer, *texts, self.said["next"])
        await message.reply_text("\n\n".join(said))
        return "next"

    async def leave(self, update: Update, context: Context) -> int:
        cast(Session, context.user_data).clear()
        await cast(Message, update.message).reply_text(self.tables.goodbye)
        return ConversationHandler.END


def application(tables: Tables, *, wired: bool) -> App:
    """An application that is ready for `initialize`; no job queue, no updater, no network."""
    made = ExtBot[None] if wired else QuietBot
    bot = made(TOKEN, request=NoNetwork(), get_updates_request=NoNetwork())
    app: App = Application.builder().bot(bot).updater(None).job_queue(None).build()
    app.add_handler(Talk(tables).handler())
    return app


def update(app: App, person: int, typed: str) -> Update:
    """A message from a person, as Telegram's server would describe it."""
    message: dict[str, object] = {
        "message_id": 1,
        "date": _AT,
        "chat": {"id": person, "type": "private", "first_name": "A"},
        "from": {"id": person, "is_bot": False, "first_name": "A", "language_code": "en"},
        "text": typed,
    }
    if typed.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(typed)}]
    return Update.de_json({"update_id": person, "message": message}, app.bot)
