"""A folder of flows -> steps, answers and texts the engine can trust, or every problem at once.

A flow is a file; its name is the file's. Its first step is where it begins. What each keyword
means is in flows/README.md; what is declared for all flows (answers, commands) is read by
declared.py; calls are written out and links are checked by linker.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.fields import COUNTED_ONLY, NAME, Fields, nearest
from bot.model import (
    CHOICES_MOST,
    POLICE,
    SPOKEN,
    Answer,
    Ask,
    AskPlace,
    Branch,
    Call,
    Card,
    Choice,
    Directory,
    End,
    Refer,
    Reply,
    Say,
    Source,
    Step,
    StepId,
    Text,
    TextId,
)
from bot.source import Node, Problem, Spot, read_yaml

RETURN = StepId("return")  # as a target: back to where this flow was called
NOWHERE = StepId("")  # a target that is missing, which is told
SMS_MOST = 306  # letters of two segments in the carrier's own alphabet
LABEL_MOST = 30
NOT_FLOWS = frozenset({"answers.yaml", "always.yaml", "doors.yaml", "usage.yaml"})
RIGHTS = "rights"  # no flow's name: the texts of rights.yaml go by it

# Every keyword of a flow. flows/README.md explains them, and a test holds it to this table.
FLOW: Final = ("about", "steps")
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "say": ("say", "then", "fixed"),
    "ask": ("ask", "short", "choices", "fixed"),
    "ask_place": ("ask_place", "short", "choices", "answer", "then"),
    "branch": ("branch", "cases", "else"),
    "refer": ("refer", "then"),
    "card": ("card", "text", "then"),
    "call": ("call", "then"),
    "end": ("end", "erase"),
}
CHOICE: Final = ("label", "also", "go", "more", "set")


@dataclass(frozen=True, slots=True)
class Written:
    """The steps as their authors wrote them: targets are names, calls are not written out."""

    steps: Mapping[StepId, Step | Call]
    begins: Mapping[str, StepId]  # each flow's first step; NOWHERE if its file is broken
    spots: Mapping[StepId, Spot]
    links: tuple[tuple[Spot, StepId], ...]  # every target, where it is written


def compile_flows(
    folder: Path,
    answers: Mapping[str, Answer],
    directory: Directory,
    sources: dict[TextId, Source],
    problems: list[Problem],
) -> Written:
    """Read every flow of a folder. Texts go to `sources`, what is wrong to `problems`."""
    compiler = _Compiler(answers, directory, Fields(problems, sources))
    for path in sorted(folder.glob("[!.]*.y*ml")):
        if path.suffix != ".yaml":
            what = f"only files that end in .yaml are read; rename it to {path.stem}.yaml"
            compiler.fields.problem(Spot(path.name, 1), what)
        elif path.name not in NOT_FLOWS:
            compiler.flow(path.stem, read_yaml(path, path.name, problems))
    if not compiler.begins:
        compiler.fields.problem(Spot(folder.name, 1), "there is no flow in this folder; write one")
    return Written(compiler.steps, compiler.begins, compiler.spots, tuple(compiler.links))


class _Compiler:
    def __init__(
        self, answers: Mapping[str, Answer], directory: Directory, fields: Fields
    ) -> None:
        self.answers = answers
        self.directory = directory
        self.fields = fields
        self.steps: dict[StepId, Step | Call] = {}
        self.begins: dict[str, StepId] = {}
        self.spots: dict[StepId, Spot] = {}
        self.links: list[tuple[Spot, StepId]] = []
        self.kinds: dict[str, Callable[[StepId, Node], Step | Call]] = {
            "say": self.say,
            "ask": self.ask,
            "ask_place": self.ask_place,
            "branch": self.branch,
            "refer": self.refer,
            "card": self.card,
            "call": self.call,
            "end": self.end,
        }

    def flow(self, name: str, root: Node) -> None:
        if not NAME.match(name):
            wanted = "name the file with small letters, digits and _"
            self.fields.problem(root.spot, f"'{name}' cannot be a flow's name; {wanted}")
        if name == RIGHTS:
            what = "the directory's rights are called 'rights' already; rename this file"
            self.fields.problem(root.spot, what)
        if not root.fields:
            self.begins[name] = NOWHERE
            return
        self.fields.known(root, FLOW, "a flow")
        steps = self.fields.mapping(root, "steps", f"the flow '{name}'")
        self.begins[name] = StepId(f"{name}/{next(iter(steps))}") if steps else NOWHERE
        for step_name, node in steps.items():
            id = StepId(f"{name}/{step_name}")
            self.spots[id] = node.spot
            if step_name == RETURN:
                what = "'return' leads back to where a flow was called; name this step otherwise"
                self.fields.problem(node.spot, what)
            step = self.step(id, node)
            if step is not None:
                self.steps[id] = step

    def step(self, id: StepId, node: Node) -> Step | Call | None:
        kinds = [kind for kind in KINDS if kind in node.fields]
        if not kinds:
            hint = nearest(next(iter(node.fields), ""), KINDS)
            self.fields.problem(node.spot, f"the step '{id}' has no kind; {hint}")
            return None
        if len(kinds) > 1:
            both = " and ".join(f"'{kind}:'" for kind in kinds)
            what = f"the step '{id}' has {both}; keep one, make the other a step of its own"
            self.fields.problem(node.spot, what)
            return None
        article = "an" if kinds[0][0] in "ae" else "a"
        self.fields.known(node, KINDS[kinds[0]], f"{article} '{kinds[0]}' step")
        return self.kinds[kinds[0]](id, node)

    # One method a kind ------------------------------------------------------------------

    def say(self, id: StepId, node: Node) -> Step:
        fixed = self.fields.yes(node, "fixed")
        text = self.fields.text(
            node.fields["say"], f"{id}/say", f"step {id}", most=SMS_MOST, fixed=fixed
        )
        then = self.target(node, "then", id)
        return Say(id, text, then, self._shows(text), _ready(text, ()))

    def ask(self, id: StepId, node: Node) -> Step:
        fixed = self.fields.yes(node, "fixed")
        choices = self.choices(id, node, fixed=fixed)
        if choices and all(choice.more for choice in choices):
            what = f"'{id}' has only a choice that is not always shown; add one with 'go:'"
            self.fields.problem(node.spot, what)
        text, short = self._question(id, node, "ask", choices, fixed=fixed)
        ready = _ready(text, choices)
        return Ask(id, id, text, short, choices, _labels(choices), ready, fixed)

    def ask_place(self, id: StepId, node: Node) -> Step:
        choices = self.choices(id, node) if "choices" in node.fields else ()
        text, short = self._question(id, node, "ask_place", choices)
        answer = self.fields.word(node, "answer", f"the step '{id}'")
        if answer:
            self._place(answer, node.fields["answer"].spot)
        then = self.target(node, "then", id)
        ready = _ready(text, choices)
        return AskPlace(id, id, text, short, choices, _labels(choices), answer, then, ready)

    def branch(self, id: StepId, node: Node) -> Step:
        answer = self.fields.plain(node.fields["branch"], "'branch'")
        if answer:
            self._kept(answer, node.fields["branch"].spot)
        cases: dict[str, StepId] = {}
        for value, target in self.fields.mapping(node, "cases", f"the step '{id}'").items():
            if self._values(answer) and value not in {*self._values(answer), "none"}:
                hint = nearest(value, (*self._values(answer), "none"))
                self.fields.problem(target.spot, f"'{answer}' is never '{value}'; {hint}")
            cases[value] = self._target(target, id)
        return Branch(id, answer, cases, self.target(node, "else", id))

    def refer(self, id: StepId, node: Node) -> Step:
        text = self.fields.text(node.fields["refer"], f"{id}/refer", f"step {id}", most=SMS_MOST)
        return Refer(id, text, self.target(node, "then", id))

    def card(self, id: StepId, node: Node) -> Step:
        contact = self.fields.contact(node.fields["card"], "'card'", self.directory, POLICE)
        said = node.fields.get("text")
        text = said and self.fields.text(said, f"{id}/text", f"step {id}", most=SMS_MOST)
        return Card(id, contact, text or None, self.target(node, "then", id))

    def call(self, id: StepId, node: Node) -> Call:
        called = self.fields.plain(node.fields["call"], "'call'")
        return Call(id, called, self.target(node, "then", id))

    def end(self, id: StepId, node: Node) -> Step:
        text = self.fields.text(node.fields["end"], f"{id}/end", f"step {id}", most=SMS_MOST)
        return End(id, text, self.fields.yes(node, "erase"))

    # Parts of steps ---------------------------------------------------------------------

    def _question(
        self, id: StepId, node: Node, key: str, choices: tuple[Choice, ...], *, fixed: bool = False
    ) -> tuple[Text, Text]:
        """The question and its shorter form, each leaving room for its choices in one SMS."""
        labels = [self.fields.sources[choice.label.id].said for choice in choices]
        room = max(1, SMS_MOST - sum(len("\n1 ") + len(label) for label in labels))
        note = f"step {id}, the question"
        text = self.fields.text(node.fields[key], f"{id}/{key}", note, most=room, fixed=fixed)
        if "short" not in node.fields:
            return text, text
        note = f"step {id}, the question in short, after an unclear answer"
        short = self.fields.text(node.fields["short"], f"{id}/short", note, most=room, fixed=fixed)
        return text, short

    def choices(self, id: StepId, node: Node, *, fixed: bool = False) -> tuple[Choice, ...]:
        named = self.fields.mapping(node, "choices", f"the step '{id}'")
        if len(named) > CHOICES_MOST:
            what = f"'{id}' has {len(named)} choices, at most {CHOICES_MOST} have a digit"
            self.fields.problem(node.keys["choices"], f"{what}; split the question")
        found = tuple(self.choice(id, name, each, fixed) for name, each in named.items())
        for choice, each in zip(found[:-1], named.values(), strict=False):
            if choice.more:  # the engine hides it when there is no more; no digit may move then
                what = "'more:' must be the last choice of its question; move it to the end"
                self.fields.problem(each.spot, what)
        return found

    def choice(self, id: StepId, name: str, node: Node, fixed: bool) -> Choice:
        what = f"the choice '{name}'"
        self.fields.known(node, CHOICE, what)
        label_id = f"{id}/choice/{name}"
        label = self.fields.silence(label_id, node.spot)
        if said := self.fields.need(node, "label", what):
            note = f"step {id}, a choice of the question"
            label = self.fields.text(said, label_id, note, most=LABEL_MOST, fixed=fixed)
        also = node.fields.get("also")
        if also is not None:
            note = f"step {id}, other words for the choice '{name}', with commas"
            self.fields.heard(also, f"{label_id}/also", note, fixed=fixed)
        if "go" not in node.fields and "more" not in node.fields:
            self.fields.problem(node.spot, f"{what} leads nowhere; add 'go:' and a step")
        if "go" in node.fields and "more" in node.fields:
            self.fields.problem(node.spot, f"{what} has both 'go:' and 'more:'; keep one")
        more = "go" not in node.fields and "more" in node.fields
        target = node.fields.get("go") or node.fields.get("more")
        return Choice(
            label,
            TextId(f"{label_id}/also") if also is not None else None,
            self._target(target, id) if target else NOWHERE,
            self.sets(node),
            more,
        )

    def sets(self, node: Node) -> tuple[tuple[str, str], ...]:
        """The declared answers that a choice gives."""
        if "set" not in node.fields:
            return ()
        pairs: list[tuple[str, str]] = []
        for answer, value in self.fields.mapping(node, "set", "a choice").items():
            if not self._kept(answer, value.spot):
                continue
            known = answer == "language" and value.text == SPOKEN
            if not known and value.text not in self._values(answer):
                hint = nearest(value.text, self._values(answer))
                self.fields.problem(value.spot, f"'{answer}' is never '{value.text}'; {hint}")
            else:
                pairs.append((answer, value.text))
        return tuple(pairs)

    def target(self, node: Node, key: str, id: StepId) -> StepId:
        """The step that a field names: in this flow, "other_flow/step", or `return`."""
        found = self.fields.need(node, key, f"the step '{id}'")
        return self._target(found, id) if found else NOWHERE

    def _target(self, node: Node, id: StepId) -> StepId:
        name = self.fields.plain(node, "the step to go to")
        if not name:
            return NOWHERE
        flow = id.partition("/")[0]
        target = StepId(name if name == RETURN or "/" in name else f"{flow}/{name}")
        self.links.append((node.spot, target))
        return target

    def _values(self, answer: str) -> tuple[str, ...]:
        declared = self.answers.get(answer)
        return declared.values if declared else ()

    def _kept(self, answer: str, spot: Spot) -> bool:
        """Whether a conversation knows this answer and its values; a problem if not."""
        if answer in self.answers and answer not in COUNTED_ONLY:
            return bool(self._values(answer))  # one without values is told in answers.yaml
        known = [each for each in self.answers if each not in COUNTED_ONLY]
        what = f"there is no answer '{answer}'; {nearest(answer, known)}"
        if answer in COUNTED_ONLY:
            what = f"'{answer}' is counted and then forgotten, no flow can use it; remove it here"
        if self.answers:  # else answers.yaml could not be read, which is told
            self.fields.problem(spot, what)
        return False

    def _place(self, answer: str, spot: Spot) -> None:
        if self._kept(answer, spot) and answer not in self._places():
            places = self._places()
            hint = nearest(answer, places) if places else "write that there"
            what = f"'{answer}' has no 'values: towns' in answers.yaml; {hint}"
            self.fields.problem(spot, what)

    def _places(self) -> list[str]:
        towns = self.directory.towns
        return [name for name, answer in self.answers.items() if {*answer.values} >= {*towns}]

    def _shows(self, text: Text) -> str:
        said = self.fields.sources[text.id].said
        return "rights" if "{right:" in said else ""


def _labels(choices: tuple[Choice, ...]) -> tuple[Text, ...]:
    return tuple(choice.label for choice in choices)


def _ready(text: Text, choices: tuple[Choice, ...]) -> Reply | None:
    """What a step says, made once, where nothing that a conversation knows changes it."""
    changes = text.args or any(choice.more for choice in choices)
    return None if changes else Reply((text,), (), _labels(choices))
