"""One header that a server may get: where its value comes from, in words and as a value. Values are never shown."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from studio_tui.errors import UsageError

AMBIENT = ("LANGGRAPH_API_KEY", "LANGSMITH_API_KEY", "LANGCHAIN_API_KEY")
"""Environment variables that go to any server that the user names, in this order."""
_VARIABLE = re.compile("[A-Z_][A-Z0-9_]*")
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_COMMAND_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Credential:
    """A header with the text that says how to get its value: a value, `env:NAME` or `cmd:COMMAND`."""

    header: str
    text: str = field(repr=False)
    origin: str
    """Who gave it, in words."""
    sure: bool = False
    """The user gave it for exactly this origin, so that nobody needs to be asked."""
    variable: str = ""
    """The environment variable of a key."""

    @classmethod
    def key(cls, variable: str, *, sure: bool = False) -> Credential:
        """Return the API key in an environment variable."""
        return cls("x-api-key", f"env:{variable}", variable, sure, variable)

    @property
    def said(self) -> str:
        """What would be sent, without its value: `x-api-key from LANGSMITH_API_KEY`."""
        return f"{self.header} from {self.origin}"

    @property
    def name_said(self) -> str:
        """How a yes to it is remembered."""
        return self.variable or f"header {self.header.lower()}"

    def value(self, environ: Mapping[str, str]) -> str:
        """Return the value; runs the command of `cmd:`. Raises UsageError, which never repeats the value."""
        if self.variable:
            found = environ.get(self.variable, "").strip().strip("'\"").strip()
            if not found:
                raise _not_set(self.variable)
            return _header_safe(self.variable, found)
        return header_value(self.header, self.text, environ)


def _not_set(variable: str) -> UsageError:
    """The error for a variable without a value; what looks like no variable may be the key itself: it stays unsaid."""
    if _VARIABLE.fullmatch(variable):
        return UsageError(f"The environment variable {variable} is not set", "", "Set it, or name another one.")
    why = "It is not repeated here: it may be the key itself."
    return UsageError("What names the key is no environment variable that is set", why, "Name a variable: MY_KEY.")


def parse_headers(lines: Iterable[str]) -> dict[str, str]:
    """Parse `Name: value` lines. Raises UsageError."""
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not is_header_name(name.strip()):
            raise UsageError(
                "A --header is not of the form 'Name: value'", "", "Example: --header 'Authorization: env:TOKEN'."
            )
        found[name.strip()] = value.strip()
    return found


def is_header_name(name: str) -> bool:
    """Tell whether a header can have this name."""
    return _NAME.fullmatch(name) is not None


def header_value(name: str, value: str, environ: Mapping[str, str]) -> str:
    """Return the value that `value` stands for: itself, `env:NAME` or `cmd:COMMAND`. Raises UsageError."""
    if value.startswith("env:"):
        variable = value[4:].strip()
        found = environ.get(variable, "")
        if not found:
            raise UsageError(f"Header {name}: the environment variable {variable} is not set", "", "Set it.")
        return _header_safe(name, found.strip())
    if value.startswith("cmd:"):
        return _header_safe(name, _run(name, value[4:].strip()))
    return _header_safe(name, value)


def _run(name: str, command: str) -> str:
    try:
        done = subprocess.run(
            command, shell=True, capture_output=True, text=True, timeout=_COMMAND_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise UsageError(
            f"Header {name}: its command did not end in {_COMMAND_SECONDS} s", "", "Run it by hand."
        ) from error
    if done.returncode or not done.stdout.strip():
        raise UsageError(f"Header {name}: its command failed (exit code {done.returncode})", "", "Run it by hand.")
    return done.stdout.strip()


def _header_safe(name: str, value: str) -> str:
    """Refuse values that no header can carry, without ever repeating them."""
    if not value.isascii() or not value.isprintable():
        raise UsageError(
            f"The value of {name} holds characters that no header can carry", "", "Check it for line breaks."
        )
    return value
