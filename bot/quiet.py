"""One logging policy for the program and every library. Imported first by every entry point.

Nothing is logged: a line of a log is a line about somebody. Libraries that would speak by
themselves are silenced at the root, warnings included, and an error that nobody caught is told
as its type and the place in the code, never with its values, since a value may be a person's
words.
"""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from types import TracebackType


def hush() -> None:
    """Apply the policy to this process. Safe to call twice."""
    logging.disable(logging.CRITICAL)
    logging.lastResort = None
    logging.raiseExceptions = False
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    sys.excepthook = _tell
    threading.excepthook = lambda uncaught: _tell(
        uncaught.exc_type, uncaught.exc_value, uncaught.exc_traceback
    )
    sys.unraisablehook = lambda uncaught: _tell(
        uncaught.exc_type, uncaught.exc_value, uncaught.exc_traceback
    )


def where(error: BaseException | None, trace: TracebackType | None) -> str:
    """An error as its type and the place in the code: "KeyError at engine.py:210"."""
    name = type(error).__name__ if error is not None else "Error"
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return name
    return f"{name} at {trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"


def report(error: BaseException) -> None:
    """Tell of an error that was caught and survived."""
    sys.stderr.write(f"waypost went on: {where(error, error.__traceback__)}\n")


def _tell(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    sys.stderr.write(f"waypost stopped: {where(error, trace)}\n")
