"""A small valid folder of flows to break, and what its author is then told.

Rule: what is read here is read as `bot.load` reads it, in the same order; only the directory is
small and made up, so that a test is quick and a line number can be counted by eye.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot import declared, linker, texts, words
from bot.compiler import compile_flows
from bot.matching import OUTSIDE
from bot.model import (
    SOURCE,
    Directory,
    Language,
    Phone,
    Place,
    Places,
    Right,
    Service,
    Source,
    Step,
    StepId,
    TextId,
    Town,
    Words,
)
from bot.offers import PHRASES
from bot.source import Problem

REFUSALS = Path(__file__).parent / "refusals"

START = """\
about: hello and a town
steps:
  hello:
    ask: "Is it OK to text now?"
    short: "OK to text?"
    choices:
      yes:
        label: "Yes"
        also: "yes please, ok"
        set: {age: adult}
        go: where
      no:
        label: "No"
        go: bye
  where:
    ask_place: "Which town?"
    answer: town
    then: which
  which:
    branch: age
    cases: {adult: help/line}
    else: help/line
  bye:
    end: "Bye."
    erase: yes
"""

HELP = """\
about: contacts, then what next
steps:
  line:
    card: help-line
    text: "Day and night."
    then: places
  places:
    refer: "These may help too."
    then: next
  next:
    ask: "What next?"
    choices:
      rights:
        label: "Rights"
        go: rights
      enough:
        label: "Enough"
        go: start/bye
      more:
        label: "More places"
        more: places
  rights:
    call: topics
    then: next
"""

TOPICS = """\
steps:
  pay:
    say: "{right:pay}"
    then: return
"""

DANGER = """\
steps:
  now:
    say: "Call {card:emergency}."
    then: safe
  safe:
    ask: "Are you safe now?"
    choices:
      safe:
        label: "I am safe"
        go: start/hello
"""

ANSWERS = """\
answers:
  language:
    values: languages
  age:
    values: adult, minor, unsaid
  need:
    counted: yes
    values:
      bed:
        needs: shelter
        kinds: shelter, hotline
      lawyer:
        needs: legal
        kinds: legal
  town:
    values: towns
  channel:
    values: sms, web
    counted: yes
"""

ALWAYS = """\
landing: start
help_line: help-line
emergency: emergency
help:
  also: "help line, human"
  say: "A free line."
back:
  also: "back, go back"
leave:
  also: "leave, goodbye"
  say: "Bye. I keep nothing."
danger:
  go: danger
  also: "he has a gun, in danger"
unclear:
  first: "Sorry?"
  second: "Please send one number:"
  third: "A person can help you:"
place:
  unclear: "I do not know that place."
  which: "Which one?"
  option: "{town}"
words:
  numbers: "one, two, three"
  negations: "no, not"
  outside: "outside, new york"
  tells: "hi, hello"
  not_before_safe: "police, help line"
languages:
  en: "english"
sms_letters: "á=a"
phrases:
"""


ABOUT = """\
about:
  also: "who are you"
  say: "I am a robot."
"""


def _phrase(name: str) -> str:
    known = declared.KNOWN.get(f"phrases/{name}", ())
    said = " ".join((name.replace("_", " "), *(f"{{{each}}}" for each in known)))
    return f'  {name}: "{said}"\n'


FILES: Mapping[str, str] = {
    "start.yaml": START,
    "help.yaml": HELP,
    "topics.yaml": TOPICS,
    "danger.yaml": DANGER,
    "answers.yaml": ANSWERS,
    "always.yaml": ALWAYS + "".join(map(_phrase, PHRASES)) + ABOUT,
}


# A directory --------------------------------------------------------------------------------


def _service(id: str, kind: str) -> Service:
    phone = Phone("+18605550100", kind, frozenset(), True, "high", "", "", "1-860-555-0100")
    needs, areas = frozenset({"shelter"}), frozenset({"CT"})
    facts = ("none", "unknown", "high", "active", "", "", "")
    return Service(id, id, id, "hotline", needs, (phone,), None, None, None, areas, *facts, 1)


def _town(name: str) -> Town:
    return Town(Place(name), name, "Hartford", "Capitol", 1, "", "high", (), 1)


DIRECTORY = Directory(
    {
        "help-line": _service("help-line", "voice"),
        "emergency": _service("emergency", "voice"),
        "by-fax": _service("by-fax", "fax"),
    },
    {},
    {Place(name): _town(name) for name in ("Avon", "Canton")},
    Places({"avon": (Place("Avon"),), "canton": (Place("Canton"),)}, {}),
    {"pay": Right("pay", TextId("rights/pay"), "", "", "", 1)},
)
RIGHTS = {TextId("rights/pay"): Source("You must be paid.", "directory/rights.yaml", 1)}
assert OUTSIDE not in DIRECTORY.towns, "a town of this name would hide every other"


# Breaking it, and reading it ----------------------------------------------------------------


def write(folder: Path, files: Mapping[str, str | bytes] = FILES) -> Path:
    """Write files into a folder; a text is encoded as UTF-8, bytes are written as they are."""
    folder.mkdir(exist_ok=True)
    for name, held in files.items():
        (folder / name).write_bytes(held if isinstance(held, bytes) else held.encode())
    return folder


def edited(file: str, old: str, new: str) -> str:
    """A file of the small folder with one place changed."""
    assert FILES[file].count(old) == 1, f"{old!r} is not once in {file}; mend this test"
    return FILES[file].replace(old, new)


def read(
    folder: Path,
    locales: Path,
    directory: Directory = DIRECTORY,
    rights: Mapping[TextId, Source] = RIGHTS,
) -> tuple[dict[StepId, Step], dict[Language, Words], dict[TextId, Source], list[Problem]]:
    """Steps, words and texts of a folder, and every problem, sorted as `FilesError` sorts them."""
    problems: list[Problem] = []
    sources: dict[TextId, Source] = {}
    always = declared.read_always(folder, directory, PHRASES, sources, problems)
    answers = declared.read_answers(folder, directory, always.languages or (SOURCE,), problems)
    written = compile_flows(folder, answers, directory, sources, problems)
    sources.update(rights)
    entries = declared.entries(always, written.begins, problems)
    steps = linker.link(written, entries, problems)
    catalog = texts.load(locales, sources, directory, problems)
    taught = words.teach(steps, sources, catalog, problems)
    return steps, taught, sources, sorted(set(problems))


def told(folder: Path) -> list[str]:
    """What the author of a folder is told, line by line."""
    return [str(problem) for problem in read(folder, folder / "no_catalogs")[3]]


# The mistakes of tests/refusals/*.txt ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mistake:
    """One place of the small folder made wrong, and everything its author is told of it."""

    name: str
    file: str
    old: str
    new: str
    says: tuple[str, ...]

    def told(self, folder: Path) -> list[str]:
        """What is really told."""
        write(folder)
        return told(write(folder, {self.file: edited(self.file, self.old, self.new)}))


def mistakes(name: str) -> list[Mistake]:
    """The mistakes of a table, in its order; its head says how it is written."""
    table = (REFUSALS / name).read_text(encoding="utf-8")
    return [_mistake(block) for block in table.split("\n\n") if block.startswith("mistake ")]


def _mistake(block: str) -> Mistake:
    lines = [line.partition(" ")[::2] for line in block.rstrip("\n").split("\n")]
    held = {sign: [text for each, text in lines if each == sign] for sign, _ in lines}
    assert held.keys() <= {"mistake", "file", "<", ">", "="}, block
    old, new = ("".join(f"{text}\n" for text in held.get(sign, [])) for sign in "<>")
    return Mistake(held["mistake"][0], held["file"][0], old, new, tuple(held["="]))


def names(found: Iterable[Mistake]) -> list[str]:
    """The names of some mistakes, for pytest."""
    return [mistake.name for mistake in found]
