"""What the guard and the server know of a door before it is looked for.

A door may have whoever asks looked at before anything of the body is read. And a door that waits
for nothing may be asked at once: finding it, and passing its answer on, would cost more than the
answer itself.

Rule: such a door gives headers in small letters, none that hold anything but what is written in
the code or sealed, and none of those that the guard adds. It never raises on purpose.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

Headers = list[tuple[bytes, bytes]]


class Answered(NamedTuple):
    """A whole answer, but for the headers that every answer has."""

    status: int
    headers: Headers
    body: bytes


FORBIDDEN: Final = Answered(403, [], b"")
Answering = Callable[[Scope, bytes], Answered]
Ready = Callable[[bytes], Answered]  # the same for one request


def anybody(_scope: Scope) -> bool:
    """For a door that needs the body to know."""
    return True


class Entrance(NamedTuple):
    """What is posted to one path.

    `admits` tells by the head whether to read on; if not, the answer is a 403. `answer`, from a
    door that waits for nothing, makes the whole answer.
    """

    admits: Callable[[Scope], bool] = anybody
    answer: Answering | None = None


def route(answer: Answering) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of a route that answers the same, so that the door is listed like any other.

    It is asked where no guard stands before the application.
    """

    async def endpoint(request: Request) -> Response:
        status, headers, body = answer(request.scope, await request.body())
        response = Response(body, status)
        response.raw_headers += headers
        return response

    return endpoint
