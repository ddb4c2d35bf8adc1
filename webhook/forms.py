"""A form as it came: strict, and without a library that spools to disk or guesses.

Rule 1: only application/x-www-form-urlencoded; multipart is never parsed.
Rule 2: blanks are kept and nothing is trimmed: the signature is over what was sent.
Rule 3: what comes out is what a strict `urllib.parse.parse_qsl` makes of it; a test holds one
against the other. The library looks for escapes everywhere, and hardly any field has one.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote_to_bytes

FIELDS_MOST: Final = 100
TYPE: Final = b"application/x-www-form-urlencoded"


def parse(content_type: bytes, body: bytes) -> list[tuple[str, str]] | None:
    """The fields in their order, or None: another type, not UTF-8, malformed, too many."""
    if content_type.split(b";")[0].strip().lower() != TYPE:
        return None
    if not body:
        return []
    try:
        return _fields(body.decode("ascii"))
    except ValueError:  # UnicodeDecodeError is one
        return None


def _fields(text: str) -> list[tuple[str, str]] | None:
    """ValueError: escapes that are not UTF-8."""
    parts, fields = text.split("&"), []
    if len(parts) > FIELDS_MOST:
        return None
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals:
            return None
        if "%" in value or "+" in value:
            value = _plain(value)
        if "%" in name or "+" in name:
            name = _plain(name)
        fields.append((name, value))
    return fields


def _plain(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ")).decode()
