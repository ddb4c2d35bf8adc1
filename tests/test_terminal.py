"""The terminal shows everything a reply holds, in order, and breaks no number."""

from __future__ import annotations

from bot import engine
from bot.channels import plain, terminal
from bot.load import Program
from bot.model import SOURCE, Instant, Message, Offer, Reply


def test_every_word_of_every_reply_is_shown_in_order(shipped: Program) -> None:
    outcome = engine.begin(shipped.book, Message("hi"), Instant(0))
    for said in ("1", "1", "2", "bridgeport"):
        assert outcome.state is not None
        outcome = engine.step(shipped.book, outcome.state, Message(said), Instant(0))
    shown = "\n".join(terminal.write(outcome.replies, shipped.catalog, SOURCE)).split()
    meant = [
        word
        for reply in outcome.replies
        for line in plain.lines(reply, shipped.catalog, SOURCE)
        for word in line.split()
    ]
    assert len(meant) > 50
    assert shown == meant


def test_no_line_is_wider_than_the_terminal_and_no_number_is_broken(shipped: Program) -> None:
    replies = tuple(Reply(offers=(offer,)) for offer in shipped.book.cards.values())
    text = "\n".join(terminal.write(replies, shipped.catalog, SOURCE))
    assert max(map(len, text.splitlines())) <= terminal.WIDTH
    assert "1-888-373-7888" in text
    numbers = {
        c.shown for o in shipped.book.cards.values() for c in o.contacts if c.kind != "chat"
    }
    assert len(numbers) > 30
    assert [number for number in numbers if number not in text] == []


def test_a_contact_without_a_name_shows_only_its_numbers(shipped: Program) -> None:
    line = shipped.book.cards[shipped.book.help_line, "unsaid", SOURCE]
    bare = Offer(line.service, "", None, (), line.contacts, (), line.shows)
    shown = terminal.write((Reply(offers=(bare,)),), shipped.catalog, SOURCE)
    assert shown[0].splitlines()[0] == "Call 1-888-373-7888"
