"""A sealed state can be read, changed or made by nobody else, and dies of itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.packing import PACKED_MOST
from bot.seal import IDLE_SECONDS, KEY_BYTES, Seal, key_from

NOW = 1_800_000_000.0
BOND = b"web"


def test_what_was_sealed_comes_back_until_it_expires() -> None:
    seal = Seal()
    token = seal.close(b"state", BOND, NOW)
    assert seal.open(token, BOND, NOW) == b"state"
    assert seal.open(token, BOND, NOW + IDLE_SECONDS) == b"state"
    assert seal.open(token, BOND, NOW + IDLE_SECONDS + 1) is None


def test_a_token_of_another_bond_key_or_process_is_nothing() -> None:
    seal = Seal()
    token = seal.close(b"state", BOND, NOW)
    assert seal.open(token, b"sms", NOW) is None
    assert Seal().open(token, BOND, NOW) is None
    same = bytes(range(KEY_BYTES))
    assert Seal(same).open(Seal(same).close(b"state", BOND, NOW), BOND, NOW) == b"state"


def test_one_changed_letter_anywhere_is_nothing() -> None:
    seal = Seal()
    token = seal.close(b"a state of a talk", BOND, NOW)
    for place, letter in enumerate(token):
        other = "A" if letter != "A" else "B"
        changed = token[:place] + other + token[place + 1 :]
        opened = seal.open(changed, BOND, NOW)
        # The last letter of base64 may hold bits that mean nothing; then it is the same token.
        assert opened is None or (place == len(token) - 1 and opened == b"a state of a talk")


@given(st.text(max_size=300) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_any_other_text_is_nothing_and_never_an_error(token: str) -> None:
    assert Seal(bytes(KEY_BYTES)).open(token, BOND, NOW) is None


def test_every_cut_and_every_longer_token_is_nothing() -> None:
    seal = Seal()
    token = seal.close(b"state", BOND, NOW)
    for size in range(len(token)):
        assert seal.open(token[:size], BOND, NOW) is None
    assert seal.open(token + "AAAA", BOND, NOW) is None
    assert seal.open(token * 10, BOND, NOW) is None


def test_the_largest_state_makes_a_token_that_fits_a_cookie_and_is_opened() -> None:
    seal = Seal()
    token = seal.close(bytes(PACKED_MOST), BOND, NOW)
    assert len(token) <= 140
    assert seal.open(token, BOND, NOW) == bytes(PACKED_MOST)


def test_the_same_state_never_gives_the_same_token() -> None:
    seal = Seal()
    assert len({seal.close(b"state", BOND, NOW) for _ in range(100)}) == 100


def test_a_seal_does_not_print_its_key() -> None:
    key = b"a very secret key of 32 letters!"
    assert "secret" not in repr(Seal(key)) + str(vars(type(Seal(key))))


@pytest.mark.parametrize("text", ["", "short", "é" * 43, "A" * 42, "A" * 44])
def test_a_key_that_is_none_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ValueError, match=f"must be {KEY_BYTES} random bytes in base64") as caught:
        key_from(text)
    assert not text or text not in str(caught.value)


def test_a_key_may_be_written_with_or_without_padding() -> None:
    assert key_from("A" * 43) == key_from("A" * 43 + "=") == bytes(KEY_BYTES)
