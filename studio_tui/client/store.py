"""Endpoints of the long-term store."""

from __future__ import annotations

from collections.abc import Sequence

from studio_tui.client.endpoints import Endpoints, given
from studio_tui.client.sure import is_gone, once
from studio_tui.errors import NotFoundError, UsageError
from studio_tui.jsonkit.value import JsonObject, as_list, as_strings, is_object

Labels = Sequence[str]
"""A namespace of the store: its labels, the outermost first."""


class StoreEndpoints(Endpoints):
    """Calls about the store. Items are `{namespace, key, value, created_at, updated_at}` as the server sends them."""

    async def store_namespaces(self, *, limit: int = 100, offset: int = 0) -> list[tuple[str, ...]]:
        body: JsonObject = {"limit": limit, "offset": offset}
        value = (await self.http.request("POST", "/store/namespaces", body=body)).json()
        found = as_list(value.get("namespaces")) if is_object(value) else as_list(value)
        return [as_strings(item) for item in found if isinstance(item, list)]

    async def store_items(
        self,
        prefix: Labels = (),
        *,
        query: str = "",
        filter: JsonObject | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[JsonObject]:
        """Return items below a namespace; with `query` those nearest in meaning, where the server can search."""
        body = given(filter=filter or None, query=query or None, limit=limit, offset=offset)
        body["namespace_prefix"] = list(prefix)  # without it servers fail
        value = (await self.http.request("POST", "/store/items/search", body=body)).json()
        found = as_list(value.get("items")) if is_object(value) else as_list(value)
        return [item for item in found if is_object(item)]

    async def store_get(self, namespace: Labels, key: str) -> JsonObject | None:
        """Return an item, None when there is none."""
        query: dict[str, str | Sequence[str]] = {"key": key}
        query["namespace"] = list(namespace) if (await self.dialect()).repeats_labels else ".".join(_labels(namespace))
        try:
            value = (await self.http.request("GET", "/store/items", query=query)).json()
        except NotFoundError:
            return None
        return value if is_object(value) else None

    async def store_put(self, namespace: Labels, key: str, value: JsonObject) -> None:
        """Write an item, replacing the one of the same key."""
        body: JsonObject = {"namespace": _labels(namespace), "key": key, "value": value}

        async def send() -> bool:
            await self.http.request("PUT", "/store/items", body=body)
            return True

        async def look() -> bool | None:
            now = await self.store_get(namespace, key)
            return True if now is not None and now.get("value") == value else None

        await once(send, look)

    async def store_delete(self, namespace: Labels, key: str) -> None:
        """Delete an item; one that does not exist is no error."""

        async def send() -> bool:
            await self.http.request("DELETE", "/store/items", body={"namespace": _labels(namespace), "key": key})
            return True

        await once(send, lambda: is_gone(lambda: self.store_get(namespace, key)))


def _labels(namespace: Labels) -> list[str]:
    """Return the labels; UsageError for those that no server takes."""
    if not namespace or any(not label or "." in label for label in namespace):
        raise UsageError("This is no namespace", hint="Labels must not be empty or hold a full stop, such as users u1.")
    return list(namespace)
