"""`answers.yaml` and `always.yaml`: what is declared once for all flows.

Answers are enums: a conversation can know nothing that is not listed here. What works
everywhere (the help line, back, leave, danger, what an unclear answer gets) is said here in
words that translators translate like any other text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.directory import KINDS, NEEDS
from bot.fields import COUNTED_ONLY, NAME, TAG, Fields, nearest
from bot.matching import OUTSIDE
from bot.model import (
    AGES,
    ANSWERS_MOST,
    SOURCE,
    Answer,
    Directory,
    Finds,
    Language,
    Source,
    Text,
    TextId,
)
from bot.source import Node, Problem, Spot, read_yaml

DOORS: Mapping[str, tuple[str, ...]] = {  # the texts of each door, by section of doors.yaml
    "sms": ("no_pictures",),
    "web": (
        "send",
        "your_words",
        "leave",
        "leave_keys",
        "left",
        "keys",
        "help",
        "back",
        "end",
        "say_first",
        "honest",
        "trouble",
        "again",
        "onward",
        "languages",
    ),
    "telegram": (
        "start",
        "help",
        "back",
        "leave",
        "command_help",
        "command_stop",
        "command_language",
        "languages",
        "about",
        "short_about",
        "erased",
        "some_left",
    ),
    "share": (
        "title",
        "intro",
        "local_only",
        "language",
        "unsafe",
        "unsafe_ask",
        "unsafe_phone",
        "unsafe_alone",
        "unsafe_quiet",
        "unsafe_now",
        "where",
        "where_note",
        "place_any",
        "place_clinic",
        "place_school",
        "place_shelter",
        "place_transport",
        "place_work",
        "place_worship",
        "place_shop",
        "place_online",
        "place_other",
        "links",
        "web",
        "sms",
        "telegram",
        "code",
        "copy",
        "copied",
        "poster",
        "poster_note",
        "print",
        "poster_head",
        "poster_about",
        "poster_robot",
        "poster_scan",
        "poster_visit",
        "poster_text",
    ),
}
COMMANDS = ("help", "back", "leave", "about")
UNCLEAR = ("first", "second", "third")
PLACE = ("unclear", "which", "option")
WORDS = ("numbers", "negations", "outside", "tells", "not_before_safe")
SECTIONS = (
    "landing",
    "help_line",
    "emergency",
    *COMMANDS,
    "danger",
    "unclear",
    "place",
    "words",
    "languages",
    "phrases",
    "sms_letters",
)
ANSWER = ("values", "counted")
FINDS = ("needs", "kinds")
BUILT_IN = ("languages", "towns", "regions")
MEANT = {"language": "languages", "town": "towns", "region": "regions"}  # what the engine fills in
NOT_STORED = COUNTED_ONLY | {"language"}
# What is known when a phrase is said; a contact without its number would be no help at all.
KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "phrases/call": ("number",),
    "phrases/text": ("number",),
    "phrases/chat": ("number",),
    "phrases/call_and_say": ("number",),
    "phrases/speaks": ("language",),
    "phrases/interpreter": ("language",),
    "phrases/closed_now": ("opens",),
    "phrases/near_town": ("town",),
    "phrases/near_county": ("town",),
    "phrases/up_to_age": ("age",),
    "phrases/from_age": ("age",),
    "phrases/police_unconfirmed": ("town",),
    "phrases/police_unconfirmed_number": ("town",),
    "place/option": ("town",),
}


@dataclass(frozen=True, slots=True)
class Always:
    """What `always.yaml` says besides its texts."""

    landing: str  # the flow where everybody begins
    danger: str  # the flow that answers words of danger
    help_line: str  # the service behind 0
    emergency: str  # the service for danger
    languages: tuple[Language, ...]  # those with a line of names under `languages`
    phrases: frozenset[str]
    spots: Mapping[str, Spot]  # where each flow is named


def read_answers(
    folder: Path, directory: Directory, languages: Collection[Language], problems: list[Problem]
) -> dict[str, Answer]:
    """The declared answers. `languages` and the directory give the built-in values."""
    fields = Fields(problems, {})
    root = read_yaml(folder / "answers.yaml", "answers.yaml", problems)
    if not root.fields:
        return {}
    fields.known(root, ("answers",), "answers.yaml")
    towns = (*directory.towns, OUTSIDE)
    regions = {town.region: None for town in directory.towns.values()}
    built_in = {
        "languages": tuple(languages),
        "towns": tuple(towns),
        "regions": (*regions, OUTSIDE),
    }
    answers = {
        name: _answer(name, node, built_in, fields)
        for name, node in fields.mapping(root, "answers", "answers.yaml").items()
    }
    stored = [name for name in answers if name not in NOT_STORED]
    if len(stored) > ANSWERS_MOST:
        what = f"{len(stored)} answers are declared, a conversation can keep {ANSWERS_MOST}"
        fields.problem(root.fields["answers"].spot, f"{what}; remove some")
    return answers


def _answer(
    name: str, node: Node, built_in: Mapping[str, tuple[str, ...]], fields: Fields
) -> Answer:
    fields.known(node, ANSWER, f"the answer '{name}'")
    counted = fields.yes(node, "counted")
    found = fields.need(node, "values", f"the answer '{name}'")
    if found is None:
        return Answer(name, (), counted, {})
    _as_meant(name, found, fields)
    if found.text in built_in:
        return Answer(name, built_in[found.text], counted, {})
    if found.kind == "mapping":
        finds = {value: _finds(each, fields) for value, each in found.fields.items()}
        _values(name, tuple(finds), found, fields)
        return Answer(name, tuple(finds), counted, finds)
    values = fields.words(found)
    if len(values) < 2:
        what = f"the answer '{name}' needs at least two values, or one of {', '.join(BUILT_IN)}"
        fields.problem(found.spot, f"{what}; write them with commas")
    _values(name, values, found, fields)
    return Answer(name, values, counted, {})


def _as_meant(name: str, found: Node, fields: Fields) -> None:
    """The answers that the program itself fills in or reads have the values it knows."""
    wanted = MEANT.get(name, "")
    if wanted and found.text != wanted:
        what = f"the program fills in '{name}'; write 'values: {wanted}'"
        fields.problem(found.spot, what)
    if name == "age" and {*fields.words(found)} != {*AGES}:
        what = f"referrals read 'age'; write 'values: {', '.join(AGES)}'"
        fields.problem(found.spot, what)
    if name == "need" and found.kind != "mapping":
        what = "referrals read 'need'; write below each value what it looks for, needs and kinds"
        fields.problem(found.spot, what)


def _values(name: str, values: tuple[str, ...], found: Node, fields: Fields) -> None:
    """Every value a name, once, and none that means something else in a branch."""
    for value in dict.fromkeys(values):
        if value and not NAME.match(value):
            what = f"'{value}' cannot be a value of '{name}'; use small letters, digits and _"
            fields.problem(found.spot, what)
        if value == "none":
            what = f"'none' stands for no answer; name this value of '{name}' otherwise"
            fields.problem(found.spot, what)
        if values.count(value) > 1:
            fields.problem(found.spot, f"'{name}' has the value '{value}' twice; keep one")


def _finds(node: Node, fields: Fields) -> Finds:
    """The needs and the kinds of service behind one value, the best first."""
    fields.known(node, FINDS, "a need")
    needs = _listed(node, "needs", "need", NEEDS, fields)
    return Finds(needs, _listed(node, "kinds", "kind", KINDS, fields))


def _listed(
    node: Node, key: str, one: str, known: Collection[str], fields: Fields
) -> tuple[str, ...]:
    found = fields.need(node, key, "a need")
    words = fields.words(found) if found else ()
    if found and not words:
        fields.problem(found.spot, f"'{key}' is empty; write at least one {one} of the directory")
    for word in words:
        if found and word not in known:
            what = f"no service has the {one} '{word}'; {nearest(word, known)}"
            fields.problem(found.spot, what)
    return words


def read_always(
    folder: Path,
    directory: Directory,
    phrases: Collection[str],
    sources: dict[TextId, Source],
    problems: list[Problem],
) -> Always:
    """`always.yaml`: its texts go to `sources` under "always/…"."""
    fields = Fields(problems, sources)
    root = read_yaml(folder / "always.yaml", "always.yaml", problems)
    if not root.fields:
        return Always("", "", "", "", (), frozenset(phrases), {})
    fields.known(root, SECTIONS, "always.yaml")
    for command in (*COMMANDS, "danger"):
        _command(root, command, fields)
    _texts(root, "unclear", UNCLEAR, fields)
    _texts(root, "place", PLACE, fields)
    _texts(root, "words", WORDS, fields)
    _texts(root, "phrases", phrases, fields)
    if letters := fields.need(root, "sms_letters", "always.yaml"):
        note = "letters that an SMS may write without their accent, as á=a; empty if none may"
        fields.text(letters, "always/sms_letters", note)
    languages = fields.mapping(root, "languages", "always.yaml", TAG)
    for tag, node in languages.items():
        note = "names of a language, with commas"
        fields.heard(node, f"always/languages/{tag}", note, fixed=True)
    if languages and SOURCE not in languages:
        fields.problem(
            root.fields["languages"].spot,
            f"the flows are written in '{SOURCE}'; add it to 'languages'",
        )
    danger = root.fields.get("danger")
    return Always(
        landing=fields.word(root, "landing", "always.yaml"),
        danger=fields.word(danger, "go", "'danger'") if danger else "",
        help_line=_contact(root, "help_line", directory, fields),
        emergency=_contact(root, "emergency", directory, fields),
        languages=tuple(map(Language, languages)),
        phrases=frozenset(phrases),
        spots={
            found.text: found.spot
            for found in (danger and danger.fields.get("go"), root.fields.get("landing"))
            if found
        },
    )


def read_doors(folder: Path, sources: dict[TextId, Source], problems: list[Problem]) -> None:
    """`doors.yaml`: what each door says of its own. Without the file there are no doors."""
    path = folder / "doors.yaml"
    if not path.exists():
        return
    fields = Fields(problems, sources)
    root = read_yaml(path, "doors.yaml", problems)
    fields.known(root, DOORS, "doors.yaml")
    for door, keys in DOORS.items():
        _texts(root, door, keys, fields)


def _contact(root: Node, key: str, directory: Directory, fields: Fields) -> str:
    found = fields.need(root, key, "always.yaml")
    return fields.contact(found, f"'{key}'", directory) if found else ""


def entries(always: Always, begins: Collection[str], problems: list[Problem]) -> list[str]:
    """The flows that conversations enter by themselves; each must be there."""
    for flow, spot in always.spots.items():
        if flow and flow not in begins:
            problems.append(Problem(spot, f"there is no flow '{flow}'; {nearest(flow, begins)}"))
    return [always.landing, always.danger]


def _command(root: Node, command: str, fields: Fields) -> None:
    node = fields.need(root, command, "always.yaml")
    if node is None:
        return
    says = command in ("help", "leave", "about")
    allowed = ("also", "go") if command == "danger" else ("also", "say") if says else ("also",)
    fields.known(node, allowed, f"'{command}'")
    if also := fields.need(node, "also", f"'{command}'"):
        note = f"words that mean '{command}' everywhere, with commas"
        fields.heard(also, f"always/{command}/also", note)
    if says and (said := fields.need(node, "say", f"'{command}'")):
        note = f"what '{command}' says"
        fields.text(said, f"always/{command}/say", note, most=300, names=())


def _texts(root: Node, section: str, keys: Collection[str], fields: Fields) -> None:
    """One text for each of `keys`, no more and no fewer."""
    node = fields.need(root, section, root.spot.file)
    if node is None:
        return
    fields.known(node, keys, f"'{section}'")
    for key in keys:
        id, note = f"always/{section}/{key}", f"{section}: {key}"
        said = fields.need(node, key, f"'{section}'")
        if said and section == "words":
            fields.heard(said, id, note)
        elif said:
            known = KNOWN.get(f"{section}/{key}", ())
            fields.text(said, id, note, names=known)
            _says(said, known, fields)


def _says(node: Node, known: Collection[str], fields: Fields) -> None:
    """A phrase that is for saying something must say it."""
    for name in known:
        if node.kind == "text" and f"{{{name}}}" not in node.text:
            what = f"this phrase is there to say {{{name}}}; put {{{name}}} into it"
            fields.problem(node.spot, what)


def text(name: str) -> Text:
    """A text of `always.yaml` by its name: "unclear/first"."""
    return Text(TextId(f"always/{name}"))
