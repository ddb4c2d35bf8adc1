"""Replies as a page: what to print, where, and in which language each piece is. Pure.

Rule 1: every word comes from the catalog and the directory; no HTML is written here.
Rule 2: every piece knows its own language, so that a voice reads it right: a choice that offers
a language is in that language, and a text that has no translation yet is in English.
Rule 3: a number that the directory knows becomes a link, wherever it stands in a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from bot.channels.plain import CALL, CHAT, TEXT, autonyms
from bot.model import (
    SOURCE,
    SPOKEN,
    Ask,
    AskPlace,
    Book,
    Contact,
    Language,
    Offer,
    Reply,
    Text,
    TextId,
)
from bot.texts import Catalog

VARIANTS: Final = ("web",)
SAY_FIRST: Final = Text(TextId("always/web/say_first"))  # "Say: “Spanish, please”"
PLACE_UNCLEAR: Final = TextId("always/place/unclear")
ASKS_PLACE: Final = "/ask_place"  # how the text of a question about a place is named
RIGHT_TO_LEFT: Final = frozenset(
    ("ar", "ckb", "dv", "fa", "he", "ks", "ku_Arab", "prs", "ps", "sd", "ug", "ur", "yi")
)
_PHRASES: Final = {"text": TEXT, CHAT: TextId("always/phrases/chat")}
_SCHEMES: Final = {"text": "sms", "voice": "tel", "tty": "tel"}


class Part(NamedTuple):
    """A stretch of a text; with `href` it is a number, to be kept on one line."""

    text: str
    href: str = ""


class Said(NamedTuple):
    """A text as it is printed: `lang` and `dir` are HTML's ("pt-BR", "rtl")."""

    parts: tuple[Part, ...]
    lang: str
    dir: str


class Button(NamedTuple):
    """One way to reach a service. `first` is what to say first, where that is needed."""

    kind: str  # voice, text or chat
    href: str
    said: Said
    first: Said | None


class Card(NamedTuple):
    """A service. `name` is None for a bare contact, which says only its numbers."""

    name: Said | None
    label: Said | None
    before: tuple[Said, ...]
    buttons: tuple[Button, ...]
    why: tuple[Said, ...]


class Block(NamedTuple):
    """What stands above the question, in order: a paragraph or a card, never both."""

    said: Said | None = None
    card: Card | None = None


class Turn(NamedTuple):
    """All that one answer shows. `writes`: the answer is words rather than a choice."""

    blocks: tuple[Block, ...]
    question: Said | None
    choices: tuple[Said, ...]
    writes: bool


def tag(language: Language) -> str:
    """A language as HTML names it: "pt_BR" -> "pt-BR"."""
    return language.replace("_", "-")


def direction(language: Language) -> str:
    """ "ltr" or "rtl"."""
    written = language in RIGHT_TO_LEFT or language.partition("_")[0] in RIGHT_TO_LEFT
    return "rtl" if written else "ltr"


def languages(book: Book) -> tuple[Said, ...]:
    """Every language by its own name, in itself. A name is also what asks for it."""
    return tuple(
        Said((Part(name),), tag(language), direction(language))
        for language, name in autonyms(book)
    )


class Screen:
    """A book and its catalog, ready to be shown. Holds nothing of anybody."""

    def __init__(self, book: Book, catalog: Catalog) -> None:
        self.catalog = catalog
        self._voices = _voices(book)
        self._links = _links(book)
        numbers = sorted(self._links, key=len, reverse=True)
        known = "|".join(map(re.escape, numbers)) or "(?!)"
        self._number = re.compile(rf"(?<![\d-])({known})(?![\d-]*\d)")

    def turn(self, replies: tuple[Reply, ...], language: Language, *, open: bool) -> Turn:
        """What to show for one answer; `open`: the conversation goes on, so its end asks."""
        last = replies[-1] if replies else Reply()
        asks = open and bool(last.texts) and not last.offers
        blocks = [
            block
            for reply in replies
            for block in self._blocks(reply, language, skip_last=asks and reply is last)
        ]
        return Turn(
            tuple(blocks),
            self.say(last.texts[-1], language) if asks else None,
            tuple(self.say(label, language) for label in last.choices),
            not last.choices or any(map(_asks_place, last.texts)),
        )

    def say(self, text: Text, language: Language) -> Said:
        """A text in its own language, its numbers as links."""
        said = self.catalog.say(text, language, VARIANTS)
        voice = self._voices.get(text.id) or self._spoken(said, text, language)
        return Said(tuple(self._parts(said)), tag(voice), direction(voice))

    def _spoken(self, said: str, text: Text, language: Language) -> Language:
        """English too for what is not translated, or is the same for everybody."""
        same = language != SOURCE and said == self.catalog.say(text, SOURCE, VARIANTS)
        return SOURCE if same else language

    def _parts(self, said: str) -> Iterable[Part]:
        for place, piece in enumerate(self._number.split(said)):
            if piece:
                yield Part(piece, self._links[piece] if place % 2 else "")

    def _blocks(self, reply: Reply, language: Language, *, skip_last: bool) -> list[Block]:
        texts = reply.texts[:-1] if skip_last else reply.texts
        found = [Block(said=self.say(text, language)) for text in texts]
        return found + [Block(card=self._card(offer, language)) for offer in reply.offers]

    def _card(self, offer: Offer, language: Language) -> Card:
        return Card(
            _named(offer.name) if offer.name else None,
            self.say(offer.label, language) if offer.label else None,
            tuple(self.say(text, language) for text in offer.before),
            tuple(self._button(contact, language) for contact in offer.contacts),
            tuple(self.say(text, language) for text in offer.why),
        )

    def _button(self, contact: Contact, language: Language) -> Button:
        phrase = Text(_PHRASES.get(contact.kind, CALL), (("number", contact.shown),))
        said = self.catalog.say(phrase, language, VARIANTS)
        href = _href(contact.kind, contact.number)
        before, number, after = said.partition(contact.shown)
        parts = (Part(before), Part(number, href), Part(after))
        whole = Said(tuple(filter(lambda p: p.text, parts)), tag(language), direction(language))
        first = self.say(SAY_FIRST, language) if contact.say else None
        return Button(contact.kind, href, whole, first)


def _asks_place(text: Text) -> bool:
    return text.id.endswith(ASKS_PLACE) or text.id == PLACE_UNCLEAR


def _named(name: str) -> Said:
    """The name of an organization: English, as the directory has it."""
    return Said((Part(name),), tag(SOURCE), direction(SOURCE))


def _href(kind: str, number: str) -> str:
    """A link to a number; the address of a chat is one already."""
    if kind == CHAT:
        return number
    return f"{_SCHEMES.get(kind, 'tel')}:{number}"


def _links(book: Book) -> dict[str, str]:
    """Every number as people write it -> its link; to call, where it does both."""
    directory = book.directory
    phones = [phone for service in directory.services.values() for phone in service.phones]
    phones += [police.phone for police in directory.police.values() if police.phone]
    found: dict[str, str] = {}
    for phone in sorted(phones, key=lambda phone: phone.kind != "text"):
        if phone.kind in _SCHEMES:
            found[phone.shown] = _href(phone.kind, phone.number)
    return found


def _voices(book: Book) -> dict[TextId, Language]:
    """The labels of choices that offer a language -> that language."""
    return {
        choice.label.id: Language(value)
        for step in book.steps.values()
        if isinstance(step, Ask | AskPlace)
        for choice in step.choices
        for answer, value in choice.sets
        if answer == "language" and value != SPOKEN
    }
