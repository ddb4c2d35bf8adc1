"""One update of a Telegram chat, answered on the chat's card.

Rule 1: what a person typed is deleted before it is answered.
Rule 2: a conversation goes on only once its answer was shown: what is on the screen is what holds.
Rule 3: an answer that is late is not shown, unless it holds the help line: on a phone that
somebody else may hold by then, nothing speaks up late.
Rule 4: leaving deletes what may be deleted, says what was not, and keeps nothing.
"""

from __future__ import annotations

import asyncio
import math
import re
import secrets
from collections.abc import Iterable
from typing import Final

from bot.channels import plain
from bot.channels import telegram as channel
from bot.conversation import Answer
from bot.model import SOURCE, Language, Reply, Text, TextId
from webhook.chats import Asked, Chats
from webhook.courier import Courier, Sent, To
from webhook.house import House
from webhook.limits import Verdict
from webhook.share import place_of
from webhook.updates import Pressed, Typed, Update

CHANNEL: Final = "telegram"
HELP_SECONDS: Final = 30.0  # how long the help line is tried; Telegram waits 60 for our answer
# Telegram keeps for a day what we did not take. Less than a minute is two clocks that disagree,
# more than a day one that is wrong: neither may silence us.
OLD_SECONDS: Final = range(60, 25 * 3600)
SHOWN_LATE: Final = frozenset({"help_line", "emergency"})

ERASED: Final = Text(TextId("always/telegram/erased"))
SOME_LEFT: Final = Text(TextId("always/telegram/some_left"))
NO_PICTURES: Final = Text(TextId("always/sms/no_pictures"))

COMMANDS: Final = {"/help": "0", "/stop": "9", "/cancel": "9"}
ANYWHERE: Final = ("0", "9")  # digits that mean the same on every card, however old
_COMMAND: Final = re.compile(r"(/[a-z]+)(?:@\w+)?(?:\s+([A-Za-z0-9_-]{1,64}))?\s*\Z")
_DATA: Final = re.compile(r"([0-9]?|[a-z]{2,3}(?:_[A-Za-z]{2,4})?):([A-Za-z0-9_-]{8})\Z")


class Turn:
    """One update being answered. Made when it is the chat's turn, not before."""

    def __init__(self, house: House, courier: Courier, chats: Chats, to: To) -> None:
        self.house, self.courier, self.chats, self.to = house, courier, chats, to
        self.now = house.seconds()
        self.chat = chats.get(to.mask)
        self.lists = False  # whether the card offers all languages by name

    async def take(self, update: Update, verdict: Verdict) -> None:
        """Do what the update asks for."""
        if isinstance(update, Pressed):
            await self.pressed(update, verdict)
        else:
            await self.typed(update, verdict)

    # What came -----------------------------------------------------------------------------

    async def typed(self, update: Typed, verdict: Verdict) -> None:
        """A message: deleted, then answered. A new one where the card may be out of sight."""
        self.chat = self.chat.leaving(
            await self.courier.remove(self.to.chat, [update.message]), self.now
        )
        if update.sent and int(self.now) - update.sent in OLD_SECONDS:
            self.to = self.to._replace(until=-math.inf)
        if verdict is not Verdict.ANSWER:
            await self.over(verdict, self.chat.card)
            return
        command, code = command_of(update.text)
        if command == "/start":
            language, source = self.opening(code)
            self.lists = True
            await self.show(self.answer("", "", language, source), 0)
            return
        token = self.chat.asked.token if self.chat.asked else ""
        self.lists = command == "/language" or not token
        if command == "/language" and token:
            answer = Answer((Reply((channel.LANGUAGES,)),), self.chat.language, token)
        else:
            answer = self.answer(COMMANDS.get(command, update.text), token)
        if not update.text:
            answer = with_note(answer, NO_PICTURES)
        await self.show(answer, self.chat.card if self.now <= self.chat.alive else 0)

    async def pressed(self, update: Pressed, verdict: Verdict) -> None:
        """A button. One of an old card does nothing, save for 0 and 9."""
        found = _DATA.match(update.data)
        digit, mark = found.groups() if found else ("", "")
        if verdict is not Verdict.ANSWER:
            await self.over(verdict, update.message)
            return
        if not self.chats.first_press(self.to.mask, mark):
            return
        asked = self.chat.question(mark)
        if asked is None and digit and not self.chat.card:  # of a talk that is not known any more
            self.chat = self.chat._replace(partly=True)
        if asked is None and digit in ANYWHERE:
            asked = self.chat.asked or Asked(mark, "")
        elif asked is None and self.now <= self.chat.alive:
            if update.message != self.chat.card:
                await self.clear([update.message])
            return
        said, token = (self.said(digit), asked.token) if asked else ("", "")
        self.lists = not token
        if not await self.show(self.answer(said, token), update.message):
            self.chats.take_back(self.to.mask, mark)

    async def over(self, verdict: Verdict, target: int) -> None:
        """Over the limit: the help line where it is due, and the conversation as it was."""
        if verdict is Verdict.HELP:
            token = self.chat.asked.token if self.chat.asked else ""
            await self.show(self.house.conversation.help(self.chat.language, token), target)
        else:
            self.chats.put(self.to.mask, self.chat)

    async def rescue(self) -> None:
        """Our own code failed: the help line, whatever the question was."""
        await self.over(Verdict.HELP, 0)

    # What is said --------------------------------------------------------------------------

    def answer(
        self, text: str, token: str, language: Language = SOURCE, source: str = ""
    ) -> Answer:
        bond = self.to.mask.hex()
        return self.house.conversation.answer(
            text, token, CHANNEL, bond, language=language, source=source
        )

    def said(self, pressed: str) -> str:
        """What a button says: its digit, or the name of its language."""
        names = dict(plain.autonyms(self.house.program.book))
        return names.get(Language(pressed), pressed)

    def opening(self, code: str) -> tuple[Language, str]:
        """The language and the kind of place that a link carries, as "es-clinic".

        Either may be missing; the place may be its mark, which tells nobody else.
        """
        book = self.house.program.book
        known = book.answers["source"].values if "source" in book.answers else ()
        parts = code.split("-")
        languages = [Language(part) for part in parts if part in book.words]
        rest = [part for part in parts if part not in book.words]
        sources = [part if part in known else place_of(part, known) for part in rest]
        return (*languages, SOURCE)[0], (*filter(None, sources), "")[0]

    # What is shown -------------------------------------------------------------------------

    async def show(self, answer: Answer, target: int) -> bool:
        """Show an answer on the message `target`, or on a new one. False: it could not be."""
        if helps(answer):
            until = asyncio.get_running_loop().time() + HELP_SECONDS
            self.to = self.to._replace(until=until)
        if answer.erase:
            await self.erase(answer, target)
            return True
        sent, card, asked = await self.deliver(answer, target)
        if sent is Sent.SHOWN:
            gone = {self.chat.card, target} - {card, 0}
            old = self.chat
            self.chat = old.showing(card, asked, answer.language, self.now)
            await self.clear(gone, old.sent)
        elif sent is Sent.BLOCKED:
            self.chats.drop(self.to.mask)
        else:
            astray = self.chat.partly or not card  # a new message may have arrived even so
            self.chat = self.chat._replace(perhaps=asked or self.chat.perhaps, partly=astray)
            self.chats.put(self.to.mask, self.chat)
        return sent is not Sent.LOST

    async def deliver(
        self, answer: Answer, target: int, *notes: Text
    ) -> tuple[Sent, int, Asked | None]:
        """What became of it, the message that it is on, and the question that it asks."""
        mark = secrets.token_urlsafe(6)
        card = channel.write(
            answer.replies,
            self.house.program.catalog,
            answer.language,
            asks=answer.token is not None,
            notes=notes,
            languages=channel.languages(self.house.program.book) if self.lists else (),
        )
        sent, message = Sent.MISSING, target
        if target:
            sent = await self.courier.edit(self.to, target, card, mark)
        if sent is Sent.MISSING:
            sent, message = await self.courier.send(self.to, card, mark)
        return sent, message, Asked(mark, answer.token) if answer.token is not None else None

    async def clear(self, messages: Iterable[int], sent: float | None = None) -> None:
        """Delete messages and remember the chat; what could not be deleted waits for 9."""
        left = await self.courier.remove(self.to.chat, [*messages])
        self.chat = self.chat.leaving(left, self.now if sent is None else sent)
        self.chats.put(self.to.mask, self.chat)

    async def erase(self, answer: Answer, target: int) -> None:
        """Delete everything but the card, which says goodbye; a card too old to go becomes it."""
        deletable = self.chat.deletable(self.now)
        card = self.chat.card if self.chat.card != target else 0
        left = await self.courier.remove(self.to.chat, [*deletable, *filter(None, [card])])
        if card in left and not target:
            target = card
            left.remove(card)
        some = left or self.chat.partly or len(deletable) < len(self.chat.others)
        sent, _, _ = await self.deliver(answer, target, SOME_LEFT if some else ERASED)
        if sent is not Sent.SHOWN and target:
            await self.courier.remove(self.to.chat, [target])
        self.chats.drop(self.to.mask)


def command_of(text: str) -> tuple[str, str]:
    """ "/start es-clinic" -> itself in two; ("", "") where it is no command."""
    found = _COMMAND.match(text)
    return (found[1], found[2] or "") if found else ("", "")


def helps(answer: Answer) -> bool:
    """Whether an answer holds the help line or the number for danger."""
    return any(offer.shows in SHOWN_LATE for reply in answer.replies for offer in reply.offers)


def with_note(answer: Answer, note: Text) -> Answer:
    """The answer with a line before it."""
    return Answer((Reply((note,)), *answer.replies), answer.language, answer.token, answer.erase)
