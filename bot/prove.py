"""The promises about the flows, proven: every conversation there can be is walked.

Choices are closed and answers are enums, so the conversation is a finite graph. It is walked in
every language by the real engine with real messages (walk.py); projection.py says which states
are one; findings.py holds what is wrong. What is offered (promise 5) is looked up for every town.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.findings import Break, Findings, Gap, first
from bot.load import Program
from bot.model import (
    Language,
)
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


def prove(program: Program) -> Report:
    """Walk all of it, in every language."""
    findings = Findings(program)
    walks = [Walk(findings, language) for language in program.catalog.languages]
    for walk in walks:
        walk.all()
    findings.reached({walk.language: walk.steps for walk in walks})
    findings.texts()
    gaps = tuple(Gap(*who, towns) for who, towns in sorted(findings.referrals().items()))
    breaks = sorted(findings.breaks.values(), key=first)
    states = sum(len(walk.visits) for walk in walks)
    return Report(
        program.catalog.languages, states, findings.messages, findings.walked, tuple(breaks), gaps
    )
