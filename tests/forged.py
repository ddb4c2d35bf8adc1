"""Requests to Twilio's door that Twilio has not sent, each wrong in one way."""

from __future__ import annotations

import hmac
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha1, sha256
from urllib.parse import urlencode

import httpx

from tests.twilio_fake import NUMBER, PHONE, PUBLIC, TOKEN, URL, signature

TYPE = "application/x-www-form-urlencoded; charset=UTF-8"
FIELDS = {
    "From": PHONE,
    "To": NUMBER,
    "Body": " Hi  there ",
    "MessageSid": "SM1",
    "NumMedia": "0",
    "FromCity": "",
}


class Many(dict[str, list[str]]):
    """Fields as twilio's validator asks for them where a name comes twice."""

    def getall(self, name: str) -> list[str]:
        return self[name]


def many(pairs: list[tuple[str, str]]) -> Many:
    found = Many()
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


@dataclass
class Sent:
    """A request as somebody may send it; by itself, one that Twilio has signed."""

    fields: dict[str, str] = field(default_factory=FIELDS.copy)
    body: bytes | None = None
    signature: str | None = field(default_factory=lambda: signature(FIELDS))
    path: str = "/twilio"
    headers: list[tuple[str, str]] = field(default_factory=list)
    type: str | None = TYPE

    def request(self) -> httpx.Request:
        headers = list(self.headers)
        headers += [("X-Twilio-Signature", self.signature)] if self.signature is not None else []
        headers += [("Content-Type", self.type)] if self.type is not None else []
        body = urlencode(self.fields).encode() if self.body is None else self.body
        raw = [(name.encode(), value.encode()) for name, value in headers]
        return httpx.Request("POST", f"http://inside:8000{self.path}", headers=raw, content=body)


GOOD = signature(FIELDS)
BODY = urlencode(FIELDS)


def at(url: str, *headers: tuple[str, str]) -> Sent:
    """Signed with our token, over another address."""
    return Sent(signature=signature(FIELDS, url=url), headers=list(headers))


def changed(**more: str) -> Sent:
    """A field changed, or added, after it was signed."""
    return Sent(fields=FIELDS | more)


def without(name: str) -> Sent:
    return Sent(fields={key: value for key, value in FIELDS.items() if key != name})


def crowd(size: int) -> Sent:
    """Signed, but of more fields than Twilio ever sends."""
    fields = {f"f{number}": "" for number in range(size)}
    return Sent(fields=fields, signature=signature(fields))


def mac(text: str, hashed: Callable[..., object] = sha1) -> bytes:
    return hmac.new(TOKEN.encode(), text.encode(), hashed).digest()  # type: ignore[arg-type]  # hashes


ORDERED = "".join(name + FIELDS[name] for name in sorted(FIELDS))
UNSORTED = "".join(name + value for name, value in FIELDS.items())
ALGORITHM = ("X-Twilio-Webhooks-Signature-Settings", "key=k,algorithm=HMAC_SHA256")

FAULTS: dict[str, Sent] = {
    "no signature": Sent(signature=None),
    "an empty signature": Sent(signature=""),
    "a blank": Sent(signature=" "),
    "another token": Sent(signature=signature(FIELDS, token=f"{TOKEN}x")),
    "an empty token": Sent(signature=signature(FIELDS, token="")),
    "the token itself": Sent(signature=TOKEN),
    "a signature cut short": Sent(signature=GOOD[:-1]),
    "one with more behind it": Sent(signature=f"{GOOD}="),
    "two joined": Sent(signature=f"{GOOD},{GOOD}"),
    "in small letters": Sent(signature=GOOD.lower()),
    "in another alphabet": Sent(
        signature=urlsafe_b64encode(mac(URL + ORDERED) + b"\xfb\xff\xfe").decode()
    ),
    "in hexadecimal": Sent(signature=mac(URL + ORDERED).hex()),
    "not ASCII": Sent(signature=GOOD.replace(GOOD[0], "é")),
    "by SHA-256": Sent(signature=b64encode(mac(URL + ORDERED, sha256)).decode()),
    "by SHA-256, and said so": Sent(
        signature=b64encode(mac(URL + ORDERED, sha256)).decode(), headers=[ALGORITHM]
    ),
    "fields in the order sent": Sent(signature=b64encode(mac(URL + UNSORTED)).decode()),
    "over the body as it is": Sent(signature=b64encode(mac(URL + BODY)).decode()),
    "over the address alone": Sent(signature=b64encode(mac(URL)).decode()),
    "over the fields alone": Sent(signature=b64encode(mac(ORDERED)).decode()),
    "of another message": Sent(signature=signature(FIELDS | {"Body": "9"})),
    "another host": at("https://evil.example/twilio"),
    "the host of the request": at("https://inside:8000/twilio"),
    "the host it says": at("https://evil.example/twilio", ("Host", "evil.example")),
    "the host a proxy says": at(
        "https://evil.example/twilio",
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Proto", "https"),
        ("X-Original-URL", "https://evil.example/twilio"),
        ("Forwarded", "host=evil.example;proto=https"),
    ),
    "plain http": at(URL.replace("https", "http")),
    "another port": at(f"{PUBLIC}:8443/twilio"),
    "a slash at the end": at(f"{URL}/"),
    "another path": at(f"{PUBLIC}/telegram"),
    "a path in capitals": at(f"{PUBLIC}/Twilio"),
    "a question of its own": at(f"{URL}?a=b"),
    "a question that is sent as well": replace(at(f"{URL}?a=b"), path="/twilio?a=b"),
    "a question that nobody signed": Sent(path="/twilio?a=b"),
    "a fragment": at(f"{URL}#rc=2"),
    "a field added": changed(Extra="1"),
    "a blank field added": changed(Extra=""),
    "a field removed": without("MessageSid"),
    "a blank field removed": without("FromCity"),
    "a blank field filled": changed(FromCity="x"),
    "a text trimmed": changed(Body="Hi  there"),
    "two blanks made one": changed(Body=" Hi there "),
    "a text in capitals": changed(Body=" HI  THERE "),
    "another sender": changed(From="+12035550143"),
    "another message id": changed(MessageSid="SM2"),
    "a name in small letters": Sent(body=BODY.replace("Body=", "body=").encode()),
    "a field twice": Sent(body=f"{BODY}&Body=9".encode()),
    "no fields at all": Sent(body=b""),
    "two signatures": Sent(headers=[("X-Twilio-Signature", GOOD)]),
    "a good signature behind a bad one": Sent(headers=[("X-Twilio-Signature", "bad")]),
    "no type": Sent(type=None),
    "two types": Sent(headers=[("Content-Type", "text/plain")]),
    "another type": Sent(type="text/plain"),
    "JSON": Sent(type="application/json", body=b'{"Body": "9"}'),
    "multipart": Sent(type="multipart/form-data; boundary=x", body=b"--x--"),
    "not UTF-8": Sent(body=b"Body=%FF%FE"),
    "half a letter": Sent(body=b"Body=%ED%A0%80"),
    "raw letters": Sent(body="Body=é".encode()),
    "no form": Sent(body=b"Body"),
    "101 fields": crowd(101),
    "1,001 fields": crowd(1001),
}
