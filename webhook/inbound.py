"""A form -> a message that Twilio has signed, or nothing at all.

Rule 1: the signature is looked at before any field is. Missing, wrong, twice, over another
address, or around something that is no form: None, whatever the reason.
Rule 2: the address is the configured one, never what a Host or X-Forwarded header says, and the
algorithm is HMAC-SHA1, never what a header asks for.
Rule 3: only what an answer needs is taken out of the form. Who wrote what to whom lives for one
call, and has no repr.
"""

from __future__ import annotations

import hmac
import unicodedata
from binascii import b2a_base64
from typing import Final, NamedTuple
from urllib.parse import urlparse

from starlette.types import Scope
from twilio.request_validator import (  # type: ignore[import-untyped]  # twilio ships no types
    add_port,
    remove_port,
)

from webhook import forms

PATH: Final = "/twilio"
COOKIE: Final = "s"

STOP, HELP, START = "STOP", "HELP", "START"
_STOPS: Final = (
    "stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout",
    "arret", "arrete", "arrett",
)  # fmt: skip
# The words that carriers take for themselves. Words that an operator has added (Advanced
# Opt-Out), in any language, come with an OptOutType. "YES" is theirs too, after a STOP; without
# an OptOutType it is an answer like any other.
CARRIER_WORDS: Final = dict.fromkeys(_STOPS, STOP) | {
    "help": HELP,
    "info": HELP,
    "start": START,
    "unstop": START,
}
_LONGEST: Final = 40  # letters; a longer message is no single word
_SIGNATURE, _TYPE, _COOKIES = b"x-twilio-signature", b"content-type", b"cookie"
_OURS: Final = COOKIE.encode()

Fields = list[tuple[str, str]]  # a name may come twice


class Signatures:
    """Knows Twilio's signature, over the public address and every field.

    Twilio may sign the address with its port or without, as it pleases, so either will do, as
    in twilio's own validator; no other address will. What stands after a "#" in Twilio's
    settings (how to retry) is not signed. The verdict is that of twilio's own validator, for a
    fifth of its time: tests/test_signatures.py holds one against the other.
    """

    def __init__(self, token: str, address: str) -> None:
        """`address` as it is configured at Twilio. ValueError: no token, so anybody could sign."""
        if not token:
            raise ValueError("no auth token")
        parsed = urlparse(address)
        written = (address, remove_port(parsed), add_port(parsed))
        key = token.encode()
        # Each has taken in the token and an address; what is asked of it is asked of a copy.
        self._begun = [hmac.new(key, each.encode(), "sha1") for each in dict.fromkeys(written)]

    def genuine(self, signature: bytes, fields: Fields) -> bool:
        """Whether whoever sent the fields knows the auth token."""
        said = ordered(fields).encode()
        for begun in self._begun:
            mac = begun.copy()
            mac.update(said)
            if hmac.compare_digest(b2a_base64(mac.digest(), newline=False), signature):
                return True
        return False


def ordered(fields: Fields) -> str:
    """What Twilio signs of a form: every name and value, by name, and each pair once."""
    by_name = dict(fields)
    if len(by_name) == len(fields):
        return "".join([name + by_name[name] for name in sorted(by_name)])
    return "".join([name + value for name, value in sorted(set(fields))])


class Inbound(NamedTuple):
    """One message, as far as it is read."""

    sender: str
    to: str
    body: str
    id: str
    opt_out: str  # STOP, HELP or START where Twilio itself has answered, else ""
    media: bool
    cookie: str
    message: bool = True  # False: Twilio tells of something else

    def __repr__(self) -> str:
        return "Inbound()"

    @property
    def channel(self) -> str:
        return "whatsapp" if self.sender.startswith("whatsapp:") else "sms"

    @property
    def bond(self) -> str:
        """The two ends of the conversation."""
        return f"{self.sender}\0{self.to}"

    @property
    def meant(self) -> str:
        """STOP, HELP or START where the message is a word that carriers take, else ""."""
        return self.opt_out or CARRIER_WORDS.get(_letters(self.body), "")


def read(scope: Scope, body: bytes, signatures: Signatures) -> Inbound | None:
    """A message that Twilio has signed, or None: whatever else."""
    found: dict[bytes, list[bytes]] = {_SIGNATURE: [], _TYPE: [], _COOKIES: []}
    for name, value in scope["headers"]:
        if name in found:
            found[name].append(value)
    given, types, cookies = found.values()
    if len(given) != 1 or len(types) != 1 or scope["query_string"]:
        return None
    fields = forms.parse(types[0], body)
    if fields is None or not signatures.genuine(given[0], fields):
        return None
    return _inbound(dict(reversed(fields)), _cookie(cookies))


def _cookie(headers: list[bytes]) -> str:
    """The sealed state that Twilio has kept, or ""."""
    for header in headers:
        for each in header.split(b";"):
            name, _, value = each.strip().partition(b"=")
            if name == _OURS:
                return value.decode("latin-1")
    return ""


def _letters(body: str) -> str:
    """Only the letters of a short message, without case and accents: " Stop! " -> "stop"."""
    if len(body) > _LONGEST or body.isdecimal():
        return ""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", body).casefold()))


def _inbound(form: dict[str, str], cookie: str) -> Inbound:
    """`form` holds the first value of each name."""
    field = form.get
    opt_out = field("OptOutType", "").upper()
    return Inbound(
        sender=field("From", ""),
        to=field("To", ""),
        body=field("Body", ""),
        id=field("MessageSid", ""),
        opt_out=opt_out if opt_out in (STOP, HELP, START) else "",
        media=field("NumMedia", "") not in ("", "0"),
        cookie=cookie,
        message="Body" in form or "NumMedia" in form,
    )
