"""Reading files that people write: every scalar stays the text they typed, and knows its line.

Plain YAML would read `no` as false, `9:00` as 540, `+18605550101` as a number, and keep the
last of two equal keys without a word. Here nothing is guessed and nothing is lost: a broken
file gives its problems and an empty node, so that the problems of the next file are heard too.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml: seven times faster
_UNPRINTABLE = yaml.reader.Reader.NON_PRINTABLE


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A line of a file, for messages to the person who wrote it."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong, said so that its author can mend it: what it is, and what to do."""

    spot: Spot
    what: str

    def __str__(self) -> str:
        return f"{self.spot}: {self.what}"


class FilesError(Exception):
    """The files cannot be used. Carries every problem found, sorted, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of a file: a text, a mapping or a list, and where it begins.

    `fields` of something that is no mapping is empty; so are `items` and `text`.
    """

    spot: Spot
    kind: str  # "text", "mapping", "list"
    text: str = ""
    fields: dict[str, Node] = field(default_factory=dict)
    items: tuple[Node, ...] = ()
    keys: dict[str, Spot] = field(default_factory=dict)  # where each key of a mapping stands


def read_text(path: Path, name: str, problems: list[Problem]) -> str:
    """A file's text, without a byte-order mark; unreadable bytes are a problem, not a crash."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        what = "this line has a letter that is not UTF-8; save the file as UTF-8"
        problems.append(Problem(Spot(name, line), what))
    except OSError as error:
        what = f"the file cannot be read ({error.strerror}); check that it is there"
        problems.append(Problem(Spot(name, 1), what))
    return ""


def read_yaml(path: Path, name: str, problems: list[Problem]) -> Node:
    """One YAML file as a node; without a field only if its problem is told already.

    `name` is how problems call the file.
    """
    before = len(problems)
    text = read_text(path, name, problems)
    if len(problems) == before:
        try:
            root = _compose(text, name, problems)
            if root is not None:
                return _Reader(problems).node(root, Spot(name, 1))
        except RecursionError:
            what = "the brackets of this file go too deep; write it as indented lines"
            problems.append(Problem(Spot(name, 1), what))
    return Node(Spot(name, 1), "mapping")


def _compose(text: str, name: str, problems: list[Problem]) -> yaml.Node | None:
    """The file as YAML sees it, or None and a problem."""
    odd = _UNPRINTABLE.search(text)
    if odd is not None:
        line = text[: odd.start()].count("\n") + 1
        problems.append(Problem(Spot(name, line), "this line has an unprintable sign; remove it"))
        return None
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        problems.append(_unreadable(error, text, name))
        return None
    if root is None or (isinstance(root, yaml.MappingNode) and not root.value):
        problems.append(Problem(Spot(name, 1), "the file is empty; write it or remove it"))
    elif not isinstance(root, yaml.MappingNode):
        what = "the file does not begin with a name and a colon; begin it as in: steps:"
        problems.append(Problem(Spot(name, 1), what))
    else:
        return root
    return None


def _unreadable(error: yaml.MarkedYAMLError, text: str, name: str) -> Problem:
    """Where YAML gave up; for a quote or a bracket left open, where that begins."""
    mark = error.problem_mark or error.context_mark
    if error.context_mark and "end" in str(error.problem):
        mark = error.context_mark
    at = mark.line if mark else 0
    line = "".join(text.split("\n")[at : at + 1])
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Problem(Spot(name, at + 1), "this line begins with a tab; begin it with spaces")
    what = f"this is not readable as YAML ({error.problem}); check quotes, colons and indents"
    return Problem(Spot(name, at + 1), what)


class _Reader:
    """One walk over one file. `seen` finds YAML's references, which may run in a circle."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        self.seen: set[int] = set()

    def node(self, raw: yaml.Node, at: Spot) -> Node:
        """A piece of the file; `at` is where its name stands, or the list that it is in."""
        spot = Spot(at.file, raw.start_mark.line + 1)
        if id(raw) in self.seen:  # a reference knows only the place that it refers to
            what = "'*' refers to another place of the file; write it out here instead"
            self.problems.append(Problem(at, what))
            return Node(at, "text")
        self.seen.add(id(raw))
        if isinstance(raw, yaml.MappingNode):
            return self.mapping(raw, spot)
        if isinstance(raw, yaml.SequenceNode):
            return Node(spot, "list", items=tuple(self.node(item, spot) for item in raw.value))
        return Node(spot, "text", text=str(raw.value).strip())

    def mapping(self, raw: yaml.MappingNode, spot: Spot) -> Node:
        fields: dict[str, Node] = {}
        keys: dict[str, Spot] = {}
        for key, value in raw.value:
            here = Spot(spot.file, key.start_mark.line + 1)
            word = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            if not word:
                self.problems.append(Problem(here, "a name is missing before ':'; write one"))
                continue
            if word in fields:
                what = f"'{word}' is given twice (first in line {keys[word].line}); keep one"
                self.problems.append(Problem(here, what))
                continue
            fields[word] = self.node(value, here)
            keys[word] = here
        return Node(spot, "mapping", fields=fields, keys=keys)


def read_csv(
    path: Path, name: str, columns: tuple[str, ...], problems: list[Problem]
) -> Iterator[tuple[Spot, dict[str, str]]]:
    """The rows of a CSV file with a header, each with its line; `columns` must all be there."""
    text = read_text(path, name, problems)
    if not text:
        return
    rows = csv.reader(text.splitlines())
    header = next(rows, [])
    missing = [column for column in columns if column not in header]
    if missing:
        what = f"the column '{missing[0]}' is missing in the first line; put it back"
        problems.append(Problem(Spot(name, 1), what))
        return
    for row in rows:
        spot = Spot(name, rows.line_num)
        if len(row) != len(header):
            what = f"this row has {len(row)} cells, the first line has {len(header)}; check commas"
            problems.append(Problem(spot, what))
        else:
            yield spot, dict(zip(header, map(str.strip, row), strict=True))
