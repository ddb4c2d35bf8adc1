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
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlparse

from starlette.requests import Request
from twilio.request_validator import (  # type: ignore[import-untyped]  # twilio ships no types
    RequestValidator,
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


class Form(dict[str, list[str]]):
    """Fields by name, as twilio's validator asks for them: a name may have come twice."""

    def getall(self, name: str) -> list[str]:
        return self[name]

    def first(self, name: str) -> str:
        return self[name][0] if name in self else ""


class Signatures:
    """Knows Twilio's signature, over the public address and every field.

    Twilio may sign the address with its port or without, as it pleases, so either will do, as
    in twilio's own validator; no other address will. What stands after a "#" in Twilio's
    settings (how to retry) is not signed.
    """

    def __init__(self, token: str, address: str) -> None:
        """`address` as it is configured at Twilio. ValueError: no token, so anybody could sign."""
        if not token:
            raise ValueError("no auth token")
        parsed = urlparse(address)
        written = (address, remove_port(parsed), add_port(parsed))
        self._addresses: tuple[str, ...] = tuple(dict.fromkeys(written))
        self._validator = RequestValidator(token)

    def genuine(self, signature: str, form: Form) -> bool:
        """Whether whoever sent the form knows the auth token."""
        given, sign = signature.encode("utf-8", "surrogatepass"), self._validator.compute_signature
        return any(
            hmac.compare_digest(sign(address, form).encode(), given) for address in self._addresses
        )


@dataclass(frozen=True, slots=True, repr=False)
class Inbound:
    """One message, as far as it is read."""

    sender: str
    to: str
    body: str
    id: str
    opt_out: str  # STOP, HELP or START where Twilio itself has answered, else ""
    media: bool
    cookie: str
    message: bool = True  # False: Twilio tells of something else

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


def read(request: Request, body: bytes, signatures: Signatures) -> Inbound | None:
    """A message that Twilio has signed, or None: whatever else."""
    headers = request.headers
    given, types = headers.getlist("x-twilio-signature"), headers.getlist("content-type")
    if len(given) != 1 or len(types) != 1 or request.scope["query_string"]:
        return None
    fields = forms.parse(types[0].encode("utf-8", "surrogatepass"), body)
    if fields is None:
        return None
    form = Form()
    for name, value in fields:
        form.setdefault(name, []).append(value)
    return _inbound(form, request) if signatures.genuine(given[0], form) else None


def _letters(body: str) -> str:
    """Only the letters of a short message, without case and accents: " Stop! " -> "stop"."""
    if len(body) > _LONGEST:
        return ""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", body).casefold()))


def _inbound(form: Form, request: Request) -> Inbound:
    opt_out = form.first("OptOutType").upper()
    return Inbound(
        sender=form.first("From"),
        to=form.first("To"),
        body=form.first("Body"),
        id=form.first("MessageSid"),
        opt_out=opt_out if opt_out in (STOP, HELP, START) else "",
        media=form.first("NumMedia") not in ("", "0"),
        cookie=request.cookies.get(COOKIE, ""),
        message="Body" in form or "NumMedia" in form,
    )
