"""The server's long-term store: namespaces as a tree, pages of items, search by meaning, guarded writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from studio_tui.core.connection.ports import Caller
from studio_tui.errors import ConflictError
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str, time_of
from studio_tui.text.sanitize import clean

Namespace = tuple[str, ...]

PAGE = 50
NAMESPACES = 5000
"""Namespaces that are read at once; of more the rest is read when somebody goes there or searches."""
_ASKED = 500
_SCANNED = 1000
"""Items that are looked through where the server does not list namespaces."""


@dataclass(frozen=True, slots=True)
class StoreItem:
    """One item; texts are raw."""

    namespace: Namespace
    key: str
    value: JsonObject
    updated_at: float | None = None
    stamp: str = ""
    """`updated_at` as the server spells it."""
    score: float | None = None
    """How near it is to what was asked; None where the server does not rank."""


def item_of(value: Json) -> StoreItem | None:
    """Read an item; None when it has no key."""
    item = as_object(value)
    key = item.get("key")
    if not isinstance(key, str):
        return None
    spelled = item.get("namespace")
    parts = spelled.split(".") if isinstance(spelled, str) else as_list(spelled)
    return StoreItem(
        namespace=tuple(as_str(part) for part in parts),
        key=key,
        value=as_object(item.get("value")),
        updated_at=time_of(item.get("updated_at")),
        stamp=as_str(item.get("updated_at")),
        score=_score(item.get("score")),
    )


def _score(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < 1e300 else None


def _take(found: dict[Namespace, None], page: list[Namespace]) -> bool:
    """Put a page of namespaces to those found; return whether there may be more behind it."""
    before = len(found)
    found.update(dict.fromkeys(page))
    return len(page) >= _ASKED and len(found) > before  # a server without pages repeats its first one


class StoreItems:
    """Reads and writes of the store."""

    def __init__(self, call: Caller) -> None:
        self._call = call
        self.more_namespaces = False
        """The server may have namespaces that are not read yet."""
        self._namespaces: dict[Namespace, None] = {}
        self._end = 0
        """Where the part of the server's list of namespaces ends that has been read."""

    async def namespaces(self, wanted: int = NAMESPACES) -> list[Namespace]:
        """Return `wanted` namespaces in order, or as many as were read before; from the items where none are listed."""
        wanted, found, end, more = max(wanted, self._end), dict[Namespace, None](), 0, True
        while more and end < wanted:
            page = await self._namespace_page(end)
            end, more = end + len(page), _take(found, page)
        self._namespaces, self._end, self.more_namespaces = found, end, more
        return sorted(found or await self._from_items())

    async def further_namespaces(self) -> list[Namespace]:
        """Read the next page of namespaces; return all that have been read, in order."""
        start = self._end
        page = await self._namespace_page(start)
        if self._end == start:  # else the list was read again meanwhile
            self._end, self.more_namespaces = start + len(page), _take(self._namespaces, page)
        return sorted(self._namespaces)

    async def _namespace_page(self, offset: int) -> list[Namespace]:
        page: list[Namespace] = await self._call(lambda client: client.store_namespaces(limit=_ASKED, offset=offset))
        return page

    async def _from_items(self) -> dict[Namespace, None]:
        found: dict[Namespace, None] = {}
        for offset in range(0, _SCANNED, 100):
            page, more = await self.items((), offset=offset, limit=100)
            found.update((item.namespace, None) for item in page)
            if not more:
                break
        return found

    async def items(
        self,
        prefix: Namespace,
        *,
        query: str = "",
        filter: JsonObject | None = None,
        offset: int = 0,
        limit: int = PAGE,
    ) -> tuple[list[StoreItem], bool]:
        """Return a page of the items in and below a namespace, and whether more follow."""
        found: list[JsonObject] = await self._call(
            lambda client: client.store_items(prefix, query=query, filter=filter, limit=limit, offset=offset)
        )
        return [item for item in map(item_of, found) if item is not None], len(found) >= limit

    async def get(self, namespace: Namespace, key: str) -> StoreItem | None:
        """Return an item, None when there is none."""
        found: JsonObject | None = await self._call(lambda client: client.store_get(namespace, key))
        return item_of(found)

    async def put(
        self, namespace: Namespace, key: str, value: JsonObject, *, seen: StoreItem | None, force: bool = False
    ) -> None:
        """Write an item. ConflictError when it is no longer what was `seen` (None: it did not exist)."""
        if not force:
            now = await self.get(namespace, key)
            if (now.stamp, now.value) != (seen.stamp, seen.value) if now and seen else bool(now) != bool(seen):
                what = "was changed" if now and seen else "exists already" if now else "was deleted"
                raise ConflictError(f"{clean(key, 60)} {what} meanwhile", "", "Look at it again before you overwrite.")
        await self._call(lambda client: client.store_put(namespace, key, value))

    async def delete(self, namespace: Namespace, key: str) -> None:
        """Delete an item."""
        await self._call(lambda client: client.store_delete(namespace, key))


def parse_address(text: str) -> tuple[Namespace, str]:
    """Return namespace and key of `users.u1/prefs`. Raises ValueError in words."""
    path, slash, key = text.strip().partition("/")
    labels = tuple(label.strip() for label in path.split("."))
    if not slash or not key.strip() or not all(labels):
        raise ValueError("Write namespace/key: labels with dots between them, then a slash: users.u1/prefs")
    return labels, key.strip()


def tree_of(namespaces: Iterable[Namespace]) -> list[Namespace]:
    """Return namespaces with those that only hold others, parents first."""
    found: set[Namespace] = set()
    for namespace in namespaces:
        found.update(namespace[:depth] for depth in range(1, len(namespace) + 1))
    return sorted(found)


def is_ranked(items: Iterable[StoreItem]) -> bool:
    """Tell whether the server ranked the items of a search by meaning."""
    return any(item.score is not None for item in items)
