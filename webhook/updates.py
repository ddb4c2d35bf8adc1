"""What Telegram sends -> what the door needs of it, and nothing else.

Rule 1: only the fields named here are read: no names, no language, no phone, no location.
Rule 2: private chats only. In a group others would read the answers.
Rule 3: whatever is not exactly as expected is None, never an error.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final, cast

ALLOWED: Final = ("message", "callback_query")  # the kinds of update that are asked for
TEXT_MOST: Final = 4096
DATA_MOST: Final = 64


@dataclass(frozen=True, slots=True, repr=False)
class Typed:
    """A message. `text` is "" for a picture, a voice, a place; `sent` is in Unix seconds, or 0."""

    update: int
    chat: int
    message: int
    text: str
    sent: int


@dataclass(frozen=True, slots=True, repr=False)
class Pressed:
    """A button below the message `message`, with what it carries."""

    update: int
    chat: int
    message: int
    query: str
    data: str


Update = Typed | Pressed


def parse(body: bytes) -> Update | None:
    """An update as it came over the wire."""
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return read(found)


def read(found: object) -> Update | None:
    """An update as decoded JSON."""
    number = _number(_at(found, "update_id"))
    if number is None:
        return None
    query = _at(found, "callback_query")
    message = _at(found, "message") if query is None else _at(query, "message")
    chat, id = _number(_at(_at(message, "chat"), "id")), _number(_at(message, "message_id"))
    if chat is None or id is None or _at(_at(message, "chat"), "type") != "private":
        return None
    if query is None:
        text, sent = _text(_at(message, "text")), _number(_at(message, "date"))
        return Typed(number, chat, id, text[:TEXT_MOST], sent or 0)
    name, data = _text(_at(query, "id")), _text(_at(query, "data"))
    return Pressed(number, chat, id, name[:DATA_MOST], data[:DATA_MOST])


def _at(found: object, key: str) -> object:
    return cast(dict[str, object], found).get(key) if isinstance(found, dict) else None


def _number(found: object) -> int | None:
    return found if type(found) is int and abs(found) < 2**53 else None


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""
