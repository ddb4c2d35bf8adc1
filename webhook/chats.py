"""What is remembered of a Telegram chat while it goes on: in memory, behind a mask, and bounded.

A chat app carries nothing for us as a web page or Twilio does, so the sealed token waits here,
beside the numbers of the messages that may be deleted. Those are kept as long as Telegram lets a
bot delete them; the token is dead after a quarter of an hour like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from bot.model import SOURCE, Language
from bot.seal import IDLE_SECONDS
from bot.sessions import Masks, Memory

DELETABLE_SECONDS: Final = 48 * 3600.0  # Telegram's rule for a bot in a private chat
OTHERS_MOST: Final = 99  # messages to be deleted later; with the card, one call's worth
SEEN_SECONDS: Final = 24 * 3600.0  # for so long Telegram may send an update again
PRESS_SECONDS: Final = 60.0  # a button pressed twice is one press


class Asked(NamedTuple):
    """A question on the screen: the mark on its buttons, and the sealed state that it is of."""

    mark: str
    token: str


class Chat(NamedTuple):
    """One chat. Numbers of messages, times, sealed tokens; no words and nobody's id."""

    card: int = 0  # the message that is the card; 0: none known
    sent: float = 0.0  # when that was sent
    alive: float = 0.0  # until when the conversation can go on
    asked: Asked | None = None
    perhaps: Asked | None = None  # sent, but nobody knows if it arrived
    others: tuple[tuple[int, float], ...] = ()  # not deleted yet: number, when it was sent
    partly: bool = False  # more is left in the chat than `others` knows
    language: Language = SOURCE

    def question(self, mark: str) -> Asked | None:
        """The question whose button was pressed, if it is on the screen."""
        for asked in (self.asked, self.perhaps):
            if asked is not None and asked.mark == mark:
                return asked
        return None

    def leaving(self, messages: Iterable[int], when: float) -> Chat:
        """The same with messages that could not be deleted yet."""
        others = (*self.others, *((message, when) for message in messages))
        partly = self.partly or len(others) > OTHERS_MOST
        return self._replace(others=others[-OTHERS_MOST:], partly=partly)

    def deletable(self, now: float) -> list[int]:
        """Those of the others that Telegram still lets us delete."""
        return [id for id, when in self.others if now - when <= DELETABLE_SECONDS]

    def showing(self, card: int, asked: Asked | None, language: Language, now: float) -> Chat:
        """The same once this card is on the screen."""
        sent = self.sent if card == self.card else now
        alive = now + IDLE_SECONDS if asked is not None else 0.0
        return Chat(card, sent, alive, asked, None, self.others, self.partly, language)


class Chats:
    """All chats of this process, and which updates were seen."""

    __slots__ = ("_chats", "_masks", "_presses", "_seconds", "_updates")

    def __init__(self, masks: Masks, seconds: Callable[[], float]) -> None:
        self._masks = masks
        self._seconds = seconds
        self._chats: Memory[Chat] = Memory(DELETABLE_SECONDS)
        self._updates: Memory[bool] = Memory(SEEN_SECONDS)
        self._presses: Memory[bool] = Memory(PRESS_SECONDS)

    def mask(self, chat: int) -> bytes:
        """What a chat is known by here."""
        return self._masks.mask("telegram", str(chat))

    def first_time(self, update: int) -> bool:
        """Whether this update was not seen before; now it is."""
        return self._first(self._updates, self._masks.mask("telegram update", str(update)))

    def first_press(self, mask: bytes, mark: str) -> bool:
        """Whether no button of this question was pressed a moment ago; now one is."""
        return self._first(self._presses, mask + mark.encode())

    def take_back(self, mask: bytes, mark: str) -> None:
        """Nothing came of that press: it may be pressed again."""
        self._presses.drop(mask + mark.encode())

    def get(self, mask: bytes) -> Chat:
        """What is known of a chat; of most, nothing."""
        return self._chats.get(mask, self._seconds()) or Chat()

    def put(self, mask: bytes, chat: Chat) -> None:
        """Remember it."""
        self._chats.put(mask, chat, self._seconds())

    def drop(self, mask: bytes) -> None:
        """Forget it."""
        self._chats.drop(mask)

    def __len__(self) -> int:
        return len(self._chats)

    def _first(self, memory: Memory[bool], key: bytes) -> bool:
        now = self._seconds()
        if memory.get(key, now):
            return False
        memory.put(key, value=True, now=now)
        return True
