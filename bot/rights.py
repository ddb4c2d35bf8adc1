"""What the law says, for a frightened person: the texts of rights.yaml and the facts behind them.

Rule 1: a fact is shown only if somebody wrote a plain text for it; the others stay for readers.
Rule 2: a text fits two SMS segments in any case, so it is short and of plain letters.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from bot.facts import Record, day
from bot.model import Right, Source, TextId
from bot.source import Problem, Spot, read_yaml

TOPICS: Final = ("work", "papers", "court", "young", "money", "privacy")
RIGHT_MOST: Final = 280
_PLAIN = frozenset(map(chr, range(32, 127))) - frozenset("`{}[]\\^~|")  # one unit each in an SMS
_FIELDS = ("text", "topic", "fact", "audience", "statute", "source", "as_of", "caution")


def read_rights(
    folder: Path, problems: list[Problem], today: date
) -> tuple[dict[str, Right], dict[TextId, Source]]:
    """The rights that have a text to show, and these texts.

    The topic stands in a text's note, for its translator.
    """
    root = read_yaml(folder / "rights.yaml", f"{folder.name}/rights.yaml", problems)
    rights: dict[str, Right] = {}
    texts: dict[TextId, Source] = {}
    for id, node in root.fields.items():
        record = Record(id, node, _FIELDS, problems)
        right = _right(id, record, root.keys[id], today)
        topic = _topic(record)
        if record.text("text"):
            rights[id] = right
            texts[right.text] = _said(record, topic)
    return rights, texts


def _right(id: str, record: Record, spot: Spot, today: date) -> Right:
    record.need("fact", "write what was found")
    record.need("audience", "write whom it is for")
    record.text("caution")
    return Right(
        id=id,
        text=TextId(f"rights/{id}"),
        statute=record.need("statute", "write the section of the law"),
        source=record.need("source", "say where this was read"),
        as_of=record.read("as_of", partial(day, today=today), ""),
        line=spot.line,
    )


def _topic(record: Record) -> str:
    """Under what it is shown. A text needs a topic, a topic needs a text."""
    topic = record.one_of("topic", TOPICS, "")
    if record.text("text") and "topic" not in record.node.fields:
        record.wrong("text", f"a text needs a 'topic'; write one of: {', '.join(TOPICS)}")
    if topic and "text" not in record.node.fields:
        record.wrong("topic", "a topic needs a 'text'; write it, or remove the topic")
    return topic


def _said(record: Record, topic: str) -> Source:
    text, spot = record.text("text"), record.node.fields["text"].spot
    if len(text) > RIGHT_MOST:
        what = (
            f"the text has {len(text)} letters, at most {RIGHT_MOST} fit in a message; shorten it"
        )
        record.wrong("text", what)
    odd = sorted(set(text) - _PLAIN)
    if odd:
        what = f"the text has '{odd[0]}', which makes a message dear or long; write plain letters"
        record.wrong("text", what)
    note = f"A right ({topic}). {record.text('fact')}"
    if record.text("caution"):
        note += f" CAUTION: {record.text('caution')}"
    return Source(text, spot.file, spot.line, note, RIGHT_MOST)
