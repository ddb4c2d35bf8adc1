"""Our verdict on a signature is that of twilio's own validator, whatever is sent.

twilio's library signs and judges here. A verdict of ours that differs is a message refused, or a
stranger let in.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Scope
from twilio.request_validator import (  # type: ignore[import-untyped]  # twilio ships no types
    RequestValidator,
)

from tests.forged import TYPE, many
from tests.twilio_fake import PUBLIC, TOKEN, URL
from webhook import forms
from webhook.inbound import Signatures, read

SETS = 3_000  # random sets of parameters
MUTATIONS = 10_000
JUDGE = RequestValidator(TOKEN)
OURS = Signatures(TOKEN, URL)

Pairs = list[tuple[str, str]]
WORDS = (
    "", " ", "a", "Body", "From", "+12035550142", "a+b&c=d%20%zz", "1", "50 %", "\r\n", "\x00",
    "👩‍👧 🏳️‍🌈", "\u202e\u0645\u0631\u062d\u0628\u0627 ", "שלום", "e\u0301", "é", "mwen èd",
    "帮助",
    "\U0001f469\u200d", "&amp;", "=", "==", "~_.-", "a" * 400, "\u2028", "\ufeff",
)  # fmt: skip
NAMES = (
    "Body",
    "From",
    "To",
    "MessageSid",
    "NumMedia",
    "FromCity",
    "",
    "body",
    "A",
    "a",
    "Ä",
    "😀",
)


def drawn(dice: random.Random) -> Pairs:
    """Parameters as anybody may send them: blank, long, in any script, the same name twice."""
    size = dice.choice((0, 1, 2, 5, 20, 60, 99))
    return [(word(dice, NAMES), word(dice, WORDS)) for _ in range(size)]


def word(dice: random.Random, known: tuple[str, ...]) -> str:
    if dice.random() < 0.5:
        return dice.choice(known)
    return "".join(
        chr(dice.choice((dice.randrange(32, 127), dice.randrange(0xD7FF)))) for _ in "ab"
    )


def encoded(dice: random.Random, pairs: Pairs) -> str:
    """The parameters as a form, in any of the ways in which forms are written."""
    as_blank: Callable[..., str] = dice.choice((quote, quote_plus))
    body = urlencode(pairs, quote_via=as_blank, safe=dice.choice(("", "~!*'()", "/:@")))
    return body if dice.random() < 0.7 else body.replace("%2B", "%2b").replace("%C3", "%c3")


def signed(pairs: Pairs, url: str = URL) -> str:
    return str(JUDGE.compute_signature(url, many(pairs)))


def scope(signature: str, query: bytes = b"") -> Scope:
    headers = [(b"content-type", TYPE.encode()), (b"x-twilio-signature", signature.encode())]
    return {"type": "http", "headers": headers, "query_string": query}


def taken(body: str, signature: str, ours: Signatures = OURS) -> bool:
    return read(scope(signature), body.encode("utf-8", "surrogatepass"), ours) is not None


def judged(body: str, signature: str, url: str = URL) -> bool:
    """The verdict of twilio's library, after that of the standard one on the form."""
    try:
        pairs = parse_qsl(
            body.encode("utf-8", "surrogatepass").decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=forms.FIELDS_MOST,
        )
    except ValueError:
        return False
    return bool(JUDGE.validate(url, many(pairs), signature))


# Taken -------------------------------------------------------------------------------------


@pytest.mark.parametrize("signs", [URL, f"{PUBLIC}:443/twilio"])
def test_thousands_of_forms_that_twilio_signs_are_taken(signs: str) -> None:
    """With the port and without it, as its servers please."""
    dice, twice, foreign = random.Random(signs), 0, 0
    for _ in range(SETS // 2):
        pairs = drawn(dice)
        body = encoded(dice, pairs)
        assert taken(body, signed(pairs, signs)), body
        twice += len(dict(pairs)) < len(pairs)
        foreign += not "".join(map("".join, pairs)).isascii()
    assert min(twice, foreign) > 300


# Judged ------------------------------------------------------------------------------------

Case = tuple[str, str]  # a body and its signature


def in_body(dice: random.Random, body: str) -> str:
    """A letter of the form changed, left out, doubled or put in."""
    at = dice.randrange(len(body) + 1)
    letter = dice.choice("&=%+ ;aZ09\x00é" + body[at : at + 1])
    return dice.choice((body[:at] + letter, body[:at], body[: at + 1] + letter)) + dice.choice(
        (body[at:], body[at + 1 :])
    )


def in_fields(dice: random.Random, pairs: Pairs) -> Pairs:
    """Fields in another order, one twice, one less, one more, a value trimmed or moved over."""
    changed = list(pairs)
    kind = dice.randrange(6)
    if kind == 0 or not changed:
        changed.append((word(dice, NAMES), word(dice, WORDS)))
    elif kind == 1:
        dice.shuffle(changed)
    elif kind == 2:
        changed.append(dice.choice(changed))
    elif kind == 3:
        changed.pop(dice.randrange(len(changed)))
    else:
        at = dice.randrange(len(changed))
        name, value = changed[at]
        moved = (name + value[:1], value[1:]) if kind == 4 else (name, value.strip())
        changed[at] = moved
    return changed


def in_signature(dice: random.Random, signature: str) -> str:
    at = dice.randrange(len(signature))
    return dice.choice(
        (
            signature[:at] + dice.choice("aA0+/= é") + signature[at + 1 :],
            signature[:at],
            signature + dice.choice("= \t\n"),
            " " + signature,
            signature.swapcase(),
            "",
        )
    )


URLS = (
    URL, f"{PUBLIC}:443/twilio", f"{PUBLIC}:80/twilio", f"{PUBLIC}:8443/twilio", f"{URL}/",
    f"{URL}?a=b", URL.replace("https", "http"), URL.upper(), f"{URL}#rc=2",
)  # fmt: skip


def cases(dice: random.Random) -> Iterator[Case]:
    """Forms that were changed after they were signed, and some that were not."""
    for _ in range(MUTATIONS // 5):
        pairs = drawn(dice)
        body, signature = encoded(dice, pairs), signed(pairs)
        yield in_body(dice, body), signature
        yield encoded(dice, in_fields(dice, pairs)), signature
        yield body, in_signature(dice, signature)
        yield body, signed(pairs, dice.choice(URLS))
        yield in_body(dice, body), signed(parse_qsl(body, keep_blank_values=True))


def test_the_verdict_on_thousands_of_changed_forms_is_twilios() -> None:
    dice, verdicts = random.Random(7), [0, 0]
    for body, signature in cases(dice):
        expected = judged(body, signature)
        assert taken(body, signature) is expected, (body, signature)
        verdicts[expected] += 1
    assert sum(verdicts) == MUTATIONS
    assert min(verdicts) > MUTATIONS // 20


@pytest.mark.parametrize(
    "configured",
    [PUBLIC, f"{PUBLIC}:443", f"{PUBLIC}:8443", f"{PUBLIC}/a", "https://a.example:80"],
)
def test_so_is_the_verdict_on_every_way_to_write_the_address(configured: str) -> None:
    url, pairs, dice = f"{configured}/twilio", [("Body", "hi"), ("From", "+1")], random.Random(1)
    ours, both = Signatures(TOKEN, url), set()
    for signs in (*URLS, url, f"{configured}:443/twilio", "https://a.example/twilio"):
        signature, body = signed(pairs, signs), encoded(dice, pairs)
        assert taken(body, signature, ours) is judged(body, signature, url), signs
        both.add(judged(body, signature, url))
    assert both == {True, False}


@given(st.text(st.characters(codec="ascii")) | st.text(alphabet="&=%+aAfF09;é \x00"))
def test_a_form_is_read_as_the_standard_library_reads_it_when_it_is_strict(body: str) -> None:
    try:
        expected = parse_qsl(
            body.encode().decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=forms.FIELDS_MOST,
        )
    except ValueError:
        assert forms.parse(forms.TYPE, body.encode()) is None
    else:
        assert forms.parse(forms.TYPE, body.encode()) == expected
