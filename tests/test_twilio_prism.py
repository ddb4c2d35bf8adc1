"""What we ask of Twilio's REST API is what Twilio's own OpenAPI document allows, by Prism.

The document is the one that Twilio's command line ships; Prism answers from it and refuses what is
not in it. It runs in CI and with FULL=1, since it needs node and two packages from npm. In CI a
missing one is a failure; by hand it is skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.twilio_fake import ACCOUNT, TOKEN, Rest, settings
from webhook.sweeper import Records, SweepError

PACKAGES = ("@stoplight/prism-cli@5.16.0", "@twilio/cli-core@8.3.2")
DOCUMENT = "node_modules/@twilio/cli-core/src/services/twilio-api/twilio_api_v2010.json"
PRISM = "node_modules/@stoplight/prism-cli/dist/index.js"
LIST = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
ONE = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"
SECONDS = 60.0  # for Prism to read the document
CI = os.environ.get("CI") == "true"

pytestmark = pytest.mark.full  # it installs packages from npm


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the packages are."""
    folder, npm = tmp_path_factory.mktemp("prism"), shutil.which("npm")
    if npm is not None:
        command = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(
            [*command, "--prefix", folder, *PACKAGES],
            capture_output=True,
            check=False,
            timeout=300,
        )
        if done.returncode == 0:
            return folder
    if CI:
        pytest.fail(f"npm could not install {PACKAGES}")
    pytest.skip(f"npm could not install {PACKAGES}")


@pytest.fixture(scope="module")
def document(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
    assert {LIST, ONE} <= set(found["paths"])
    return found


@pytest.fixture(scope="module")
def prism(folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        ["node", folder / PRISM, "mock", "--port", str(port), folder / DOCUMENT],  # noqa: S607  the node of the machine
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until_it_answers(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _until_it_answers(url: str) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("Prism did not start")


class Noting(httpx.AsyncHTTPTransport):
    """Passes requests on, and notes what became of them."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, int]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        self.seen.append((request.method, response.status_code))
        return response


async def test_a_round_of_sweeping_asks_for_nothing_that_twilio_does_not_have(prism: str) -> None:
    """Paths, methods, parameters and credentials: anything else would be answered 4xx.

    The next page of the document's example is another account's, and so is not asked for.
    """
    noting = Noting()
    async with Records(settings(twilio_api=prism), transport=noting, waits=()) as records:
        with pytest.raises(SweepError, match="a page elsewhere"):
            await records.sweep(time.time())
    assert sorted(noting.seen) == [("DELETE", 204), ("DELETE", 204), ("GET", 200)]


def test_prism_refuses_what_is_not_in_the_document(prism: str) -> None:
    url, auth = f"{prism}{LIST.replace('{AccountSid}', ACCOUNT)}", (ACCOUNT, TOKEN)
    assert httpx.get(url, auth=auth).status_code == 200
    assert httpx.get(url).status_code == 401
    assert httpx.get(f"{url}?PageSize=many", auth=auth).status_code == 422
    assert httpx.get(url.replace("Messages", "Messagez"), auth=auth).status_code == 404


async def test_our_own_fake_says_nothing_that_the_document_does_not(
    document: dict[str, Any],
) -> None:
    rest = Rest(most=1)
    rest.add(200)
    rest.add(300)
    transport = httpx.ASGITransport(rest)
    async with httpx.AsyncClient(transport=transport, base_url="http://a") as client:
        path = LIST.replace("{AccountSid}", ACCOUNT)
        got = (await client.get(f"{path}?PageSize=1", auth=(ACCOUNT, TOKEN))).json()
    answer = document["paths"][LIST]["get"]["responses"]["200"]
    page = answer["content"]["application/json"]["schema"]["properties"]
    assert set(got) <= set(page)
    name = page["messages"]["items"]["$ref"].rpartition("/")[2]
    message = document["components"]["schemas"][name]["properties"]
    assert set(got["messages"][0]) <= set(message)
    assert set(document["paths"][ONE]["delete"]["responses"]) == {"204"}
