"""Promises about text messages: counted as the carrier counts, short, and nothing lost."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import plain
from bot.channels.sms import (
    BASIC,
    EXTENSION,
    MESSAGES_MOST,
    SEGMENTS_MOST,
    TOLL_FREE,
    divided,
    encoding,
    forcing_letters,
    segments,
    simplified,
    write,
)
from bot.model import SOURCE, Contact, Directory, Language, Offer, Places, Reply, Source, Text
from bot.model import TextId as Id
from bot.texts import Catalog, load

EMPTY = Directory({}, {}, {}, Places({}, {}), {})
FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
FACE = "\N{GRINNING FACE}"
PHRASES = {
    plain.CALL: "Call {number}",
    plain.TEXT: "Text {number}",
    plain.CALL_AND_SAY: "Call {number} and say: {language_english}",
    Id("always/sms_letters"): "á=a í=i ó=o ú=u",
}


def saying(*texts: str) -> tuple[Catalog, list[Text]]:
    """A catalog that says each of `texts`, and these texts by id."""
    named = {Id(f"t/{place}"): text for place, text in enumerate(texts)}
    sources = {id: Source(said, "t.yaml", 1) for id, said in (PHRASES | named).items()}
    catalog = load(Path("nowhere"), sources, EMPTY, [])
    return catalog, [Text(id) for id in named]


def words(*texts: str) -> list[str]:
    return " ".join(texts).split()


# What the carrier counts ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("a", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 158 + "€", 1),
        ("a" * 159 + "€", 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 304 + "€", 2),
        ("a" * 151 + "€" + "a" * 153, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # 306 units, but the sign would be on both sides
        ("á", 1),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("á" * 134, 2),
        ("á" * 135, 3),
        (FACE, 1),
        (FACE * 35, 1),
        (FACE * 35 + "a", 2),
        ("á" * 66 + FACE + "á" * 66, 3),
        ("á" * 65 + FACE + "á" * 67, 2),
        ("a" * 69 + FACE, 2),
        (FAMILY, 1),
    ],
)
def test_segments_are_those_the_carrier_bills(text: str, expected: int) -> None:
    """Both alphabets, at every limit; no sign of two units is divided between segments."""
    assert segments(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("a" * 304, 2), ("a" * 305, 3), ("á" * 132, 2), ("á" * 133, 3)]
)
def test_toll_free_numbers_have_shorter_segments(text: str, expected: int) -> None:
    """152 and 66 instead of 153 and 67."""
    assert segments(text, TOLL_FREE) == expected


def test_the_carriers_alphabet_is_the_standards() -> None:
    """127 letters and a mark of escape; ten more cost two units each."""
    assert (len(BASIC), len(EXTENSION)) == (127, 10)
    assert encoding("".join(sorted(BASIC | EXTENSION))) == "GSM-7"
    for letter in "áíóúâêçãõşığ’“”—`\t\u00a0":
        assert encoding(letter) == "UCS-2", letter


def test_the_letters_that_double_the_price_are_named() -> None:
    """So that a translator can choose other words."""
    assert forcing_letters("Aquí está: ñandú, ¿qué?") == ["í", "á", "ú"]
    assert forcing_letters("que") == []


@given(st.text())
def test_a_longer_text_never_has_fewer_segments(text: str) -> None:
    """Dividing relies on it."""
    counts = [segments(text[:end]) for end in range(len(text) + 1)]
    assert counts == sorted(counts)


# Plainer letters ------------------------------------------------------------------------


def test_accents_go_only_where_that_saves_half_the_message() -> None:
    """One letter that stays makes the others stay too."""
    letters = {"á": "a", "í": "i"}
    assert simplified("Está aquí, señor", letters) == "Esta aqui, señor"
    assert simplified("Está aqui, João", letters) == "Está aqui, João"
    assert simplified("Esta\u0301", letters) == "Esta"
    assert simplified("Está", {}) == "Está"


def test_signs_of_print_are_written_as_a_telephone_does() -> None:
    """Quotes, dashes, dots and blanks say the same in plain signs."""
    said = "\u201cIt\u2019s\u00a0here\u201d \u2013 wait\u2026"
    assert simplified(said, {}) == '"It\'s here" - wait...'


# Writing --------------------------------------------------------------------------------


def test_short_blocks_go_into_one_message() -> None:
    """A question stands right above its menu."""
    catalog, (hello, ask, yes, no) = saying("Hello.", "Safe?", "Yes", "No")
    reply = Reply((hello, ask), choices=(yes, no))
    assert write([reply], catalog, SOURCE) == ["Hello.\n\nSafe?\n1 Yes\n2 No"]


def test_what_does_not_fit_begins_the_next_message() -> None:
    """Between blocks, not within one."""
    catalog, (first, second) = saying("a " * 100 + "a", "b " * 100 + "b")
    assert write([Reply((first, second))], catalog, SOURCE) == ["a " * 100 + "a", "b " * 100 + "b"]


def test_a_menu_stays_with_its_question() -> None:
    """Rather than filling up the message before."""
    catalog, (long, ask, yes) = saying("a " * 140, "Where are you now?", "Somewhere")
    replies = [Reply((long,)), Reply((ask,), choices=(yes,))]
    assert write(replies, catalog, SOURCE)[1] == "Where are you now?\n1 Somewhere"


def test_a_service_is_one_block_with_what_to_know_first() -> None:
    """Name, what contacting it means, how, and why."""
    texts = ["a safe place", "They may tell police.", "open now", "speaks Polish"]
    catalog, (label, before, open_now, speaks) = saying(*texts)
    contacts = (
        Contact("voice", "+18605550100", "1-860-555-0100"),
        Contact("voice", "+18605550101", "1-860-555-0101", say=True),
        Contact("text", "555", "555"),
    )
    offer = Offer("x", "House", label, (before,), contacts, (open_now, speaks), "provider")
    bare = Offer("y", "Barn", None, (), (), (), "provider")
    assert plain.lines(Reply(offers=(offer, bare)), catalog, SOURCE) == [
        "House - a safe place",
        "They may tell police.",
        "Call 1-860-555-0100",
        "Call 1-860-555-0101 and say: English",
        "Text 555",
        "(open now, speaks Polish)",
        "Barn",
    ]
    assert len(plain.blocks(Reply(offers=(offer, bare)), catalog, SOURCE)) == 2


def test_an_empty_reply_is_no_message() -> None:
    """The carrier refuses messages without a letter."""
    catalog, (blank,) = saying("")
    assert write([Reply(), Reply((blank,))], catalog, SOURCE) == []


def test_a_text_message_has_its_own_wording() -> None:
    """And its own language's plain letters."""
    sources = {
        Id("t/0"): Source("Long", "t.yaml", 1),
        Id("t/0.sms"): Source("Está", "t.yaml", 1),
        Id("always/sms_letters"): Source("á=a", "t.yaml", 1),
    }
    catalog = load(Path("nowhere"), sources, EMPTY, [])
    assert write([Reply((Text(Id("t/0")),))], catalog, SOURCE) == ["Esta"]
    assert write([Reply((Text(Id("t/0")),))], catalog, Language("es")) == ["Está"]


def test_more_than_ten_messages_become_fewer_longer_ones() -> None:
    """The carrier drops the eleventh; a third segment is better than a lost number."""
    texts = [f"{letter} " * 145 for letter in "abcdefghijklmno"]
    catalog, ids = saying(*texts)
    messages = write([Reply((id,)) for id in ids], catalog, SOURCE)
    assert len(messages) <= MESSAGES_MOST
    assert words(*messages) == words(*texts)


# Dividing -------------------------------------------------------------------------------


def test_a_long_block_is_divided_at_the_best_end_there_is() -> None:
    """Lines before sentences before words; and not after a lonely headline."""
    line = "One sentence here. " * 10
    assert divided(f"{line.strip()}\n{line.strip()}") == [line.strip(), line.strip()]
    assert divided(line * 2)[0] == ("One sentence here. " * 16).strip()
    assert divided("word " * 100)[0] == ("word " * 61).strip()
    assert divided("Name\n" + "word " * 100)[0] == "Name\n" + ("word " * 60).strip()
    chinese = "我在这里。" * 40
    assert divided(chinese)[0] == "我在这里。" * 26


def test_a_word_is_divided_only_where_it_fills_a_message() -> None:
    """A mark above a letter stays with it."""
    assert divided("hi " + "a" * 306) == ["hi", "a" * 306]
    text = "a" + "क्षि" * 50
    pieces = divided(text)
    assert "".join(pieces) == text
    assert [len(piece) for piece in pieces] == [133, 68]
    assert not unicodedata.combining(pieces[1][0])


_sentences = st.text("abc é€й" + FACE + ".\n", max_size=700) | st.text(max_size=200)


@given(_sentences, st.integers(1, 3))
def test_the_pieces_of_any_text_fit_and_hold_all_of_it(text: str, most: int) -> None:
    """Every letter, in order; only blanks at the ends may go."""
    pieces = divided(text, most)
    assert all(0 < segments(piece) <= most for piece in pieces)
    assert "".join(words(*pieces)) == "".join(text.split())


@given(st.lists(st.text("abcé€ .\n", max_size=300), min_size=1, max_size=8), st.integers(0, 7))
def test_no_block_is_lost_and_every_message_is_short(texts: list[str], labels: int) -> None:
    """Whatever the replies are, all their words arrive, in order."""
    catalog, ids = saying(*texts)
    replies = [Reply((id,)) for id in ids] + [Reply((ids[0],), choices=tuple(ids[:labels]))]
    messages = write(replies, catalog, SOURCE)
    assert len(messages) <= MESSAGES_MOST
    assert all(segments(message) <= SEGMENTS_MOST for message in messages) or len(texts) > 3
    blocks = [line for reply in replies for line in plain.lines(reply, catalog, SOURCE)]
    assert "".join(words(*messages)) == "".join(words(*blocks))
