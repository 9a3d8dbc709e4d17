"""Which assistant is meant by an id, a name or a graph id: the only answer to that question, for every face."""

from __future__ import annotations

from collections.abc import Sequence, Set
from contextlib import suppress
from difflib import get_close_matches

from studio_tui.core.connection.ports import AssistantCalls, Caller
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.ids import AssistantId, default_assistant_id, is_uuid
from studio_tui.errors import AuthError, ConnectError, NotFoundError, StudioError, UsageError
from studio_tui.text.fmt import short_for
from studio_tui.text.sanitize import clean

_SHOWN = 12
MANY = 2000
"""Assistants from which on a list may not be complete."""
LISTED = MANY + 1
"""Assistants that are read at once; of more the rest is read when somebody goes there or searches."""
SHORTEST = 6
"""Characters of an id that may stand for it: a slip of the key must not run another assistant."""


async def resolve(call: Caller[AssistantCalls], key: str, items: Sequence[Assistant]) -> Assistant:
    """Return the assistant that `key` means, among those listed or hidden from the list.

    Raises UsageError with the choices when several are meant, NotFoundError with the names when none is.
    """
    found = meant(key, items)
    if found is None and len(items) >= MANY:
        found = meant(key, await _unlisted(call, key))
    if found is not None:
        return found
    assistant_id = key if is_uuid(key) else default_assistant_id(key)
    try:
        hidden = await call(lambda client: client.assistant(assistant_id))
    except (ConnectError, AuthError):
        raise
    except StudioError as error:
        if not items and not is_uuid(key):
            return Assistant(AssistantId(key), key, key)  # hidden by auth rules; runs take graph ids too
        names = {name for item in items for name in (item.graph_id, item.name)}
        raise _none_of(key, "assistant or graph", names, error.title) from error
    return hidden


async def _unlisted(call: Caller[AssistantCalls], key: str) -> list[Assistant]:
    """Ask the server for the assistants of this name or graph: the list that is known may lack them."""
    found: dict[str, Assistant] = {}
    for named in ({"name": key}, {"graph_id": key}):
        with suppress(StudioError):
            page = await call(lambda client, named=named: client.assistants(limit=_SHOWN, **named))  # type: ignore[misc]
            found.update((item.assistant_id, item) for item in page.items)
    return list(found.values())


def meant(key: str, items: Sequence[Assistant]) -> Assistant | None:
    """Return the listed assistant that `key` means, None when there is none. UsageError when several are meant.

    An id means itself. Else `key` is a graph id, which means the graph's default assistant, and a name; where both
    lead to one assistant it is that one. The beginning of an id will do where nothing else fits.
    """
    for item in items:
        if item.assistant_id == key:
            return item
    of_graph = [item for item in items if item.graph_id == key]
    found = [item for item in of_graph if item.is_default][:1] or of_graph
    found += [item for item in items if item.name == key and item not in found]
    if not found and len(key) >= SHORTEST:
        found = short_for(key, items, lambda item: item.assistant_id)
    if len(found) > 1:
        raise ambiguous(key, found)
    return found[0] if found else None


def default_of(graph_id: str, items: Sequence[Assistant]) -> Assistant | None:
    """Return the assistant to use where nobody named one: the graph's default, else its first one listed."""
    of_graph = [item for item in items if item.graph_id == graph_id]
    return next((item for item in of_graph if item.is_default), of_graph[0] if of_graph else None)


def first_of(items: Sequence[Assistant]) -> Assistant | None:
    """Return the assistant to begin with where nothing names one: that of the server's first graph, else the newest."""
    # A server makes one assistant for each graph, in the order of its configuration.
    made = (item for item in items if item.is_default and item.created_at is not None)
    return min(made, key=lambda item: item.created_at or 0.0, default=next(iter(items), None))


def ambiguous(key: str, found: Sequence[Assistant]) -> UsageError:
    lines = [
        f"{item.assistant_id} ({clean(item.name, 60)}, graph {clean(item.graph_id, 60)}"
        + (", its default)" if item.is_default else ")")
        for item in found[:_SHOWN]
    ]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    title = f"`{clean(key, 80)}` names {len(found)} assistants"
    return UsageError(title, f"They are: {', '.join(lines)}{more}.", "Give the id of the one you mean.")


def no_graph(graph_id: str, items: Sequence[Assistant]) -> NotFoundError:
    """Return the error for a graph that no assistant runs, with the graphs there are; names of assistants are none."""
    return _none_of(graph_id, "graph", {item.graph_id for item in items}, "")


def _none_of(key: str, kind: str, known: Set[str], why: str) -> NotFoundError:
    names = sorted({clean(name, 60) for name in known if name})
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    near = get_close_matches(key, names, 1, 0.6)
    listed = f"There are: {', '.join(names[:_SHOWN])}{more}."
    if not names:
        listed = " ".join(part for part in (f"{why}." if why else "", "The server lists no assistants.") if part)
    hint = f"Did you mean {near[0]}?" if near else "Check the spelling." if names else "Does the key allow it?"
    return NotFoundError(f"There is no {kind} `{clean(key, 80)}`", listed, hint, status=404)
