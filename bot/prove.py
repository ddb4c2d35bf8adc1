"""The promises about the flows, proven: every conversation there can be is walked.

Choices are closed and answers are enums, so the conversation is a finite graph. It is walked in
every language by the real engine with real messages (walk.py); projection.py says which states
are one; findings.py holds what is wrong. What is offered (promise 5) is looked up for every town.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import NamedTuple

from bot.findings import Break, Findings, Gap, first
from bot.load import Program
from bot.model import Language, StepId
from bot.source import Spot
from bot.walk import Walk


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `walked` tells, for each promise, how many of what were looked at."""

    languages: tuple[Language, ...]
    states: int
    messages: int
    walked: Mapping[int, Mapping[str, int]]
    breaks: tuple[Break, ...]  # by promise, the shortest conversation first
    gaps: tuple[Gap, ...]


class Part(NamedTuple):
    """What the walk in one language found, to be put together with the others'."""

    language: Language
    steps: set[StepId]
    states: int
    messages: int
    walked: Mapping[int, Counter[str]]
    breaks: Mapping[tuple[int, Spot, str], Break]
    chosen: set[tuple[StepId, int]]
    asked: Mapping[tuple[str, str, Language], tuple[str, ...]]
    seen: set[StepId]


def prove(program: Program, languages: Iterable[Language] = (), *, jobs: int = 1) -> Report:
    """Walk all of it, in every language or in those named, `jobs` at a time.

    Where only some languages are walked, the others' texts and referrals are looked at even so.
    """
    walked = tuple(languages) or program.catalog.languages
    findings = Findings(program)
    if jobs > 1:
        _shared.append(program)
        try:
            with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
                parts = list(pool.map(_walk_apart, walked))
        finally:
            _shared.pop()
    else:
        parts = [_walk(program, language) for language in walked]
    for part in parts:
        _add(findings, part)
    findings.reached({part.language: part.steps for part in parts})
    findings.texts()
    gaps = tuple(Gap(*who, towns) for who, towns in sorted(findings.referrals().items()))
    breaks = sorted(findings.breaks.values(), key=first)
    states = sum(part.states for part in parts)
    return Report(walked, states, findings.messages, findings.walked, tuple(breaks), gaps)


_shared: list[Program] = []  # what the processes of a pool inherit: it cannot be sent to them


def _walk_apart(language: Language) -> Part:
    return _walk(_shared[-1], language)


def _walk(program: Program, language: Language) -> Part:
    """All conversations in one language."""
    proof = Findings(program)
    walk = Walk(proof, language)
    walk.all()
    return Part(
        language,
        walk.steps,
        len(walk.visits),
        proof.messages,
        proof.walked,
        proof.breaks,
        proof.chosen,
        proof.asked,
        proof.steps.seen,
    )


def _add(findings: Findings, part: Part) -> None:
    findings.messages += part.messages
    for promise, counts in part.walked.items():
        findings.walked[promise] += counts
    for key, broken in part.breaks.items():
        findings.kept(key, broken)
    findings.chosen |= part.chosen
    findings.steps.seen |= part.seen
    for who, said in part.asked.items():
        findings.asked.setdefault(who, said)
