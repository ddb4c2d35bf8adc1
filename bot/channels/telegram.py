"""Replies as one card for a chat app with buttons: a plain text and rows of buttons. Pure.

Rule 1: a card holds a whole turn, at most TEXT_MOST letters; no markup, so nothing needs escaping.
Rule 2: a button says a digit, as a person could type it. 0, 8 and 9 are on every card that asks.
Rule 3: nothing of the shipped flows is too long (a test); were it, whole blocks of the middle go
first, never the beginning, where the numbers stand, nor the question at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from bot.channels import plain
from bot.model import Book, Language, Reply, Text, TextId
from bot.texts import Catalog

TEXT_MOST: Final = 4096  # in units of UTF-16, as Telegram counts

# What each of the buttons below the choices sends, and its label.
ALWAYS: Final = (
    ("0", Text(TextId("always/telegram/help"))),
    ("8", Text(TextId("always/telegram/back"))),
    ("9", Text(TextId("always/telegram/leave"))),
)
START: Final = Text(TextId("always/telegram/start"))
LANGUAGES: Final = Text(TextId("always/telegram/languages"))  # what asks for one
IN_A_ROW: Final = 3  # names of languages

_GAP: Final = "\n\n"


class Button(NamedTuple):
    """What a person reads on it, and what pressing it says: a digit, or the tag of a language;
    "" begins anew.
    """

    label: str
    says: str


Row = tuple[Button, ...]


class Card(NamedTuple):
    """One message: its text, and its buttons row by row."""

    text: str
    rows: tuple[Row, ...]


def write(
    replies: Iterable[Reply],
    catalog: Catalog,
    language: Language,
    *,
    asks: bool,
    notes: Iterable[Text] = (),
    languages: Iterable[Row] = (),
) -> Card:
    """The card of one turn. `asks`: an answer is awaited. `notes`: the door's last words.

    `languages` are rows for choosing another, where they belong on the card.
    """
    replies = tuple(replies)
    menu = replies[-1].choices if replies else ()
    shown = (*replies[:-1], *(reply._replace(choices=()) for reply in replies[-1:]))
    blocks = [
        "\n".join(block) for reply in shown for block in plain.blocks(reply, catalog, language)
    ]
    blocks += [catalog.say(note, language) for note in notes]
    rows: list[Row] = [
        (_button(str(digit), label, catalog, language),) for digit, label in enumerate(menu, 1)
    ]
    if asks:
        rows += languages
        rows.append(tuple(_button(digit, text, catalog, language) for digit, text in ALWAYS))
    else:
        rows = [(Button(catalog.say(START, language), ""),)]
    return Card(fitted(blocks), tuple(rows))


def languages(book: Book) -> tuple[Row, ...]:
    """Every language by its own name, a few in a row."""
    buttons = [Button(name, language) for language, name in plain.autonyms(book)]
    return tuple(
        tuple(buttons[start : start + IN_A_ROW]) for start in range(0, len(buttons), IN_A_ROW)
    )


def length(text: str) -> int:
    """How long Telegram finds a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fitted(blocks: list[str], most: int = TEXT_MOST) -> str:
    """The blocks as one text of at most `most` units: the last, and as many first ones as fit."""
    kept = list(blocks)
    while len(kept) > 1 and length(_GAP.join(kept)) > most:
        del kept[-2]
    text = _GAP.join(kept)
    while length(text) > most:  # one block alone: no author writes it, but a card must be sent
        text = text[: most // 2] if length(text) > 2 * most else text[:-1]
    return text


def _button(digit: str, label: Text, catalog: Catalog, language: Language) -> Button:
    return Button(f"{digit} {catalog.say(label, language)}", digit)
