"""Written steps -> the steps the engine walks: every call written out, every link checked.

A call is written out: the called flow's steps are copied under the id of the call
("start/more>rights/topics"), and its `return` becomes the step after the call. So the engine
needs no stack, a state needs no return address, and the conversation is a finite graph.
What cannot be written out (a flow that calls itself) or walked (a loop that never asks) is
refused here, before anything runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from bot.compiler import NOWHERE, RETURN, Written
from bot.fields import nearest
from bot.model import (
    STEPS_MOST,
    Ask,
    AskPlace,
    Branch,
    Call,
    Choice,
    End,
    Refer,
    Step,
    StepId,
)
from bot.source import Problem, Spot


def link(written: Written, entries: list[str], problems: list[Problem]) -> dict[StepId, Step]:
    """Every step that can be reached from the entry flows, calls written out."""
    before = len(problems)
    _targets(written, problems)
    _circles(written, problems)
    _rings(written, problems)
    _begins(written, entries, problems)
    if len(problems) > before or _is_broken(written, entries):
        return {}  # what is broken is told; to walk on would only tell its consequences
    linker = _Linker(written, problems)
    for entry in entries:
        linker.enter(written.begins[entry])
    if len(problems) == before:
        _loops(linker.steps, written, problems)
        _traps(linker.steps, written, problems)
    if len(problems) == before:
        _unreachable(written, linker.walked, problems)
    if not problems:
        _unasked(linker.steps, written, problems)
    return linker.steps


def _is_broken(written: Written, entries: Iterable[str]) -> bool:
    """Whether a flow, a step or a target is missing that its author has been told of."""
    missing = NOWHERE in written.begins.values() or not written.begins.keys() >= {*entries}
    steps = written.steps
    return (
        missing
        or steps.keys() != written.spots.keys()
        or any(NOWHERE in targets(step) for step in steps.values())
    )


def targets(step: Step | Call) -> Iterator[StepId]:
    """Every step that a step may lead to."""
    match step:
        case End():
            pass
        case Ask():
            yield from (choice.go for choice in step.choices)
        case AskPlace():
            yield from (choice.go for choice in step.choices)
            yield step.then
        case Branch():
            yield from step.cases.values()
            yield step.otherwise
        case _:
            yield step.then


def origin(id: StepId) -> StepId:
    """The step as written: "start/more>rights/topics" -> "rights/topics"."""
    return StepId(id.rpartition(">")[2])


def fill(step: Step, link: Callable[[StepId], StepId], id: StepId) -> Step:
    """The same step under another id, with every target passed through `link`."""
    match step:
        case End():
            return replace(step, id=id)
        case Ask():
            return replace(step, id=id, choices=_linked(step.choices, link))
        case AskPlace():
            choices = _linked(step.choices, link)
            return replace(step, id=id, choices=choices, then=link(step.then))
        case Branch():
            cases = {value: link(target) for value, target in step.cases.items()}
            return replace(step, id=id, cases=cases, otherwise=link(step.otherwise))
        case _:
            return replace(step, id=id, then=link(step.then))


def _linked(choices: tuple[Choice, ...], link: Callable[[StepId], StepId]) -> tuple[Choice, ...]:
    return tuple(replace(choice, go=link(choice.go)) for choice in choices)


_Place = tuple[StepId, str, StepId | None]  # a step, the calls it is in, where `return` goes


@dataclass
class _Linker:
    written: Written
    problems: list[Problem]
    steps: dict[StepId, Step] = field(default_factory=dict)
    walked: set[StepId] = field(default_factory=set)

    def enter(self, first: StepId) -> None:
        """Write out everything that can be reached from one step outside of all calls."""
        todo: list[_Place] = [(first, "", None)]
        full = len(self.steps) > STEPS_MOST  # which is told already
        while todo and len(self.steps) <= STEPS_MOST:
            here, prefix, after = todo.pop()
            self.walked.add(here)
            if prefix + here not in self.steps:
                todo += self.write(here, prefix, after)
        if len(self.steps) > STEPS_MOST and not full:
            what = f"the calls write out to over {STEPS_MOST} steps; call fewer flows"
            self.problems.append(Problem(self.written.spots[first], what))

    def write(self, here: StepId, prefix: str, after: StepId | None) -> list[_Place]:
        """Write out one step; the places it leads to."""
        reached: list[_Place] = []
        id = StepId(prefix + here)

        def follow(to: StepId) -> StepId:
            return self.follow(to, here, prefix, after, reached)

        step = self.written.steps[here]
        assert not isinstance(step, Call)  # noqa: S101  `follow` never stops at a call
        self.steps[id] = fill(step, follow, id)
        return reached

    def follow(
        self,
        to: StepId,
        here: StepId,
        prefix: str,
        after: StepId | None,
        reached: list[_Place],
    ) -> StepId:
        """Where a target really leads, seen from a step inside the calls of `prefix`."""
        if to == RETURN:
            if after is None:
                what = "'return' works only inside a flow that was called; name a step"
                self.problems.append(Problem(_spot(self.written, here, RETURN), what))
                return here
            return after
        flow = here.partition("/")[0]
        if not to.startswith(f"{flow}/"):
            prefix, after = "", None  # another flow, not by a call: this one is left for good
        step = self.written.steps[to]
        while isinstance(step, Call):
            self.walked.add(to)
            after = self.follow(step.then, to, prefix, after, reached)
            prefix = f"{prefix}{to}>"
            to = self.written.begins[step.flow]
            step = self.written.steps[to]
        reached.append((to, prefix, after))
        return StepId(prefix + to)


# What is refused ----------------------------------------------------------------------------


def _targets(written: Written, problems: list[Problem]) -> None:
    """Every target is a step, every call names a flow, every `more` a referral."""
    known = {*written.steps, *written.spots}  # a broken step is already a problem of its own
    for spot, target in written.links:
        flow = target.partition("/")[0]
        if target not in known and target != RETURN and written.begins.get(flow) != NOWHERE:
            what = f"there is no step '{target}'; {_meant(target, known, written.begins)}"
            problems.append(Problem(spot, what))
    for id, step in written.steps.items():
        spot = written.spots[id]
        called = step.flow if isinstance(step, Call) else ""
        if called and called not in written.begins:
            hint = nearest(called, written.begins)
            problems.append(Problem(spot, f"there is no flow '{called}' to call; {hint}"))
        for choice in getattr(step, "choices", ()):
            leads = written.steps.get(choice.go)
            if choice.more and leads is not None and not isinstance(leads, Refer):
                what = f"'more: {choice.go}' must name a 'refer' step; name one, or use 'go:'"
                problems.append(Problem(_spot(written, id, choice.go), what))


def _spot(written: Written, id: StepId, target: StepId) -> Spot:
    """The line of a step in which it names a target."""
    step = written.spots[id]
    spots = (spot for spot, to in written.links if to == target and spot.file == step.file)
    return min((spot for spot in spots if spot >= step), default=step)


def _meant(target: StepId, known: Collection[str], begins: Mapping[str, StepId]) -> str:
    """What to write instead of a target that is none."""
    flow, _, step = target.partition("/")
    if begins.get(step):
        return f"for the flow '{step}' write '{begins[step]}', or 'call: {step}'"
    return nearest(target, [id for id in known if id.startswith(f"{flow}/")] or known)


def _begins(written: Written, entries: list[str], problems: list[Problem]) -> None:
    """Conversations begin in these flows, so their first step is one that says or asks."""
    for entry in dict.fromkeys(entries):
        first = written.begins.get(entry)
        if first is not None and isinstance(written.steps.get(first), Call):
            what = f"conversations enter '{entry}' here, it cannot begin with 'call:'"
            problems.append(Problem(written.spots[first], f"{what}; put a 'say:' before it"))


def _rings(written: Written, problems: list[Problem]) -> None:
    """No call goes on to a call that goes on to the first, for each would wait for the other."""
    calls = {id: step for id, step in written.steps.items() if isinstance(step, Call)}
    after: dict[str, list[str]] = {id: [step.then] for id, step in calls.items()}
    told: set[str] = set()
    for id in calls:
        chain = _chain(id, id, after) if id not in told else []
        if chain:
            told.update(chain)
            what = f"these calls follow each other for ever: {' -> '.join((id, *chain))}"
            problems.append(Problem(written.spots[id], f"{what}; put a question between them"))


def _circles(written: Written, problems: list[Problem]) -> None:
    """No flow calls itself, not even by way of others."""
    calls: dict[str, list[tuple[StepId, str]]] = {}
    for id, step in written.steps.items():
        if isinstance(step, Call):
            calls.setdefault(id.partition("/")[0], []).append((id, step.flow))
    for flow in calls:
        chain = _chain(flow, flow, {name: [to for _, to in each] for name, each in calls.items()})
        if chain:
            spot = written.spots[calls[flow][0][0]]
            way = " -> ".join((flow, *chain))
            what = f"the flow '{flow}' calls itself ({way}); a call must end, use 'go:' instead"
            problems.append(Problem(spot, what))


def _chain(start: str, goal: str, edges: Mapping[str, list[str]]) -> list[str]:
    """The shortest way from `start` to `goal` of at least one edge, without `start`; or []."""
    ways = [[to] for to in edges.get(start, [])]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        if way[-1] == goal:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            ways += [[*way, to] for to in edges.get(way[-1], [])]
    return []


def _unreachable(written: Written, walked: set[StepId], problems: list[Problem]) -> None:
    for id in written.steps:
        if id not in walked:
            what = f"nothing leads to the step '{id}'; lead there or remove it"
            problems.append(Problem(written.spots[id], what))


def _loops(steps: Mapping[StepId, Step], written: Written, problems: list[Problem]) -> None:
    """Refuse a loop in which the engine would walk for ever without asking."""
    edges: dict[str, list[str]] = {
        id: list(targets(step))
        for id, step in steps.items()
        if not isinstance(step, Ask | AskPlace | End)
    }
    told: set[str] = set()
    for id in edges:
        chain = _chain(id, id, edges) if id not in told else []
        if chain:
            told.update(chain)
            way = " -> ".join(origin(StepId(each)) for each in (id, *chain))
            what = f"these steps go round without asking: {way}; put a question between them"
            problems.append(Problem(written.spots[origin(StepId(id))], what))


def _traps(steps: Mapping[StepId, Step], written: Written, problems: list[Problem]) -> None:
    """Refuse a question whose every answer only asks it again."""
    for id, step in steps.items():
        if isinstance(step, Ask | AskPlace) and _next_questions(id, steps) == {id}:
            what = f"every answer to '{origin(id)}' asks it again; let one lead on"
            problems.append(Problem(written.spots[origin(id)], what))


def _next_questions(id: StepId, steps: Mapping[StepId, Step]) -> set[StepId]:
    """The questions and ends that the answers to one question lead to."""
    found: set[StepId] = set()
    seen: set[StepId] = set()
    todo = list(targets(steps[id]))
    while todo:
        here = todo.pop()
        if isinstance(steps[here], Ask | AskPlace | End):
            found.add(here)
        elif here not in seen:
            seen.add(here)
            todo += targets(steps[here])
    return found


def _unasked(steps: Mapping[StepId, Step], written: Written, problems: list[Problem]) -> None:
    """Refuse a branch on what no question of these flows can find out."""
    given = {"language"}
    for step in steps.values():
        given |= {name for choice in getattr(step, "choices", ()) for name, _ in choice.sets}
        given |= {step.answer} if isinstance(step, AskPlace) else set()
    for id, step in steps.items():
        if isinstance(step, Branch) and step.answer not in given:
            what = f"no question gives the answer '{step.answer}'; 'set:' it in a choice first"
            problems.append(Problem(written.spots[origin(id)], what))
