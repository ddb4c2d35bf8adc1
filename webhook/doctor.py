"""What is still wrong out there: the public address, Twilio and Telegram. Nothing is changed.

Rule 1: as in `bot.doctor`, keys and reasons, never values.
Rule 2: whoever cannot be reached is a finding, not an error: the rest is looked at all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, Final

from bot.config import Settings
from bot.doctor import Finding, Grade, key
from webhook import sweeper
from webhook.remote import JSON, Remote, RemoteError
from webhook.updates import ALLOWED

OVERRIDES: Final = "#ct=2000&rt=5000&tt=14000&rc=2&rp=ct,rt,5xx"  # deadlines and retries
LATE_SECONDS: Final = 15 * 60.0  # a record this old should long be gone
RECENT_SECONDS: Final = 60 * 60.0
WAITING_MOST: Final = 20  # updates that Telegram could not yet deliver
MINUTE: Final = 60
WORDS: Final = {
    "unreachable": "cannot reach {}; is this machine online, and {} right?",
    "refused": "{} refuses our credentials; check {}",
}
OTHER: Final = "{} answers what nobody expects; check {}, and try again later"


def there(settings: Settings, remote: Remote, now: float) -> Iterator[Finding]:
    """Everything that only the network can tell. `now` in seconds since 1970."""
    if settings.public_url:
        yield from _asked("web", "the public address", "public_url", lambda: _web(remote))
    if settings.answers_twilio:
        yield from _asked(
            "twilio",
            "Twilio",
            "twilio_account_sid, twilio_auth_token",
            lambda: _twilio(settings, remote, now),
        )
    if settings.answers_telegram:
        yield from _asked(
            "telegram", "Telegram", "telegram_token", lambda: _telegram(settings, remote, now)
        )


def _asked(
    about: str, who: str, names: str, look: Callable[[], Iterator[Finding]]
) -> Iterator[Finding]:
    """What a look finds, and a finding where it breaks off."""
    try:
        yield from look()
    except (RemoteError, sweeper.SweepError) as error:
        keys = ", ".join(map(key, names.split(", ")))
        yield Finding(Grade.BROKEN, about, WORDS.get(str(error), OTHER).format(who, keys))


def _web(remote: Remote) -> Iterator[Finding]:
    if remote.health():
        yield Finding(Grade.OK, "web", f"{key('public_url')} reaches this bot")
    else:
        what = f"something else answers at {key('public_url')}; point it or the proxy to this bot"
        yield Finding(Grade.BROKEN, "web", what)


# Twilio -----------------------------------------------------------------------------------


def _twilio(settings: Settings, remote: Remote, now: float) -> Iterator[Finding]:
    account = remote.account()
    if account.get("status") != "active":
        yield Finding(Grade.BROKEN, "twilio", "the account is not active; see Twilio's console")
    elif account.get("type") == "Trial":
        what = "a trial account answers only numbers that you verified; upgrade it"
        yield Finding(Grade.TO_DO, "twilio", what)
    else:
        yield Finding(Grade.OK, "twilio", "Twilio accepts the credentials")
    if settings.twilio_number:
        yield from _number(settings, remote.number())
    yield from _records(settings, remote, now)


def _number(settings: Settings, number: JSON | None) -> Iterator[Finding]:
    if number is None:
        what = f"{key('twilio_number')} is no number of this account; buy it, or set the right one"
        yield Finding(Grade.BROKEN, "twilio", what)
        return
    how = "run `waypost setup twilio --go`"
    url, _, overrides = str(number.get("sms_url") or "").partition("#")
    ours = f"{settings.public_url}/twilio"
    if number.get("sms_application_sid"):
        what = "a TwiML app takes the messages of the number; remove it from the number"
        yield Finding(Grade.BROKEN, "twilio", what)
    if url != ours or number.get("sms_method", "POST") != "POST":
        yield Finding(Grade.BROKEN, "twilio", f"messages to the number go elsewhere; {how}")
    elif f"#{overrides}" != OVERRIDES:
        what = f"messages to the number come here without our deadlines and retries; {how}"
        yield Finding(Grade.TO_DO, "twilio", what)
    else:
        yield Finding(Grade.OK, "twilio", "messages to the number come here")
    fallback = str(number.get("sms_fallback_url") or "")
    if not fallback or fallback.startswith(settings.public_url):
        what = "while this bot is down people get silence; set a fallback (docs/operate.md)"
        yield Finding(Grade.BROKEN, "twilio", what)
    else:
        yield Finding(Grade.OK, "twilio", "while this bot is down Twilio answers for it")


def _records(settings: Settings, remote: Remote, now: float) -> Iterator[Finding]:
    """How long Twilio has kept a message that we should have deleted."""
    oldest = asyncio.run(_oldest(settings, remote, now))
    if oldest is None:
        yield Finding(Grade.OK, "records", "Twilio keeps no record of a message")
    elif oldest < LATE_SECONDS:
        yield Finding(Grade.OK, "records", f"Twilio's oldest record is {_age(oldest)} old")
    elif settings.twilio_sweep:
        what = f"Twilio's oldest record is {_age(oldest)} old; is `waypost serve` running?"
        yield Finding(Grade.BROKEN, "records", what)
    else:
        what = f"Twilio's oldest record is {_age(oldest)} old; set {key('twilio_sweep')}=true"
        yield Finding(Grade.TO_DO, "records", what)


async def _oldest(settings: Settings, remote: Remote, now: float) -> float | None:
    async with sweeper.Records(settings, transport=remote.transport, waits=()) as records:
        return await records.oldest(now)


def _age(seconds: float) -> str:
    minutes = int(max(seconds, 0) // MINUTE)
    if minutes < 2 * 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"


# Telegram ---------------------------------------------------------------------------------


def _telegram(settings: Settings, remote: Remote, now: float) -> Iterator[Finding]:
    me = _mapping(remote.telegram("getMe"))
    if settings.telegram_name and me.get("username") != settings.telegram_name:
        what = f"the token is another bot's; correct {key('telegram_name')} or the token"
        yield Finding(Grade.BROKEN, "telegram", what)
    else:
        yield Finding(Grade.OK, "telegram", "Telegram accepts the token")
    hook, how = _mapping(remote.telegram("getWebhookInfo")), "run `waypost setup telegram --go`"
    if hook.get("url") != f"{settings.public_url}/telegram":
        yield Finding(Grade.BROKEN, "telegram", f"Telegram does not send messages here; {how}")
        return
    yield Finding(Grade.OK, "telegram", "Telegram sends messages here")
    if set(hook.get("allowed_updates") or ()) != {*ALLOWED}:
        yield Finding(Grade.TO_DO, "telegram", f"Telegram sends more or less than we read; {how}")
    waiting, failed = hook.get("pending_update_count", 0), hook.get("last_error_date", 0)
    if isinstance(waiting, int) and waiting > WAITING_MOST:
        what = f"{waiting} messages wait at Telegram; is the public address reachable?"
        yield Finding(Grade.BROKEN, "telegram", what)
    if isinstance(failed, int) and 0 <= now - failed < RECENT_SECONDS:
        what = f"a message could not be delivered to us {_age(now - failed)} ago; look again later"
        yield Finding(Grade.TO_DO, "telegram", what)


def _mapping(found: Any) -> JSON:
    if not isinstance(found, dict):
        raise RemoteError("unexpected")
    return found
