"""`store ls|get|put|rm|search`."""

from __future__ import annotations

import time

from studio_tui.cli.context import CliContext, input_argument, object_argument
from studio_tui.cli.output.stderr import say
from studio_tui.client.store import StoreEndpoints
from studio_tui.core.store import StoreItems, StoreNamespace, item_of
from studio_tui.errors import NotFoundError, UsageError
from studio_tui.jsonkit.value import JsonObject, is_object
from studio_tui.present.store import preview
from studio_tui.text.cells import fit
from studio_tui.text.fmt import age
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span


async def store(context: CliContext) -> int:
    """Run the verb."""
    return await {"ls": _ls, "get": _get, "put": _put, "rm": _rm, "search": _search}[context.args.verb](context)


async def _ls(context: CliContext) -> int:
    if context.args.namespace:
        return await _items(context, "", {})
    start, limit = context.args.offset, context.args.limit
    async with context.client() as client:
        store_items = StoreItems(lambda fn: fn(client))
        # Servers have an order of their own: what is put in order here must be the same for each page.
        await store_items.namespaces.refresh(wanted=start + limit)
        found = sorted(store_items.namespaces.items)
    shown = found[start : start + limit]
    if context.out.is_text:
        context.out.lines((Span(clean(".".join(namespace)), "key"),) for namespace in shown)
        if not found:
            say("The store is empty.")
        elif start + limit < len(found) or store_items.namespaces.has_more:
            say(f"There are more: --offset {start + limit}")
    elif context.out.format == "jsonl":
        context.out.documents({"namespace": list(namespace)} for namespace in shown)
    else:
        context.out.documents(list(namespace) for namespace in shown)
    return 0


async def _search(context: CliContext) -> int:
    return await _items(context, context.args.query, object_argument(context.args.filter, "--filter"))


async def _items(context: CliContext, query: str, filter: JsonObject) -> int:
    args = context.args
    prefix = () if args.namespace == "." else _namespace(args.namespace)
    async with context.client() as client:
        found = await client.family(StoreEndpoints).store_items(
            prefix, query=query, filter=filter, limit=args.limit, offset=args.offset
        )
    if query and found and all(item.get("score") is None for item in found):
        say("This server has no index for the store: the order means nothing.")
    if not context.out.is_text:
        context.out.documents(found)
        return 0
    context.out.lines(_row(item) for item in found)
    if not found:
        say("No items.")
    elif len(found) >= args.limit:
        say(f"There may be more: --offset {args.offset + len(found)}")
    return 0


async def _get(context: CliContext) -> int:
    namespace, key = _namespace(context.args.namespace), context.args.key
    async with context.client() as client:
        found = await client.family(StoreEndpoints).store_get(namespace, key)
    if found is None:
        raise NotFoundError(f"There is no item {clean(key, 80)} in {clean('.'.join(namespace), 80)}")
    context.out.document(found.get("value") if context.out.is_text else found)
    return 0


async def _put(context: CliContext) -> int:
    namespace = _namespace(context.args.namespace)
    value = input_argument(context.args.value, "The value")
    if not is_object(value):
        raise UsageError("The value must be a JSON object", "", 'Example: \'{"colour": "green"}\'.')
    if namespace[0] == "langgraph":
        raise UsageError("The namespace `langgraph` belongs to the library", "Stores refuse it.", "Choose another.")
    if not context.args.key:
        raise UsageError("The key is empty", "An item is found again by its key.", "Give it one.")
    async with context.client() as client:
        await client.family(StoreEndpoints).store_put(namespace, context.args.key, value)
    say(f"stored {'.'.join(namespace)}/{context.args.key}")
    return 0


async def _rm(context: CliContext) -> int:
    namespace, key = _namespace(context.args.namespace), context.args.key
    if not context.agreed(f"Delete {'.'.join(namespace)}/{key}?"):
        return 2
    async with context.client() as client:
        if await client.family(StoreEndpoints).store_get(namespace, key) is None:
            raise NotFoundError(f"There is no item {clean(key, 80)} in {clean('.'.join(namespace), 80)}")
        await client.family(StoreEndpoints).store_delete(namespace, key)
    say(f"deleted {'.'.join(namespace)}/{key}")
    return 0


def _namespace(text: str) -> StoreNamespace:
    labels = tuple(text.split("."))
    if not all(labels):
        raise UsageError(f"`{clean(text, 80)}` is no namespace", "", "Write labels with dots between them: users.u1")
    return labels


def _row(value: JsonObject) -> Line:
    item = item_of(value)
    if item is None:
        return (Span("an item without a key", "muted"),)
    score = (Span(f"  {item.score:.3f}", "number"),) if item.score is not None else ()
    return (
        Span(fit(clean(".".join(item.namespace)), 24) + " ", "key"),
        Span(fit(clean(item.key), 24) + " ", "accent"),
        Span(fit(age(item.updated_at, time.time()), 5), "muted"),
        Span(clean(preview(item.value, 200))),
        *score,
    )
