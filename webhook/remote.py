"""What Twilio and Telegram say of our account there: the few calls of `doctor` and `setup`.

Rule 1: no address, token or number reaches an error: what goes wrong leaves here as `RemoteError`,
a word and nothing attached. An address of Telegram's holds the token.
Rule 2: nothing of any conversation is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import httpx

from bot.config import Settings

TIMEOUT_SECONDS: Final = 10.0
REFUSED: Final = (401, 403)
JSON = dict[str, Any]


class RemoteError(Exception):
    """They cannot be asked now. Says why in a word: unreachable, refused or unexpected."""


class Remote:
    """Calls with the credentials of `settings`. Has no repr to leak them from."""

    __slots__ = ("_client", "_settings", "transport")

    def __init__(
        self, settings: Settings, *, transport: httpx.MockTransport | None = None
    ) -> None:
        """`transport`: for tests."""
        self._settings = settings
        self.transport = transport
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, transport=transport)

    def health(self) -> bool:
        """Whether the public address leads to a Waypost. RemoteError: it leads nowhere."""
        answer = self._asked("GET", f"{self._settings.public_url}/health")
        return answer.status_code == 200 and answer.text == "ok"

    def account(self) -> JSON:
        """Twilio's account, as `type` and `status`. RemoteError."""
        return self._twilio("GET", ".json")

    def number(self) -> JSON | None:
        """What Twilio does with our number; None: the account has no such number. RemoteError."""
        asked = {"PhoneNumber": self._settings.twilio_number}
        found = self._twilio("GET", "/IncomingPhoneNumbers.json", asked)
        numbers = found.get("incoming_phone_numbers")
        first = numbers[0] if isinstance(numbers, list) and numbers else None
        return first if isinstance(first, dict) else None

    def set_number(self, sid: str, fields: Mapping[str, str]) -> None:
        """Change what Twilio does with the number that it calls `sid`. RemoteError."""
        if not (sid.isascii() and sid.isalnum()):
            raise RemoteError("unexpected")
        self._twilio("POST", f"/IncomingPhoneNumbers/{sid}.json", fields)

    def telegram(self, method: str, **fields: object) -> Any:
        """A method of the Bot API, and its result. RemoteError."""
        token = self._settings.telegram_token
        secret = token.get_secret_value() if token else ""
        url = f"{self._settings.telegram_api}/bot{secret}/{method}"
        return _object(self._asked("POST", url, json=fields)).get("result")

    def _twilio(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> JSON:
        account, token = self._settings.twilio_account_sid, self._settings.twilio_auth_token
        url = f"{self._settings.twilio_api}/2010-04-01/Accounts/{account}{path}"
        where = "params" if method == "GET" else "data"
        secret = token.get_secret_value() if token else ""
        given = {where: fields} if fields else {}
        return _object(self._asked(method, url, auth=(account, secret), **given))

    def _asked(self, method: str, url: str, **given: Any) -> httpx.Response:
        answer = None
        with suppress(httpx.HTTPError, httpx.InvalidURL, UnicodeError):
            answer = self._client.request(method, url, **given)
        if answer is None:  # outside of the block: an error here must not carry the other
            raise RemoteError("unreachable")
        return answer


def _object(answer: httpx.Response) -> JSON:
    """An object of JSON out of a good answer."""
    if answer.status_code in REFUSED:
        raise RemoteError("refused")
    found: object = None
    with suppress(ValueError):
        found = answer.json()
    if answer.status_code != 200 or not isinstance(found, dict):
        raise RemoteError("unexpected")
    return found
