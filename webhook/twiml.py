"""TwiML: text messages as the XML that Twilio reads. Pure.

Rule: whatever a text holds, the document is well formed and says it, and nothing in a text can
become an element. Signs that XML 1.0 cannot hold at all are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

TYPE: Final = "text/xml"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?><Response>'
_TAIL: Final = "</Response>"

# What the production "Char" of XML 1.0 leaves out, and the carriage return, which a parser turns
# into something else (2.11).
_ILLEGAL: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def messages(texts: Iterable[str]) -> bytes:
    """A document that sends each text as a message, in order. No text: nothing is sent."""
    said = "".join([f"<Message>{_escaped(text)}</Message>" for text in texts])
    return f"{_HEAD}{said}{_TAIL}".encode()


def _escaped(text: str) -> str:
    if _ILLEGAL.search(text):
        text = _ILLEGAL.sub("", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


SILENCE: Final = messages(())
