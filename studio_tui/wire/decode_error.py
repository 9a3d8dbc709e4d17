"""What servers write of failures to `RunError`: a repr, `Class: message`, an object, base64 of one (PROTOCOL §9.10)."""

from __future__ import annotations

import ast
import base64
import json
import re

from studio_tui.domain.position import CUT_OFF
from studio_tui.domain.run import RunError
from studio_tui.jsonkit.value import as_object, as_str, is_object

MASKED = "An internal error occurred"
"""What Python servers stream instead of the text of errors that they do not know."""
_FAILED = "execution failed"
_REPR = re.compile(r"([A-Za-z_][\w.]*)\((.*)\)\s*$", re.DOTALL)
_NAMED = re.compile(r"([A-Z]\w*(?:Error|Exception|Interrupt|Exit)|Error): (.*)", re.DOTALL)
_NO_ESCAPE = re.compile(r"""(?<!\\)(?:\\\\)*\\[^\\'"abfnrtvxuUN0-7\n]""")
"""What no repr writes: Python would read it, and from 3.12 on print a warning with the character in it."""
_CANCEL_KINDS = ("UserInterrupt", "UserRollback")
_CANCEL_WORDS = ("interrupt", "rollback")


def parse_error(text: str) -> RunError:
    """Split an error text, `ValueError('boom')`, `Error: boom` or `{"message", "name"}`, into class and message."""
    if text.startswith("{"):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if is_object(value):
            return RunError(as_str(value.get("name") or value.get("error")) or "Error", as_str(value.get("message")))
    named = _NAMED.match(text)
    if named is not None:
        return RunError(named.group(1), named.group(2))
    match = _REPR.match(text)
    if match is None:
        return RunError("Error", text)
    return RunError(match.group(1), _message_of(match.group(2)))


def _message_of(arguments: str) -> str:
    """The message of an exception's repr: its first argument when that is a string, else the arguments as written."""
    if _NO_ESCAPE.search(arguments):
        return arguments
    try:
        value = ast.literal_eval(f"({arguments},)") if arguments else ("",)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return arguments
    return value[0] if len(value) == 1 and isinstance(value[0], str) else arguments


def thread_error(value: object) -> RunError | None:
    """Read a thread row's `error`: an object, or on older servers the same as base64 text."""
    found = as_object(value)
    if isinstance(value, str) and value:
        try:
            decoded = json.loads(base64.b64decode(value, validate=True))
        except (ValueError, RecursionError):
            return parse_error(value)
        found = decoded if is_object(decoded) else {}
    kind, message = as_str(found.get("error")), as_str(found.get("message"))
    return RunError(kind or "Error", message) if kind or message else None


def is_masked(error: RunError) -> bool:
    """Whether a stream's error hides its text, as Python servers and Aegra do for some classes."""
    return error.message in ("", MASKED, f"{error.kind}: {_FAILED}")


def is_killed(text: str) -> bool:
    """Whether a task's error only says that it was cut off, by a cancel or a failed sibling."""
    return bool(text) and parse_error(text).kind in CUT_OFF


def is_cancel_error(error: RunError) -> bool:
    """Whether an error is how a server says that the run was cancelled (JavaScript has no class for it)."""
    return error.kind in _CANCEL_KINDS or (error.kind == "Error" and error.message in _CANCEL_WORDS)
