"""Saved views of the list of threads: a filter, an order and columns under a name, in one private file."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from studio_tui.config.private_store import PrivateFile
from studio_tui.domain.thread_query import SORTS, STATUSES, ThreadQuery
from studio_tui.errors import UsageError
from studio_tui.jsonkit.value import JsonObject, as_list, as_object, as_str
from studio_tui.text.hint import Hint

MOST = 100
_LIMIT = 4_000_000

BUILT_IN = {
    "All threads": ThreadQuery(),
    "Waiting for somebody": ThreadQuery(status="interrupted"),
    "Running": ThreadQuery(status="busy"),
    "Failed": ThreadQuery(status="error"),
    "Newest": ThreadQuery(sort_by="created_at"),
}
"""Views that are always there."""


class SavedViews(Struct):
    """The user's views. `path` None keeps them in memory; reading and writing block."""

    path: Path | None = None
    views: dict[str, ThreadQuery] | None = None

    def all(self) -> dict[str, ThreadQuery]:
        """Return the saved views by name; a damaged file holds none."""
        if self.views is None:
            kept = as_object(PrivateFile(self.path, _LIMIT).read().get("views"))
            self.views = {name: _query(as_object(item)) for name, item in kept.items()}
        return self.views

    def save(self, name: str, query: ThreadQuery) -> None:
        """Keep `query` under `name`. Raises UsageError for a name that cannot be, and when it cannot be written."""
        name = name.strip()
        if not name or name in BUILT_IN or len(name) > 60:
            raise UsageError("A view cannot have this name", "", "Give it a short name of its own.")
        views = self.all()
        if name not in views and len(views) >= MOST:
            raise UsageError(f"There are {MOST} views already", "", Hint("Delete one first ({threads-keep-view})."))
        views[name] = query
        self._write()

    def delete(self, name: str) -> None:
        self.all().pop(name, None)
        self._write()

    def _write(self) -> None:
        shapes = {name: asdict(query) for name, query in self.all().items()}
        try:
            PrivateFile(self.path, _LIMIT).write({"v": 1, "views": shapes})
        except OSError as error:
            why = error.strerror or str(error)
            raise UsageError("The views could not be saved", why, "They hold until you leave.") from error


def _query(found: JsonObject) -> ThreadQuery:
    status, sort_by = as_str(found.get("status")), as_str(found.get("sort_by"))
    return ThreadQuery(
        status=status if status in STATUSES else "",
        metadata=as_object(found.get("metadata")),
        ids=tuple(as_str(text) for text in as_list(found.get("ids")) if as_str(text)),
        sort_by=sort_by if sort_by in SORTS else "updated_at",
        descending=found.get("descending") is not False,
        columns=tuple(as_str(text) for text in as_list(found.get("columns")) if as_str(text)),
    )
