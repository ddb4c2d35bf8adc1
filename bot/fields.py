"""Reading the fields of a node: what is missing, unknown or malformed becomes a problem.

Everything here returns something usable, so that one run finds every problem of a folder.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from dataclasses import replace

from bot.model import Directory, Source, Text, TextId
from bot.source import Node, Problem, Spot

VARIANTS = ("sms", "web", "discreet")
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
TAG = re.compile(r"[a-z]{2,3}(_[A-Za-z]{2,4})*\Z")  # of a language: en, pt_BR
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
NUMBER = re.compile(r"\+?\d(?:[\s().\-\u2010-\u2015/]*\d){6,}")  # seven digits and more
SHORT_NUMBER = re.compile(r"(?<![\d$,.])(?:[2-9]11|988|[2-9]\d{4,5})(?![\d,])")  # no ZIP of ours
FROM_ANSWERS = ("town", "language")  # names that the engine fills in from the conversation
FILLED = (*FROM_ANSWERS, "number", "name", "age", "opens")  # and those only phrases have
COUNTED_ONLY = frozenset({"channel", "region", "source", "shown"})  # answers no flow can use
_WANTED = {
    NAME: "use small letters, digits and _, a letter first",
    TAG: "use the tag of a language, as in: es or pt_BR",
}
_REACHED = frozenset({"voice", "text"})
_IS = {"text": "one text", "list": "a list", "mapping": "several named lines"}


def nearest(word: str, known: Collection[str]) -> str:
    """ "did you mean 'x'?", or what there is to choose from."""
    near = difflib.get_close_matches(word, list(known), n=1)
    if near:
        return f"did you mean '{near[0]}'?"
    few = sorted(known)[:12]
    return f"use one of: {', '.join(few)}" if few else "there is none yet"


class Fields:
    """The problems found so far, the texts read so far, and how to read one more field."""

    def __init__(self, problems: list[Problem], sources: dict[TextId, Source]) -> None:
        self.problems = problems
        self.sources = sources

    def problem(self, spot: Spot, what: str) -> None:
        self.problems.append(Problem(spot, what))

    def known(self, node: Node, allowed: Collection[str], what: str) -> None:
        """Refuse every field of `node` that is not allowed."""
        for key, spot in node.keys.items():
            if key not in allowed:
                self.problem(spot, f"{what} has no '{key}'; {nearest(key, allowed)}")

    def need(self, node: Node, key: str, what: str) -> Node | None:
        """A field that must be there."""
        found = node.fields.get(key)
        if found is None:
            self.problem(node.spot, f"{what} needs '{key}:'; add it")
        return found

    def word(self, node: Node, key: str, what: str) -> str:
        """A field that must be there and be a plain text."""
        found = self.need(node, key, what)
        if found is None:
            return ""
        return self.plain(found, f"'{key}'")

    def plain(self, node: Node, what: str) -> str:
        """A node as a text that is not empty."""
        if node.kind != "text":
            self.problem(node.spot, f"{what} is {_IS[node.kind]}; write one text instead")
        elif not node.text:
            self.problem(node.spot, f"{what} is empty; write it or remove it")
        return node.text

    def mapping(
        self, node: Node, key: str, what: str, names: re.Pattern[str] = NAME
    ) -> dict[str, Node]:
        """A field that must hold named things, with well-formed names; each at its name's line."""
        found = self.need(node, key, what)
        if found is None:
            return {}
        if found.kind == "list" or found.text:
            wanted = "write 'name:' lines below it, indented"
            self.problem(found.spot, f"'{key}' of {what} is {_IS[found.kind]}; {wanted}")
        elif not found.fields:
            self.problem(found.spot, f"'{key}' of {what} is empty; name at least one")
        for name, spot in found.keys.items():
            if not names.match(name):
                self.problem(spot, f"'{name}' cannot be a name; {_WANTED[names]}")
        return {name: replace(each, spot=found.keys[name]) for name, each in found.fields.items()}

    def contact(self, node: Node, what: str, directory: Directory, *others: str) -> str:
        """The id of a service that can be called or texted, or one of `others`."""
        id = self.plain(node, what)
        found = directory.services.get(id)
        if found is not None and all(phone.kind not in _REACHED for phone in found.phones):
            wrong = f"'{id}' has no number to call or text; name another contact"
            self.problem(node.spot, wrong)
        elif id and found is None and id not in others and directory.services:
            hint = nearest(id, (*directory.services, *others))
            self.problem(node.spot, f"there is no contact '{id}' in the directory; {hint}")
        return id

    def words(self, node: Node) -> tuple[str, ...]:
        """A list, or a line of words separated by commas."""
        if node.kind == "list":
            return tuple(self.plain(item, "an item of this list") for item in node.items)
        return tuple(word.strip() for word in node.text.split(",") if word.strip())

    def yes(self, node: Node, key: str) -> bool:
        """A field that says yes or no; no where it is left out."""
        found = node.fields.get(key)
        if found is None:
            return False
        if found.text not in {"yes", "no"}:
            self.problem(found.spot, f"'{key}' must be yes or no, not '{found.text}'")
        return found.text == "yes"

    def text(
        self,
        node: Node,
        id: str,
        note: str,
        *,
        most: int = 0,
        fixed: bool = False,
        names: Collection[str] = FROM_ANSWERS,
    ) -> Text:
        """A text for people, with its variants, kept among the sources.

        `most` letters; `names` are the {placeholders} of FILLED that are known where it is said.
        """
        self.silence(id, node.spot)
        wordings = self._wordings(node)
        for variant, said in wordings.items():
            name, what = (f"{id}.{variant}", f"{note} ({variant})") if variant else (id, note)
            self._keep(said, name, Source("", said.spot.file, said.spot.line, what, most, fixed))
            self._placeholders(said, names)
            self._numbers(said)
        said_all = "".join(said.text for said in wordings.values())
        asked = [name for name in FROM_ANSWERS if f"{{{name}}}" in said_all]
        return Text(TextId(id), tuple((name, "") for name in asked))

    def silence(self, id: str, spot: Spot) -> Text:
        """A text that is missing, so that whoever looks for it finds one; its problem is told."""
        self.sources[TextId(id)] = Source("", spot.file, spot.line)
        return Text(TextId(id))

    def heard(self, node: Node, id: str, note: str, *, fixed: bool = False) -> None:
        """Words that people send, with commas, never shown; kept among the sources."""
        if node.kind != "text":
            what = f"these words are {_IS[node.kind]}; write them on one line, with commas"
            self.problem(node.spot, what)
            self.silence(id, node.spot)
            return
        self._keep(node, id, Source("", node.spot.file, node.spot.line, note, fixed=fixed))
        if "{" in node.text:
            what = "words that people send have no {placeholders}; write the words themselves"
            self.problem(node.spot, what)

    def _wordings(self, node: Node) -> dict[str, Node]:
        """The wordings of a text by variant, "" the plain one."""
        if node.kind != "mapping":
            return {"": node}
        wordings = ("plain", *VARIANTS)
        if any(not node.fields[key].text for key in node.fields.keys() - {*wordings}):
            what = "a text that begins with '{' must stand in quotes; put them around it"
            self.problem(node.spot, what)
            return {}
        self.known(node, wordings, "a text")
        found = {each: node.fields[each] for each in VARIANTS if each in node.fields}
        plain = self.need(node, "plain", "a text with variants")
        return found if plain is None else {"": plain, **found}

    def _keep(self, node: Node, id: str, source: Source) -> None:
        said = self.plain(node, f"the text '{id}'")
        self.sources[TextId(id)] = replace(source, said=said)
        if source.most and len(said) > source.most:
            what = f"this text has {len(said)} letters, at most {source.most} fit; shorten it"
            self.problem(node.spot, what)

    def _placeholders(self, node: Node, names: Collection[str]) -> None:
        """Known names only where they are known. What is no name at all, texts.py tells."""
        for name in PLACEHOLDER.findall(node.text):
            if name in FILLED and name not in names:
                known = ", ".join(f"{{{each}}}" for each in (*names, "language_english"))
                what = f"{{{name}}} is not known in this text; use {known} or leave it out"
                self.problem(node.spot, what)
        if "{" in (rest := PLACEHOLDER.sub("", node.text)) or "}" in rest:
            self.problem(node.spot, "a brace has no partner; write {name}, or no brace at all")

    def _numbers(self, node: Node) -> None:
        said = PLACEHOLDER.sub("", node.text)
        if NUMBER.search(said) or SHORT_NUMBER.search(said):
            what = "a number is typed into this text; name its contact instead, as {card:ID}"
            self.problem(node.spot, what)
