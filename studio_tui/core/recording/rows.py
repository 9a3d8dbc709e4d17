"""A recording: what one server told of its threads and runs, as JSON lines. Data, reading and writing; no connection.

It holds answers and frames, never requests' headers; secrets that a server echoed are masked by whoever writes.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from msgspec import Struct, field

from studio_tui.errors import UsageError
from studio_tui.jsonkit.value import Json, as_int, as_list, as_object, as_str, is_object
from studio_tui.wire.frames import Frame

VERSION = 1
MOST_IN_FIRST = 1_000_000
"""Characters of the first line: a file of any size that is no recording is found out by them."""


class Recording(Struct):
    """Everything recorded, by id; where a thing was told twice, the later one counts."""

    server: dict[str, Any] = field(default_factory=dict)
    assistants: dict[str, Json] = field(default_factory=dict)
    graphs: dict[str, Json] = field(default_factory=dict)
    """By assistant id, with `+` behind it where subgraphs are opened."""
    schemas: dict[str, Json] = field(default_factory=dict)
    threads: dict[str, Json] = field(default_factory=dict)
    runs: dict[str, dict[str, Json]] = field(default_factory=dict)
    """By thread, then by run."""
    heads: dict[str, Json] = field(default_factory=dict)
    checkpoints: dict[str, dict[str, Json]] = field(default_factory=dict)
    """By thread, then by checkpoint."""
    frames: dict[str, list[Frame]] = field(default_factory=dict)
    """By run, in order."""

    def add(self, line: Mapping[str, Any]) -> None:
        """Take one line; lines of unknown types are for newer versions and are left out."""
        kind, key = as_str(line.get("type")), as_str(line.get("id"))
        value, thread = line.get("value"), as_str(line.get("thread"))
        if kind == "server":
            self.server = dict(as_object(value))
        elif kind in ("assistant", "graph", "schemas", "thread", "head"):
            shelf: dict[str, dict[str, Json]] = {
                "assistant": self.assistants,
                "graph": self.graphs,
                "schemas": self.schemas,
                "thread": self.threads,
                "head": self.heads,
            }
            shelf[kind][key] = value
        elif kind == "run":
            self.runs.setdefault(thread, {})[key] = value
        elif kind == "checkpoint":
            self.checkpoints.setdefault(thread, {})[key] = value
        elif kind == "frame":
            self._add_frame(key, as_list(value))

    def _add_frame(self, run_id: str, parts: list[Json]) -> None:
        """A number that is there already begins a stream that was read again: it takes the place of the rest."""
        if len(parts) < 4:
            return
        number, at = as_int(parts[0]), parts[1]
        frames = self.frames.setdefault(run_id, [])
        if number is None or number < 0 or isinstance(at, bool) or not isinstance(at, int | float):
            return
        del frames[number:]
        frames.append(Frame(len(frames), float(at), *(as_str(part) for part in parts[2:5])))


def load_recording(path: Path) -> Recording:
    """Read a recording; UsageError when the file is none. A last line that was cut off is left out."""
    recording = Recording()
    try:
        with path.open(encoding="utf-8") as file:
            first = file.readline(MOST_IN_FIRST)
            _read(recording, itertools.chain([first] if first else [], file))
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read", error.strerror or "", "Check the path.") from error
    except UnicodeDecodeError as error:
        raise _no_recording(path, "It is no text file.") from error
    except ValueError as error:
        raise _no_recording(path, str(error)) from error
    return recording


def _read(recording: Recording, lines: Iterable[str]) -> None:
    broken: int | None = None
    for number, text in enumerate(lines, 1):
        if broken is not None:
            raise ValueError(f"Line {broken} is no JSON.")
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            broken = number
            continue
        if number == 1 and (not is_object(line) or line.get("type") != "recording"):
            raise ValueError("Its first line does not say that it is a recording.")
        if number == 1 and (as_int(line.get("v")) or 0) > VERSION:
            raise ValueError("A newer studio-tui wrote it.")
        if is_object(line):
            recording.add(line)
    if broken == 1:
        raise ValueError("Its first line is no JSON.")


def _no_recording(path: Path, why: str) -> UsageError:
    return UsageError(f"{path.name} is no recording", why, "Make one with: studio-tui run A --record FILE")


class RecordingFile:
    """Appends lines to a file that only its owner may read; `scrub` masks secrets in every line.

    What cannot be written costs the recording, never the session: see `problem`.
    """

    def __init__(self, path: Path, scrub: Callable[[str], str] = str) -> None:
        self._scrub = scrub
        self.problem = ""
        """Why something is missing in the file (safe text), empty as long as it holds everything."""
        try:
            path.touch(mode=0o600)
            self._file: IO[str] | None = path.open("w", encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{path.name} cannot be written", error.strerror or "", "Check the path.") from error
        self._line({"type": "recording", "v": VERSION})

    def write(self, kind: str, key: str, value: Any, thread: str = "") -> None:
        line = {"type": kind, "id": key, "value": value}
        self._line({**line, "thread": thread} if thread else line)

    def close(self) -> None:
        """Finish the file; later writes are left out."""
        if self._file is not None:
            file, self._file = self._file, None
            try:
                file.close()
            except OSError as error:
                self.problem = self.problem or _why(error)

    def _line(self, line: dict[str, Any]) -> None:
        if self._file is None:
            return
        try:
            # ASCII-only JSON keeps lone surrogates, which UTF-8 could not hold.
            self._file.write(self._scrub(json.dumps(line, default=str)) + "\n")
            self._file.flush()
        except RecursionError:
            self.problem = self.problem or "something that the server told is nested too deeply"
        except OSError as error:
            self.problem = _why(error)
            self.close()  # a line after one that was cut off would make the file unreadable


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
