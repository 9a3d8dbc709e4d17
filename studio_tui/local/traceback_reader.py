"""Finds in a log what was raised and where in the user's own code: Python tracebacks and the stacks of Node.

Pure functions over lines. A library's frame is never taken for the user's: the last line of a stack is where it
hurt, not where to look.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

MESSAGE_LINES = 8

_TRACEBACK = "Traceback (most recent call last):"
_FRAME = re.compile(r'^\s*File "(?P<path>[^"]+)", line (?P<line>\d+)(?:, in (?P<name>.+))?')
RAISED = re.compile(r"^(?P<type>[A-Za-z_][\w.]*)(?::\s(?P<message>.*)|:?$)")
_CHAINED = re.compile(r"^(The above exception was the direct cause|During handling of the above exception)")
_LOG_LINE = re.compile(r"^(\d{4}-\d\d-\d\dT|INFO:|WARNING:|ERROR:|DEBUG:|\s\[[\w.]+\]|Process SpawnProcess)")
_LIBRARY_PARTS = frozenset(
    {"site-packages", "dist-packages", "node_modules", ".venv", "venv", "__pypackages__", ".tox", ".nox"}
)
_STANDARD_LIBRARY = re.compile(r"/lib(?:64)?/python3[\d.]*/|^<|^node:|/internal/modules/")
_THIS_PROGRAM = os.path.dirname(__file__) + "/"
"""Its guard stands between the server and the project, also where the program is no installed library."""
_SUFFIXES = (".py", ".pyi", ".ipynb", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")

_NODE_RAISED = re.compile(
    r"^(?:error:\s+\W\s+)?(?:Uncaught )?(?P<type>(?:[A-Z]\w*)?(?:Error|Exception))(?: \[\w+\])?: (?P<message>.+)"
)
_NODE_FRAME = re.compile(
    r"^\s+at (?:async )?(?:.*?\()?(?:file://)?(?P<path>[^()\s]+?):(?P<line>\d+):(?P<column>\d+)\)?"
)
_NODE_PLACE = re.compile(
    r"^(?:file://)?(?P<path>(?:/|\./|[A-Za-z]:)\S*?):(?P<line>\d+)(?::(?P<column>\d+))?(?:: ERROR: (?P<said>.+))?$"
)
_NODE_SOURCE = re.compile(r"^\s+> \d+ \| (?P<source>.+)")


class Place(Struct, frozen=True):
    """A line of the user's code."""

    path: str
    line: int
    name: str = ""
    source: str = ""

    def lines(self) -> tuple[str, ...]:
        """Return the place as a debugger writes it, and the source line if the log has it."""
        inside = f", in {self.name}" if self.name else ""
        return tuple(filter(None, (f'File "{self.path}", line {self.line}{inside}', self.source)))


class Raised(Struct, frozen=True):
    """One exception of a log, with the innermost frame in the user's code, if there is one."""

    kind: str
    """Its class, without modules."""
    text: str
    """As the log has it: class, message, further lines of the message."""
    place: Place | None = None
    frames: str = ""
    """Names of all functions on the way, to tell what the server was doing."""

    @property
    def first_line(self) -> str:
        """Return the exception line."""
        return self.text.split("\n", 1)[0]


def is_own_code(path: str, folder: str = "") -> bool:
    """Tell whether a file of a stack is the user's: no library, no part of the language, no program."""
    inside = path[len(folder) :] if folder and path.startswith(folder + "/") else path
    if _STANDARD_LIBRARY.search(path) or path.startswith(_THIS_PROGRAM) or not path.endswith(_SUFFIXES):
        return False
    return _LIBRARY_PARTS.isdisjoint(PurePosixPath(inside).parts)


def last_chain(log: Sequence[str], folder: str = "") -> list[Raised]:
    """Return the exceptions of the log's last Python traceback with its causes, the root cause first."""
    chain: list[Raised] = []
    number = 0
    while number < len(log):
        if _TRACEBACK not in log[number]:
            number += 1
            continue
        before = next((line for line in reversed(log[:number]) if line.strip()), "")
        raised, number = _one_traceback(log, number + 1, folder)
        if raised is not None:
            chain = [*chain, raised] if _CHAINED.match(before) else [raised]
    return chain


def decisive(chain: Sequence[Raised]) -> Raised | None:
    """Return the exception to show: the last one raised from the user's code, else the last that is no wrapper."""
    own = [raised for raised in chain if raised.place is not None]
    plain = [raised for raised in chain if raised.kind != "GraphLoadError"]
    return next(iter([*reversed(own), *reversed(plain), *reversed(chain)]), None)


def loose_place(log: Sequence[str], folder: str = "") -> Place | None:
    """Return the last frame in the user's code of a log that holds frames without a traceback's first line."""
    for number in range(len(log) - 1, -1, -1):
        match = _FRAME.match(log[number])
        if match is not None and is_own_code(match["path"], folder):
            return _place(match, log, number)
    return None


def _place(match: re.Match[str], log: Sequence[str], number: int) -> Place:
    source = log[number + 1].strip() if number + 1 < len(log) and log[number + 1].startswith("    ") else ""
    path = os.path.normpath(match["path"]) if match["path"].startswith("/") else match["path"]
    return Place(path, int(match["line"]), match["name"] or "", source)


def node_error(log: Sequence[str], folder: str = "") -> Raised | None:
    """Return the last error of a Node program, with its first frame in the user's code."""
    found: Raised | None = None
    for number, line in enumerate(log):
        match = _NODE_RAISED.match(line)
        if match is None or (found is not None and line.startswith(" ")):
            continue
        raised = _one_stack(log, number, match, folder)
        if found is None or found.place is None or raised.place is not None:
            found = raised
    return found


def _one_stack(log: Sequence[str], number: int, match: re.Match[str], folder: str) -> Raised:
    message, place = [f"{match['type']}: {match['message']}"], _place_above(log, number, folder)
    stack = False
    for more in log[number + 1 : number + 40]:
        at = _NODE_PLACE.match(more.strip())
        frame = _NODE_FRAME.match(more)
        if at is not None and is_own_code(at["path"], folder):
            place = place or Place(at["path"], int(at["line"]), source=(at["said"] or "").strip())
        elif frame is not None:
            stack = True
            if place is None and is_own_code(frame["path"], folder):
                place = Place(frame["path"], int(frame["line"]))
        elif source := _NODE_SOURCE.match(more):
            if place is not None and not place.source:
                place = replace(place, source=source["source"].strip())
        elif not more.strip() or _NODE_RAISED.match(more) or (stack and not more[0].isspace()):
            break
        elif not stack and len(message) < MESSAGE_LINES and not more.strip().startswith("at "):
            message.append(more.rstrip())
    return Raised(match["type"], "\n".join(message), place)


def _place_above(log: Sequence[str], number: int, folder: str) -> Place | None:
    """What Node prints above an error that it could not even run: the file with the line, the source, a caret."""
    for back in range(number - 1, max(-1, number - 6), -1):
        match = _NODE_PLACE.match(log[back].strip())
        if match is not None and is_own_code(match["path"], folder):
            source = log[back + 1].strip() if back + 1 < number else ""
            return Place(match["path"], int(match["line"]), source=source)
    return None


def _one_traceback(log: Sequence[str], number: int, folder: str) -> tuple[Raised | None, int]:
    place: Place | None = None
    names: list[str] = []
    while number < len(log):
        line = log[number]
        match = _FRAME.match(line)
        if match is not None:
            names.append(f"{PurePosixPath(match['path']).name}:{match['name'] or ''}")
            if is_own_code(match["path"], folder):
                place = _place(match, log, number)
        elif line and not line[0].isspace():
            break
        number += 1
    if number >= len(log) or not (match := RAISED.match(log[number])):
        return None, number
    kind = match["type"].rsplit(".", 1)[-1]
    text = [f"{kind}: {match['message']}" if match["message"] else kind]
    number += 1
    while number < len(log) and not _ends_message(log[number]):
        text.append(log[number].rstrip())
        number += 1
    while text and not text[-1].strip():
        text.pop()
    return Raised(kind, "\n".join(text), place, " ".join(names)), number


def _ends_message(line: str) -> bool:
    return _CHAINED.match(line) is not None or _LOG_LINE.match(line) is not None or _TRACEBACK in line
