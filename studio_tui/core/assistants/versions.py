"""Assistants as things to manage: versions, create, edit, current version, delete, duplicate.

Every change reads the truth back from the server before anybody is told. No UI, no asking: faces ask.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from studio_tui.core.connection.ports import AssistantCalls, Caller
from studio_tui.core.resources.resource import Listed, every_page
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.assistant_content import (
    Content,
    body_of,
    content_of,
    contents_diff,
    copy_content,
    settled,
)
from studio_tui.domain.dialect import Dialect
from studio_tui.domain.ids import AssistantId
from studio_tui.errors import ConflictError, NotFoundError, ServerError, StudioError, UnsupportedError
from studio_tui.jsonkit.diff import Diff
from studio_tui.jsonkit.show import path_text
from studio_tui.jsonkit.value import JsonObject
from studio_tui.text.sanitize import clean

MOST_VERSIONS = 2000
_PAGE = 100


class Versions(Struct, frozen=True):
    """An assistant and its versions, newest first, as the server had them at one moment."""

    assistant: Assistant
    items: tuple[Assistant, ...]
    dialect: Dialect
    problem: str = ""
    """Why the list of versions could not be had (safe text)."""
    error: StudioError | None = None
    """The same, to be raised where one of the versions is asked for."""

    @property
    def current(self) -> Assistant:
        """The current version. The list is right where the assistant itself is not (see `drift`)."""
        return self.version(self.assistant.version) or self.assistant

    @property
    def content(self) -> Content:
        return self.content_of(self.current)

    @property
    def newest(self) -> int:
        return max((item.version for item in self.items), default=self.assistant.version)

    @property
    def drift(self) -> Diff:
        """How the assistant that runs use differs from what its current version holds."""
        return contents_diff(self.content, self.content_of(self.assistant))

    def version(self, number: int) -> Assistant | None:
        return next((item for item in self.items if item.version == number), None)

    def content_of(self, item: Assistant) -> Content:
        return content_of(item, self.dialect)

    def diff(self, old: int, new: int) -> Diff:
        """Return how version `new` differs from version `old`. Raises as `wanted`."""
        return contents_diff(self.content_of(self.wanted(old)), self.content_of(self.wanted(new)))

    def beside(self, number: int, mark: int | None = None) -> int | None:
        """Return what a version is compared with: the marked one, else the one before it; the oldest with the next.

        None where there is no other. Raises why the list could not be had where that is so.
        """
        if self.error is not None:
            raise self.error
        if mark is not None and mark != number:
            return mark
        others = [item.version for item in self.items if item.version != number]
        return max((one for one in others if one < number), default=min(others, default=None))

    def wanted(self, number: int) -> Assistant:
        """Return one version. Raises NotFoundError, and why the list could not be had where that is so."""
        found = self.version(number)
        if found is None and self.error is not None:
            raise self.error
        if found is None:
            have = ", ".join(str(item.version) for item in self.items[:20])
            raise NotFoundError(f"There is no version {number}", f"There are: {have}", "Check the number.")
        return found


class Changed(Struct, frozen=True):
    """What a change led to: the assistant afterwards, and what to tell besides (safe text, may be empty)."""

    versions: Versions
    words: str = ""

    @property
    def assistant(self) -> Assistant:
        return self.versions.assistant


class KnownVersions(Listed[Assistant]):
    """The versions of the assistant that is looked at, all at once; of others what was read, or came of a change.

    They have an order of their own, by which the newer of two answers is known whatever was asked for first.
    """

    def __init__(self, server: AssistantVersions, on_change: Callable[[], None]) -> None:
        super().__init__(on_change=on_change)
        self._server = server
        self._known: dict[AssistantId, Versions] = {}
        self.item: Assistant | None = None
        """The assistant that is looked at, as the list of assistants has it."""
        self.shown: Versions | None = None
        """What the items are of; they may be older than the assistant while they are read again."""

    def look_at(self, item: Assistant | None) -> bool:
        """Show what is known of an assistant; True: it is another one, or has changed, and is to be read."""
        before, self.item = self.item, item
        known = self.of(item)
        if before is None or item is None or before.assistant_id != item.assistant_id:
            self.outdate()
            self.loaded, self.problem, self.unsupported = False, "", False
            self._show(known)
        elif known is not None:
            self._show(known)
        self.on_change()
        return item is not None and known is None and item != before

    async def refresh(self) -> bool:
        return self.item is not None and await self.newest(self.read(self.item.assistant_id)) is not None

    def of(self, item: Assistant | None) -> Versions | None:
        """Return the versions of an assistant; None when they are not known, or it has changed since."""
        known = self._known.get(item.assistant_id) if item is not None else None
        return known if known is not None and known.assistant == item else None

    async def read(self, assistant_id: AssistantId) -> Versions:
        """Read them again; what was saved while the answer was on its way wins. Raises StudioError."""
        before = self._known.get(assistant_id)
        versions = await self._server.read(assistant_id)
        now = self._known.get(assistant_id)
        if now is not None and now is not before and now.newest >= versions.newest:
            return now
        self.put(versions)
        return versions

    def put(self, versions: Versions) -> None:
        self._known[versions.assistant.assistant_id] = versions
        if self.item is not None and self.item.assistant_id == versions.assistant.assistant_id:
            self._show(versions)
        self.on_change()

    def clear(self) -> None:
        self._known.clear()

    def _show(self, versions: Versions | None) -> None:
        self.shown, self.items = versions, versions.items if versions is not None else ()


class AssistantVersions:
    """Reads and changes assistants. All methods raise StudioError."""

    def __init__(
        self,
        call: Caller[AssistantCalls],
        dialect: Callable[[], Dialect],
        *,
        put: Callable[[Assistant], None] = lambda _item: None,
        gone: Callable[[AssistantId], None] = lambda _id: None,
    ) -> None:
        """`put` and `gone` hear of every assistant that was read again or deleted."""
        self._call = call
        self._dialect = dialect
        self._put = put
        self._gone = gone

    async def read(self, assistant_id: AssistantId) -> Versions:
        assistant = await self._call(lambda client: client.assistant(assistant_id))
        problem = ""
        failure: StudioError | None = None
        items: list[Assistant] = []
        try:
            items = await self._versions(assistant_id)
        except (NotFoundError, UnsupportedError, ServerError) as error:
            problem, failure = clean(str(error)), error
            if isinstance(error, ServerError):
                problem = f"The versions could not be read: {problem}"
        self._put(assistant)
        filled = [_filled(item, assistant) for item in items] or [assistant]
        return Versions(assistant, tuple(filled), self._dialect(), problem, failure)

    async def schemas(self, assistant_id: AssistantId) -> Schemas:
        return await schemas_of(self._call, assistant_id)

    async def create(self, graph_id: str, content: Content) -> Changed:
        assistant_id = AssistantId(str(uuid4()))
        fields = body_of(content, self._dialect(), is_new=True)
        body: JsonObject = {"graph_id": graph_id, "assistant_id": assistant_id, **fields}
        try:
            await self._call(lambda client: client.create_assistant(body))
        except StudioError as error:
            if not error.ambiguous:
                raise
            # The answer was lost; reading the id that we chose tells whether there is an assistant now.
        versions = await self.read(assistant_id)
        return Changed(versions, _not_kept(settled(content, self._dialect()), versions))

    async def save(self, assistant_id: AssistantId, content: Content, *, base: int | None = None) -> Changed:
        """Make `content` the newest version, whole. ConflictError when `base` is not the current version any more."""
        before = await self.read(assistant_id)
        if base is not None and before.assistant.version != base:
            now = before.assistant.version
            raise ConflictError(
                f"Version {now} became current meanwhile",
                f"You edited version {base}; somebody saved or chose another one.",
                "Look at the differences again, then save.",
            )
        return await self._write(before, body_of(content, self._dialect()), content)

    async def send(self, assistant_id: AssistantId, changes: JsonObject) -> Changed:
        """Send exactly these fields as a new version; what the server does with the others is its business."""
        return await self._write(await self.read(assistant_id), changes, None)

    async def set_current(self, assistant_id: AssistantId, version: int, *, repair: bool = True) -> Changed:
        """Make a version the current one, and see that runs use it.

        In-memory servers leave the old context in place. `repair` then writes the version's content once more, as
        a new version, and points back: only that brings the context along.
        """
        before = await self.read(assistant_id)
        before.wanted(version)
        after = await self._point(assistant_id, version)
        if not after.drift.changes:
            return Changed(after)
        stale, copied = _stale(after), 0
        if repair:
            body = {**body_of(after.content, self._dialect()), "graph_id": after.assistant.graph_id}
            await self._call(lambda client: client.update_assistant(assistant_id, body))
            copied = (await self.read(assistant_id)).assistant.version
            after = await self._point(assistant_id, version)
        if after.drift.changes:
            return Changed(after, f"The server did not restore {stale}: runs still use other values there.")
        return Changed(
            after,
            f"The server had not restored {stale}. Version {copied}, a copy of version {version}, was written to "
            "bring it along: runs use it now.",
        )

    async def delete(self, assistant_id: AssistantId, *, threads: bool = False) -> None:
        """Delete an assistant with all its versions, and its threads if asked (the face has asked before)."""
        await self._call(lambda client: client.delete_assistant(assistant_id, delete_threads=threads))
        self._gone(assistant_id)

    async def duplicate(self, assistant_id: AssistantId, name: str) -> Changed:
        """Make a new assistant that holds what the current version of this one does."""
        versions = await self.read(assistant_id)
        return await self.create(versions.assistant.graph_id, copy_content(versions.content, name))

    async def _write(self, before: Versions, body: JsonObject, wanted: Content | None) -> Changed:
        assistant_id = before.assistant.assistant_id
        sent = {**body, "graph_id": before.assistant.graph_id}
        try:
            await self._call(lambda client: client.update_assistant(assistant_id, sent))
        except StudioError as error:
            if not error.ambiguous or wanted is None:
                raise
            after = await self.read(assistant_id)
            done = after.newest > before.newest and not _missing(settled(wanted, self._dialect()), after)
            if not done:
                raise
            return Changed(after, "The answer was lost, but the version is there.")
        after = await self.read(assistant_id)
        return Changed(after, _not_kept(settled(wanted, self._dialect()), after) if wanted is not None else "")

    async def _point(self, assistant_id: AssistantId, version: int) -> Versions:
        await self._call(lambda client: client.set_assistant_version(assistant_id, version))
        after = await self.read(assistant_id)
        if after.assistant.version != version:
            raise ServerError(
                f"The server still has version {after.assistant.version} as the current one",
                f"It accepted version {version} without an error.",
                "Look at its versions, then try again.",
            )
        return after

    async def _versions(self, assistant_id: AssistantId) -> list[Assistant]:
        found: list[Assistant] = []
        pages = every_page(
            lambda offset: self._call(
                lambda client: client.assistant_versions(assistant_id, limit=_PAGE, offset=offset)
            ),
            lambda item: item.version,
        )
        async for page in pages:
            found += page
            if len(found) >= MOST_VERSIONS:
                break
        return sorted(found, key=lambda item: -item.version)


async def schemas_of(call: Caller[AssistantCalls], assistant_id: AssistantId) -> Schemas:
    """Return the schemas of the assistant's graph; a failure becomes their `problem`."""
    try:
        return await call(lambda client: client.schemas(assistant_id))
    except StudioError as error:
        return Schemas(problem=clean(str(error)))


def _filled(version: Assistant, assistant: Assistant) -> Assistant:
    """Older servers leave fields out of their versions: those are not versioned there and are the assistant's."""
    names = ("name", "description", "context", "metadata")
    absent = {name: getattr(assistant, name) for name in names if name not in version.raw}
    if "name" in absent:
        absent["raw"] = {**version.raw, "name": assistant.raw.get("name", assistant.name)}
    return replace(version, **absent)


def _stale(versions: Versions) -> str:
    paths = [change.path for change in versions.drift.changes]
    # Servers mirror the context into config.configurable: named once is enough.
    shown = [path for path in paths if path[:2] != ("config", "configurable")] or paths
    return ", ".join(path_text(path) for path in shown[:4])


def _missing(wanted: Content, versions: Versions) -> list[str]:
    return [path_text(change.path) for change in contents_diff(wanted, versions.content).changes]


def _not_kept(wanted: Content, versions: Versions) -> str:
    """Say where the server has something else than what was sent; defaults that it added count, too."""
    paths = _missing(wanted, versions)
    if not paths:
        return ""
    more = f" and {len(paths) - 4} more" if len(paths) > 4 else ""
    return f"The server has something else than what was sent at {', '.join(paths[:4])}{more}."
