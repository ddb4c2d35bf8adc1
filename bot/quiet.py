"""One logging policy for the program and every library. Imported first by every entry point.

Rule 1: nothing is logged: a line of a log is a line about somebody. Libraries that would speak by
themselves are silenced at the root and by name, warnings included.
Rule 2: what is told is a closed set of lines (`Line`), filled with names out of the code only. An
error is told as its type and its place in the code, never with its values: a value may be a
person's words.
Rule 3: telling never fails: with a full disk or a closed pipe the line is lost, not the answer.
Rule 4: what would break rules 1 and 2 from outside stops the start (`unsafe`).
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import Enum
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Final, Protocol

LIBRARIES: Final = (
    "asyncio", "babel", "concurrent.futures", "fastapi", "h11", "hpack", "httpcore", "httpx",
    "hypercorn", "multipart", "opentelemetry", "psycopg", "py.warnings", "redis", "sqlite_utils",
    "starlette", "telegram", "tornado", "twilio", "urllib3", "uvicorn", "uvicorn.access",
    "uvicorn.asgi", "uvicorn.error", "websockets",
)  # fmt: skip


class Line(Enum):
    """Every line that may ever be told."""

    WENT_ON = "waypost went on: {error} at {place}"
    STOPPED = "waypost stopped: {error} at {place}"
    COUNTS_WAIT = "counts cannot be written; they are kept and tried again"
    TELEGRAM_DELAYED = "telegram asks to wait"
    TELEGRAM_UNREACHED = "telegram cannot be reached"
    TWILIO_UNREACHED = "twilio cannot be reached"


# A name from the code or the flows. What has six digits is none: it could be a number of somebody.
_NAME: Final = re.compile(r"(?!(?:[^0-9]*[0-9]){6})[A-Za-z0-9_./:-]{1,80}")
_UNKNOWN: Final = "?"


def say(line: Line, **names: str) -> None:
    """Tell one line. A name that is none is told as "?"."""
    safe = {key: name if _NAME.fullmatch(name) else _UNKNOWN for key, name in names.items()}
    with suppress(OSError, ValueError, AttributeError):  # Rule 3
        sys.stderr.write(line.value.format(**safe) + "\n")
        sys.stderr.flush()


def hush() -> None:
    """Apply the policy to this process. Safe to call twice."""
    logging.disable(sys.maxsize)
    logging.lastResort = None
    logging.raiseExceptions = False
    for name in LIBRARIES:
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
        logger.disabled = True
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    warnings.showwarning = _unsaid
    sys.excepthook = _tell
    threading.excepthook = lambda uncaught: _tell(
        uncaught.exc_type, uncaught.exc_value, uncaught.exc_traceback
    )
    sys.unraisablehook = lambda uncaught: _tell(
        uncaught.exc_type, uncaught.exc_value, uncaught.exc_traceback
    )


def report(error: BaseException) -> None:
    """Tell of an error that was caught and survived."""
    say(Line.WENT_ON, error=_kind(type(error)), place=_place(error.__traceback__))


def uncaught(_loop: object, context: Mapping[str, Any]) -> None:
    """What an event loop does with an error that no task took: its exception handler."""
    error = context.get("exception")
    if isinstance(error, BaseException):
        report(error)
    else:
        say(Line.WENT_ON, error="asyncio", place=_UNKNOWN)


def _unsaid(*_: object, **__: object) -> None:
    """A warning, not shown."""


def _kind(kind: type[BaseException]) -> str:
    """The name of a type, if code that was imported defines it."""
    home = sys.modules.get(kind.__module__)
    return kind.__name__ if getattr(home, kind.__name__, None) is kind else "Error"


def _place(trace: TracebackType | None) -> str:
    """Where in the code: "engine.py:210"."""
    if trace is None:
        return _UNKNOWN
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"


def _tell(
    kind: type[BaseException], _error: BaseException | None, trace: TracebackType | None
) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        say(Line.STOPPED, error=_kind(kind), place=_place(trace))


# --- what would speak for us --------------------------------------------------------------

_OFF: Final = {"", "0", "false", "no", "off"}
_DEBUG: Final = "turns on debugging, which prints what people write; unset it"
_TRACED: Final = "sends what people write to a tracing service; unset it"
# A key of the environment, or the beginning of several -> why nothing starts with it.
KEYS: Final[Mapping[str, str]] = {
    "PYTHONASYNCIODEBUG": _DEBUG,
    "PYTHONDEVMODE": _DEBUG,
    "PYTHONINSPECT": "keeps the process open to look into; unset it",
    "PYTHONTRACEMALLOC": _DEBUG,
    "PYTHONWARNINGS": "prints warnings of libraries, which may hold values; unset it",
    "DEBUG": _DEBUG,
    "FASTAPI_DEBUG": _DEBUG,
    "STARLETTE_DEBUG": _DEBUG,
    "UVICORN_ACCESS_LOG": "writes down who asked for what; unset it",
    "UVICORN_LOG_CONFIG": "writes down who asked for what; unset it",
    "UVICORN_LOG_LEVEL": _DEBUG,
    "UVICORN_RELOAD": "is for developing, and keeps old memory around; unset it",
    "SSLKEYLOGFILE": "writes the keys of every encrypted connection into a file; unset it",
    "SENTRY_": _TRACED,
    "OTEL_": _TRACED,
    "DD_": _TRACED,
    "NEW_RELIC_": _TRACED,
    "ELASTIC_APM_": _TRACED,
}
TRACERS: Final = (
    "appsignal", "bugsnag", "ddtrace", "elasticapm", "honeybadger", "logfire", "newrelic",
    "opentelemetry.sdk", "rollbar", "scout_apm", "sentry_sdk",
)  # fmt: skip


class Addressed(Protocol):
    """What of the settings matters here (see `bot.config`)."""

    @property
    def public_url(self) -> str: ...


def find(name: str) -> object:
    """A module that could be imported, or None."""
    with suppress(ModuleNotFoundError):  # raised where the parent is missing
        return find_spec(name)
    return None


def unsafe(
    settings: Addressed,
    environment: Mapping[str, str],
    *,
    found: Callable[[str], object] = find,
) -> list[str]:
    """Why this process must not serve anybody, each as a sentence that names the key."""
    url = settings.public_url
    return [
        *(f"{key}: {_why(key)}" for key in sorted(environment) if _speaks(key, environment[key])),
        *(
            f"{name}: this library sends errors and requests away; uninstall it"
            for name in TRACERS
            if found(name) is not None
        ),
        *_interpreter(),
        *(
            ["WAYPOST_PUBLIC_URL: must begin with https://, or everybody on the way reads along"]
            if url and not url.startswith("https://")
            else []
        ),
    ]


def _speaks(key: str, value: str) -> bool:
    return bool(_why(key)) and value.strip().lower() not in _OFF


def _why(key: str) -> str:
    for name, why in KEYS.items():
        if key == name or (name.endswith("_") and key.startswith(name)):
            return why
    return ""


def _interpreter() -> list[str]:
    """What was switched on by an option of Python, or is attached to it."""
    flags = {"-X dev": sys.flags.dev_mode, "-i": sys.flags.inspect, "-v": sys.flags.verbose}
    told = [
        f"python {flag}: prints what people write; leave it out" for flag in flags if flags[flag]
    ]
    return [*told, *(["a debugger is attached; start without it"] if sys.gettrace() else [])]


def no_dumps() -> None:
    """Ask the system not to write this process's memory to a disk when it dies (Linux only)."""
    with suppress(ImportError, OSError, ValueError, AttributeError):
        import ctypes
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
