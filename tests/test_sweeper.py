"""Twilio's own records of messages go, soon, and nothing is remembered for it."""

from __future__ import annotations

import asyncio
import traceback

import httpx
import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.load import Program
from tests.twilio_fake import ACCOUNT, PHONE, TOKEN, Rest, settings
from webhook import sweeper
from webhook.house import build
from webhook.sweeper import Records, SweepError, oldest, sweeping, wanted

YOUNG, OLD = 119.0, 121.0


def records(rest: Rest, waits: tuple[float, ...] = (0, 0)) -> Records:
    return Records(settings(), transport=httpx.ASGITransport(rest), waits=waits)


async def swept(rest: Rest) -> int:
    async with records(rest) as them:
        return await them.sweep(rest.now)


async def test_what_is_older_than_two_minutes_is_deleted_and_nothing_else() -> None:
    rest = Rest()
    old = {rest.add(OLD), rest.add(OLD, sent=False), rest.add(400 * 86400)}
    young = {rest.add(0), rest.add(YOUNG), rest.add(YOUNG, sent=False)}
    assert await swept(rest) == len(old)
    assert set(rest.records) == young


async def test_nothing_to_delete_is_no_error() -> None:
    assert await swept(Rest()) == 0


async def test_every_page_is_swept() -> None:
    rest = Rest(most=7)
    for age in range(100):
        rest.add(OLD + age)
    young = rest.add(1)
    assert await swept(rest) == 100
    assert set(rest.records) == {young}
    assert rest.asked.count("GET 200") == 15


async def test_deletions_go_a_few_at_a_time() -> None:
    rest = Rest()
    for age in range(50):
        rest.add(OLD + age)
    await swept(rest)
    assert 1 < rest.together <= sweeper.AT_ONCE


async def test_a_record_that_is_not_final_is_left_for_a_later_round() -> None:
    rest = Rest()
    late = rest.add(OLD, final=600)
    rest.add(OLD)
    assert await swept(rest) == 1
    assert set(rest.records) == {late}
    assert sorted(rest.asked) == ["DELETE 204", "DELETE 409", "GET 200"]
    rest.now += 600
    assert await swept(rest) == 1
    assert not rest.records


async def test_one_that_somebody_else_has_deleted_is_no_error() -> None:
    rest = Rest()
    sid = rest.add(OLD)
    async with records(rest) as them:
        await them.sweep(rest.now)
        assert not await them._delete(sid)


async def test_too_many_requests_are_waited_out_as_long_as_twilio_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    rest = Rest()
    rest.add(OLD)
    async with records(rest, waits=(0.5, 0.5, 0.5)) as them:
        monkeypatch.setattr("webhook.sweeper.asyncio.sleep", sleep)
        monkeypatch.setattr("tests.twilio_fake.asyncio.sleep", sleep)
        for rest.retry_after in ("7", "86400", "Fri, 27 Nov 2026 10:00:00 GMT"):
            rest.busy = 1
            await them.sweep(rest.now)
    assert [seconds for seconds in waited if seconds] == [7, sweeper.WAIT_MOST, 0.5]
    assert not rest.records


async def test_trouble_at_twilio_is_tried_again_and_then_left() -> None:
    rest = Rest(broken=2)
    rest.add(OLD)
    assert await swept(rest) == 1
    rest.broken = 3
    with pytest.raises(SweepError, match=r"^busy$"):
        await swept(rest)
    assert rest.broken == 0


@hypothesis.settings(max_examples=40)
@given(st.lists(st.sampled_from(["429", "503", "die", "on"]), max_size=12), st.integers(1, 9))
async def test_whatever_breaks_in_the_middle_a_later_round_empties_the_list(
    troubles: list[str], most: int
) -> None:
    """A crash at any request costs nothing but the rest of its round."""
    rest = Rest(most=most)
    for age in range(20):
        rest.add(OLD + age, final=60 + 30 * age)
    young = rest.add(-3600)
    for trouble in troubles:
        rest.busy, rest.broken = (trouble == "429") * 2, (trouble == "503") * 5
        async with records(rest) as them, asyncio.TaskGroup() as group:
            task = group.create_task(_quietly(them, rest.now))
            if trouble == "die":
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                task.cancel()
    rest.now += 3600
    rest.busy = rest.broken = 0
    await swept(rest)
    assert set(rest.records) == {young}


async def _quietly(them: Records, now: float) -> None:
    try:
        await them.sweep(now)
    except SweepError:
        return


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/2010-04-01/Accounts/x/Messages.json",
        "//evil.example/x",
        f"http://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        "/2010-04-01/Accounts/AC1/Messages.json",
        f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json",
        "file:///etc/passwd",
        "http://[",
    ],
)
async def test_the_credentials_go_nowhere_but_to_the_list_of_the_account(elsewhere: str) -> None:
    rest = Rest(most=1, elsewhere=elsewhere)
    rest.add(OLD)
    rest.add(OLD)
    with pytest.raises(SweepError, match=r"^a page elsewhere$"):
        await swept(rest)
    assert rest.asked == ["GET 200", "DELETE 204"]


async def test_a_round_ends_even_if_pages_never_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeper, "PAGES_MOST", 3)
    again = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?PageSize=1"
    rest = Rest(most=1, elsewhere=again)
    for _ in range(9):
        rest.add(1)
    assert await swept(rest) == 0
    assert rest.asked == ["GET 200"] * 3


@pytest.mark.parametrize(
    "said", [b"", b"<html>", b"[]", b'{"messages": null}', b'{"messages": 7}', b"\xff", b"{}"]
)
async def test_an_answer_that_is_no_list_is_an_error_without_its_words(said: bytes) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=said))
    async with Records(settings(), transport=transport, waits=()) as them:
        with pytest.raises(SweepError):
            await them.sweep(0)


@pytest.mark.parametrize("sid", ["", "../../Calls/CA1", "SM1/Media", "SM1?x=", None, 7, "SMé"])
async def test_an_id_that_is_no_id_is_never_put_into_an_address(sid: object) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(200, json={"messages": [{"sid": sid}, 3], "next_page_uri": None})

    async with Records(settings(), transport=httpx.MockTransport(answer), waits=()) as them:
        assert await them.sweep(1e9) == 0
    assert asked == ["GET"]


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError(f"no way to {request.url}", request=request)


@pytest.mark.parametrize("status", [0, 301, 400, 401, 403, 429, 500])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_no_id_no_number_and_no_secret_reaches_an_error(status: int, method: str) -> None:
    """Whatever goes wrong, at whichever request; 0: Twilio cannot be reached."""
    rest = Rest()
    sid = rest.add(OLD)
    page = {"messages": [rest.records[sid].json()], "next_page_uri": None}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method != method:
            return httpx.Response(200, json=page)
        if status == 0:
            return unreachable(request)
        return httpx.Response(status, text=f"{PHONE} {sid}")

    caught: SweepError | None = None
    async with Records(settings(), transport=httpx.MockTransport(answer), waits=(0,)) as them:
        try:
            await them.sweep(rest.now)
        except SweepError as error:
            caught = error
    left = (status, method) in ((301, "DELETE"), (400, "DELETE"))  # for the next round
    assert (caught is None) == left
    told = repr(them)
    if caught is not None:
        assert caught.__cause__ is None
        assert caught.__context__ is None
        told += "".join([*traceback.format_exception(caught), repr(caught), repr(vars(caught))])
    assert "Records object" in told
    for canary in (sid, PHONE, TOKEN, ACCOUNT, "https://"):
        assert canary not in told


async def test_wrong_credentials_stop_the_round_at_once() -> None:
    rest = Rest(token="another")  # noqa: S106 - opens nothing
    rest.add(OLD)
    with pytest.raises(SweepError, match=r"^refused$"):
        await swept(rest)
    assert rest.asked == ["GET 401"]


async def test_the_oldest_record_is_found_on_whatever_page_it_is() -> None:
    rest = Rest(most=2)
    async with records(rest) as them:
        assert await them.oldest(rest.now) is None
        for age in (5, 50, 500, 5000, 1):
            rest.add(age)
        assert await them.oldest(rest.now) == 5000
    assert len(rest.records) == 5


async def test_the_doctor_is_told_the_age_or_why_it_cannot_be_known() -> None:
    rest = Rest()
    rest.add(30)
    assert await oldest(settings(), rest.now, httpx.ASGITransport(rest)) == 30
    rest.token = "another"  # noqa: S105 - opens nothing
    with pytest.raises(SweepError, match=r"^refused$"):
        await oldest(settings(), rest.now, httpx.ASGITransport(rest))


def test_an_account_is_swept_unless_the_operator_says_otherwise() -> None:
    assert wanted(settings())
    assert not wanted(settings(twilio_sweep="false"))
    assert not wanted(settings(twilio_account_sid=""))
    assert not wanted(settings(twilio_auth_token=""))


async def test_it_goes_on_every_minute_whatever_happens_and_stops_when_asked(
    shipped: Program, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also with an account that refuses, and with a mistake of our own."""
    outcomes: list[BaseException | int] = [SweepError("refused"), KeyError(PHONE), 3, 0]
    stop, rounds = asyncio.Event(), 0

    async def sweep(_self: Records, _now: float) -> int:
        nonlocal rounds
        rounds += 1
        if rounds == len(outcomes):
            stop.set()
        outcome = outcomes[rounds - 1]
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    monkeypatch.setattr(Records, "sweep", sweep)
    monkeypatch.setattr(sweeper, "EVERY_SECONDS", 0.001)
    async with asyncio.timeout(5):
        await sweeping(build(settings(), shipped), stop)
    assert rounds == len(outcomes)
    told = capsys.readouterr()
    assert told.err.count("\n") == 2
    assert PHONE not in told.out + told.err


def test_nothing_it_keeps_could_hold_a_message() -> None:
    """Its attributes are the way there, and no list."""
    assert set(Records.__slots__) == {"_client", "_list", "_waits"}
