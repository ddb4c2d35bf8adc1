"""A reply as plain text: what SMS, the terminal and chat apps without markup all show.

Rule 1: every word comes from the catalog; only digits, spaces and " - ", "(", ")", ", " are
written here.
Rule 2: a block is what belongs together: a paragraph, a service, the menu. Channels may put
blocks into one message or several, in this order.
"""

from __future__ import annotations

from typing import Final

from bot.matching import COMMAS
from bot.model import Book, Contact, Language, Offer, Reply, Text, TextId
from bot.texts import Catalog

CALL: Final = TextId("always/phrases/call")  # "Call {number}"
CALL_AND_SAY: Final = TextId("always/phrases/call_and_say")
TEXT: Final = TextId("always/phrases/text")
CHAT: Final = "chat"  # a kind of contact that only a page in the web can lead to
PHRASES: Final = (CALL, CALL_AND_SAY, TEXT)

Block = list[str]  # lines


def lines(
    reply: Reply, catalog: Catalog, language: Language, variants: tuple[str, ...] = ()
) -> list[str]:
    """A reply line by line, nothing between its blocks."""
    return [line for block in blocks(reply, catalog, language, variants) for line in block]


def blocks(
    reply: Reply, catalog: Catalog, language: Language, variants: tuple[str, ...] = ()
) -> list[Block]:
    """A reply's paragraphs, then each service it offers, then its menu; none is empty."""
    speaker = _Speaker(catalog, language, variants)
    found = [speaker.say(text).split("\n") for text in reply.texts]
    found += [_offer(offer, speaker) for offer in reply.offers]
    found.append(_menu(reply, speaker))
    return [block for block in found if any(block)]


def autonyms(book: Book) -> tuple[tuple[Language, str], ...]:
    """Every offered language and its own name for itself: what a list of languages shows."""
    named = ((each, book.sources.get(TextId(f"always/languages/{each}"))) for each in book.words)
    return tuple(
        (language, COMMAS.split(source.said)[0].strip()) for language, source in named if source
    )


class _Speaker:
    """A catalog, held to one language and its variants."""

    def __init__(self, catalog: Catalog, language: Language, variants: tuple[str, ...]) -> None:
        self.catalog = catalog
        self.language = language
        self.variants = variants

    def say(self, text: Text) -> str:
        return self.catalog.say(text, self.language, self.variants)


def _offer(offer: Offer, speaker: _Speaker) -> Block:
    """What to know before calling stands before the number, for whoever calls at once."""
    headline = [offer.name] if offer.name else []
    headline += [speaker.say(offer.label)] if offer.label else []
    block = [" - ".join(headline)] if headline else []  # a bare contact says only its numbers
    block += [speaker.say(text) for text in offer.before]
    reached = (contact for contact in offer.contacts if contact.kind != CHAT)
    block += [_contact(contact, speaker) for contact in reached]
    if offer.why:
        block.append(f"({', '.join(map(speaker.say, offer.why))})")
    return block


def _contact(contact: Contact, speaker: _Speaker) -> str:
    """ "Call 1-888-555-0100", with what to say first where an interpreter is needed."""
    phrase = TEXT if contact.kind == "text" else CALL_AND_SAY if contact.say else CALL
    return speaker.say(Text(phrase, (("number", contact.shown),)))


def _menu(reply: Reply, speaker: _Speaker) -> Block:
    return [f"{digit} {speaker.say(label)}" for digit, label in enumerate(reply.choices, start=1)]
