"""What the council reads, from flows/usage.yaml, by name: "page/title". English only.

Rule 1: no sentence is made here; what is missing is an error that names it, never an empty text.
Rule 2: what a sentence is filled with are numbers, periods and words of the same file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from bot.source import FilesError, Node, Problem, Spot, read_yaml

FILE: Final = "usage.yaml"


class MissingWordsError(LookupError):
    """A sentence is not in flows/usage.yaml, or a name in it has nothing to fill it."""


class Words:
    """Every sentence by its path in the file, "section/name"."""

    def __init__(self, said: Mapping[str, str]) -> None:
        self.said = dict(said)

    def say(self, key: str, **filled: object) -> str:
        """A sentence with its `{names}` filled in; MissingWordsError names what is missing."""
        if key not in self.said:
            raise MissingWordsError(f"{FILE} has no '{key}'; write it")
        try:
            return self.said[key].format(**filled)
        except (KeyError, IndexError, ValueError) as error:
            raise MissingWordsError(f"{FILE}: '{key}' asks for {error}") from None

    def has(self, key: str) -> bool:
        """Whether there is such a sentence."""
        return key in self.said

    def section(self, key: str) -> dict[str, str]:
        """The sentences right under a name, in the order of the file."""
        head = f"{key}/"
        found = {path.removeprefix(head): said for path, said in self.said.items()}
        return {
            name: found[name] for name in found if f"{head}{name}" in self.said and "/" not in name
        }


def load(flows: Path) -> Words:
    """The words of a folder of flows; FilesError where the file is missing or malformed."""
    problems: list[Problem] = []
    node = read_yaml(flows / FILE, FILE, problems)
    said = dict(_texts(node, ""))
    if not said and not problems:
        problems.append(Problem(Spot(FILE, 1), "there is no sentence in this file; write them"))
    if problems:
        raise FilesError(problems)
    return Words(said)


def _texts(node: Node, path: str) -> Iterator[tuple[str, str]]:
    """Every text below a node, with its path."""
    if node.kind == "text" and path:
        yield path, node.text
    for name, below in node.fields.items():
        yield from _texts(below, f"{path}/{name}" if path else name)
