"""A form as it came: strict, and without a library that spools to disk or guesses.

Rule 1: only application/x-www-form-urlencoded; multipart is never parsed.
Rule 2: blanks are kept and nothing is trimmed: the signature is over what was sent.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

FIELDS_MOST: Final = 100
TYPE: Final = b"application/x-www-form-urlencoded"


def parse(content_type: bytes, body: bytes) -> list[tuple[str, str]] | None:
    """The fields in their order, or None: another type, not UTF-8, malformed, too many."""
    if content_type.split(b";")[0].strip().lower() != TYPE:
        return None
    try:
        return parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=FIELDS_MOST,
        )
    except ValueError:  # UnicodeDecodeError is one
        return None
