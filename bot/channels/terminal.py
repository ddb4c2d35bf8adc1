"""The terminal: the first channel, where an author tries a flow. Pure: paragraphs, no colours.

Each paragraph has a kind, so that whoever prints it can colour it: "text", "contact", "menu".
"""

from __future__ import annotations

from textwrap import wrap
from typing import Final

from bot.channels import plain
from bot.model import Language, Reply
from bot.texts import Catalog

WIDTH: Final = 76
Paragraph = tuple[str, str]  # kind, lines


def paragraphs(
    replies: tuple[Reply, ...],
    catalog: Catalog,
    language: Language,
    variants: tuple[str, ...] = (),
) -> list[Paragraph]:
    """Everything to print, in order, wrapped at WIDTH letters; a number is never broken."""
    found: list[Paragraph] = []
    for reply in replies:
        parts = (
            ("text", Reply(texts=reply.texts)),
            ("contact", Reply(offers=reply.offers)),
            ("menu", Reply(choices=reply.choices)),
        )
        for kind, part in parts:
            for block in plain.blocks(part, catalog, language, variants):
                found.append((kind, "\n".join(map(_wrapped, block))))
    return found


def write(replies: tuple[Reply, ...], catalog: Catalog, language: Language) -> list[str]:
    """The paragraphs as plain texts."""
    return [text for _, text in paragraphs(replies, catalog, language)]


def _wrapped(line: str) -> str:
    return "\n".join(wrap(line, WIDTH, break_on_hyphens=False, break_long_words=False)) or line
