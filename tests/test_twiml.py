"""TwiML says a text as it is, whatever it holds, and is always well formed."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.messaging_response import (  # type: ignore[import-untyped]  # twilio ships no types
    MessagingResponse,
)

from tests.twilio_fake import texts
from webhook import twiml

LEGAL = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]) | st.sampled_from("\t\n"))


@given(st.lists(LEGAL, max_size=10))
def test_a_document_reads_as_the_one_that_twilios_own_library_writes(said: list[str]) -> None:
    theirs = MessagingResponse()
    for text in said:
        theirs.message(text)
    assert texts(twiml.messages(said)) == texts(str(theirs).encode()) == said


@given(st.lists(st.text(), max_size=10))
def test_whatever_a_text_holds_the_document_is_well_formed(said: list[str]) -> None:
    """Control signs and halves of letters, which XML cannot hold, are left out; no more."""
    read = texts(twiml.messages(said))
    assert len(read) == len(said)
    for text, got in zip(said, read, strict=True):
        kept = iter(got)
        assert all(letter in kept for letter in text if letter.isprintable())


@pytest.mark.parametrize("sign", [*map(chr, range(32)), "\ud800", "\ufffe", "\uffff"])
def test_a_sign_that_xml_cannot_hold_is_left_out(sign: str) -> None:
    wanted = f"a{sign}b" if sign in "\t\n" else "ab"
    assert texts(twiml.messages([f"a{sign}b"])) == [wanted]


def test_nothing_in_a_text_becomes_an_element() -> None:
    hostile = "</Message><Redirect>https://evil.example</Redirect><!-- ]]> &amp; &#60; \"'"
    assert texts(twiml.messages([hostile])) == [hostile]


def test_silence_is_an_empty_response() -> None:
    assert twiml.SILENCE.endswith(b"<Response></Response>")
    assert len(ElementTree.fromstring(twiml.SILENCE)) == 0  # noqa: S314 - our own document
