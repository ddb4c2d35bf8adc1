"""What every door is given: settings, the conversation, the masks and limits of this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import time

from bot.config import Settings
from bot.conversation import Conversation, Count, not_counted
from bot.load import Program
from bot.seal import Seal, key_from
from bot.sessions import Masks
from webhook.counting import Counting
from webhook.limits import Limits


@dataclass(frozen=True, slots=True)
class House:
    """One process. `seconds` is the clock of all that expires."""

    settings: Settings
    program: Program
    conversation: Conversation
    masks: Masks = field(default_factory=Masks)
    seconds: Callable[[], float] = time
    counting: Counting | None = None
    limits: Limits = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "limits", Limits(self.masks, self.seconds))


def build(
    settings: Settings,
    program: Program,
    *,
    count: Count = not_counted,
    counting: Counting | None = None,
    seconds: Callable[[], float] = time,
) -> House:
    """A house with its seal: from the setting, or born now. `counting` is where it counts."""
    key = settings.seal_key
    seal = Seal(key_from(key.get_secret_value()) if key is not None else None)
    count = counting.count if counting is not None else count
    conversation = Conversation(program, seal, count=count, seconds=seconds)
    return House(settings, program, conversation, seconds=seconds, counting=counting)
