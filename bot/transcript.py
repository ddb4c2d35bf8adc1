"""Conversations as text files: what an advocate reads and writes, and what the tests run.

    A title sentence, and why it matters.

    language: es        the language of whoever opens the chat, before they write
    at: Sun 03:00       when it is; Wed 10:00 if left out
    channel: sms        how the answers look; sms if left out

    they write: hola
    bot says:
        ...

    counted: ...
    kept about them: nothing

Only what they write, and the lines at the head, is read. All the rest is done anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import ndiff
from textwrap import indent

from bot import clock, engine, packing
from bot.channels import sms, terminal
from bot.load import Program
from bot.model import SOURCE, Event, Instant, Language, Message, Outcome, Reply, State

THEY = "they write:"
BOT = "bot says:"
HEADS = ("language", "at", "channel")
NOON = clock.parse("Wed 10:00")

Write = Callable[[tuple[Reply, ...], Program, Language], list[str]]
CHANNELS: Mapping[str, Write] = {
    "sms": lambda replies, program, language: sms.write(replies, program.catalog, language),
    "terminal": lambda replies, program, language: terminal.write(
        replies, program.catalog, language
    ),
}


class TranscriptError(Exception):
    """The file is no transcript. Says the line and what it should be."""


@dataclass(frozen=True, slots=True)
class Script:
    """The parts of a transcript that a person wrote."""

    story: str
    language: Language = SOURCE
    at: Instant = NOON
    channel: str = "sms"
    messages: tuple[str, ...] = ()


@dataclass
class Talk:
    """One conversation being held: the only thing here that changes."""

    program: Program
    at: Instant
    language: Language = SOURCE
    state: State | None = None
    counted: list[Event] = field(default_factory=list)
    codec: packing.Codec = field(init=False)

    def __post_init__(self) -> None:
        self.codec = packing.codec(self.program.book)

    def hear(self, text: str) -> Outcome:
        """One message, as a person typed it. After a goodbye the next one begins anew.

        The state goes through bytes each time, as it does in a real channel.
        """
        book = self.program.book
        if self.state is None:
            outcome = engine.begin(book, Message(text), self.at, self.language)
        else:
            outcome = engine.step(book, self.state, Message(text), self.at)
        self.counted += outcome.events
        self.state = outcome.state and self.codec.unpack(self.codec.pack(outcome.state))
        return outcome


def parse(text: str) -> Script:
    """Read the story, the head and what they write."""
    lines = text.splitlines()
    story = "\n".join(_story(lines)).strip()
    heads: dict[str, str] = {}
    messages: list[str] = []
    for number, line in enumerate(lines, start=1):
        key, colon, value = line.partition(":")
        if line.startswith(THEY):
            messages.append(line.removeprefix(THEY).removeprefix(" "))
        elif colon and key in HEADS and not messages:
            heads[key] = value.strip()
        elif colon and key == "at":
            raise TranscriptError(f"line {number}: 'at:' stands before the first message")
    if not story or not messages:
        raise TranscriptError("line 1: a transcript has a title sentence and 'they write:' lines")
    return _script(story, heads, messages)


def _script(story: str, heads: Mapping[str, str], messages: list[str]) -> Script:
    channel = heads.get("channel", "sms")
    if channel not in CHANNELS:
        raise TranscriptError(f"line 1: channel is one of {', '.join(CHANNELS)}, not '{channel}'")
    try:
        at = clock.parse(heads["at"]) if "at" in heads else NOON
    except ValueError as error:
        raise TranscriptError(f"line 1: at: {error}") from None
    language = Language(heads.get("language", SOURCE))
    return Script(story, language, at, channel, tuple(messages))


def _story(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith((THEY, *(f"{head}:" for head in HEADS))):
            return
        yield line


def perform(program: Program, script: Script) -> str:
    """Play a script through the real engine and write the whole transcript."""
    talk = Talk(program, script.at, script.language)
    out = [head(script)]
    for said in script.messages:
        out.append(turn(program, said, talk.hear(said), script.channel))
    return "\n".join([*out, tail(talk)])


def head(script: Script) -> str:
    """The beginning of a transcript."""
    lines = [script.story, "", f"language: {script.language}"]
    if script.at != NOON:
        lines.append(f"at: {clock.said(script.at)}")
    if script.channel != "sms":
        lines.append(f"channel: {script.channel}")
    return "\n".join(lines) + "\n"


def turn(program: Program, said: str, outcome: Outcome, channel: str) -> str:
    """One message and its answers."""
    lines = [f"{THEY} {said}".rstrip()]
    for text in CHANNELS[channel](outcome.replies, program, outcome.language):
        lines += [BOT, indent(text, "    ")]
    return "\n".join(lines) + "\n"


def tail(talk: Talk) -> str:
    """What was counted, and what is kept."""
    facts = ", ".join(f"{event.dimension} {event.value}" for event in talk.counted)
    return f"counted: {facts or 'nothing'}\nkept about them: {kept(talk.state)}\n"


def kept(state: State | None) -> str:
    """What the conversation still holds: nothing once it is over."""
    if state is None:
        return "nothing"
    answers = "".join(f", {name} {value}" for name, value in state.answers)
    return f"until 15 minutes pass or they send 9, the question {state.step}{answers}"


def difference(written: str, played: str) -> str:
    """Two conversations as one: "-" what the file says, "+" what the bot says now."""
    lines = ndiff(written.splitlines(), played.splitlines())
    return "\n".join(line for line in lines if not line.startswith("?"))
