"""Promise 23: one flooder silences nobody, and everybody over a limit still sees the help line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter

import pytest

from bot.sessions import MOST, Masks
from webhook.limits import ADDRESS_MOST, ALL_MOST, HELP_SECONDS, SENDER_MOST, Limits, Verdict


@dataclass
class Clock:
    """Seconds that pass when the test says so."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> Limits:
    return Limits(Masks(), clock)


def spend(limits: Limits, name: str) -> None:
    for _ in range(SENDER_MOST):
        assert limits.weigh(name) is Verdict.ANSWER


def test_a_sender_within_the_limit_is_answered_every_time(limits: Limits) -> None:
    spend(limits, "a")


def test_over_the_limit_the_help_line_is_due_once_and_then_nothing(limits: Limits) -> None:
    spend(limits, "a")
    assert [limits.weigh("a") for _ in range(3)] == [Verdict.HELP, Verdict.QUIET, Verdict.QUIET]


def test_there_is_no_ban_and_a_sender_who_waits_is_answered(limits: Limits, clock: Clock) -> None:
    spend(limits, "a")
    limits.weigh("a")
    clock.now += 2
    assert limits.weigh("a") is Verdict.ANSWER


def test_a_flooder_sees_the_help_line_once_a_minute(limits: Limits, clock: Clock) -> None:
    due = []
    for _ in range(1_000 * 180):
        clock.now += 0.001
        if limits.weigh("flooder") is Verdict.HELP:
            due.append(clock.now)
    assert len(due) == 3
    assert min(b - a for a, b in pairwise(due)) >= HELP_SECONDS


def test_a_flooder_takes_nothing_from_others(limits: Limits, clock: Clock) -> None:
    """1,000 messages a second of one sender, and everybody else is answered all the while."""
    for turn in range(10_000):
        clock.now += 0.001
        limits.weigh("flooder")
        if turn % 100 == 0:
            assert limits.weigh(f"other {turn}") is Verdict.ANSWER


def test_over_all_too_many_senders_get_the_help_line_and_not_silence(limits: Limits) -> None:
    verdicts = [limits.weigh(f"sender {each}") for each in range(int(ALL_MOST) + 50)]
    assert verdicts.count(Verdict.ANSWER) == ALL_MOST
    assert verdicts.count(Verdict.HELP) == 50


def test_a_network_address_may_be_shared_by_many(limits: Limits, clock: Clock) -> None:
    for _ in range(ADDRESS_MOST):
        clock.now += 0.01
        assert limits.weigh("192.0.2.1", ADDRESS_MOST) is Verdict.ANSWER


def test_a_million_senders_do_not_grow_the_memory(limits: Limits, clock: Clock) -> None:
    """Bounded, and the cost of one stays that of a look into a table."""
    for each in range(MOST + 20_000):
        clock.now += 0.0001
        limits.weigh(str(each))
    assert len(limits) == MOST
    begun = perf_counter()
    for each in range(1_000):
        limits.weigh(f"more {each}")
    assert perf_counter() - begun < 0.5


def test_buckets_die_with_the_minute(limits: Limits, clock: Clock) -> None:
    for each in range(100):
        limits.weigh(str(each))
    clock.now += 61
    limits.weigh("the next")
    assert len(limits) == 1


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0])
def test_a_clock_that_jumps_locks_nobody_out(limits: Limits, clock: Clock, jump: float) -> None:
    spend(limits, "a")
    assert limits.weigh("a") is Verdict.HELP
    clock.now += jump
    assert limits.weigh("a") in (Verdict.HELP, Verdict.ANSWER)
    clock.now += 2
    assert limits.weigh("a") is Verdict.ANSWER


def test_no_name_is_kept(limits: Limits) -> None:
    """Neither the name nor a plain hash of it can be read from what is stored."""
    limits.weigh("+18605550100")
    stored = limits._buckets._entries
    assert len(stored) == 1
    assert "8605550100" not in repr(stored)
