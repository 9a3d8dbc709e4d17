"""Assistants as rows: grouped by graph, searched and sorted; their versions, contents and differences as lines."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from studio_tui.core.assistants.form import Setting
from studio_tui.core.assistants.versions import Versions
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.assistant_content import OBJECTS, Content
from studio_tui.domain.ids import AssistantId
from studio_tui.jsonkit.diff import Diff
from studio_tui.jsonkit.show import path_text, pretty, preview
from studio_tui.jsonkit.value import as_object, as_str
from studio_tui.present.kit.columns import MEASURED
from studio_tui.present.kit.diff_rows import change_head, totals, value_lines
from studio_tui.present.kit.rows import Held, ListedRows
from studio_tui.text.cells import fit
from studio_tui.text.fmt import age, local_time, plural, short_id
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean, clean_block
from studio_tui.text.spans import Line, Span, fit_line, line_width, plain, spread

Order = Literal["name", "newest", "changed"]
ORDERS: tuple[Order, ...] = ("name", "newest", "changed")
WITH_ID, ALWAYS_WITH_ID = 56, 76
"""Cells from which on the id has a column where no name is cut for it, and where it has one anyhow."""
_AUTHORS = ("updated_by", "author", "owner", "created_by", "user_id")


class Group(NamedTuple):
    """The heading above the assistants of a graph whose default one is not among them."""

    graph_id: str
    members: int


class AssistantRows(ListedRows[Assistant | Group]):
    """`Rows` over assistants: for each graph its default one, which is its heading, and below it the others."""

    def __init__(self) -> None:
        super().__init__()
        self.all: Sequence[Assistant] = ()
        self.chosen: AssistantId | None = None
        """The assistant that runs are started with."""
        self.order: Order = "name"
        self.wanted = ""
        """Only assistants that hold this text are listed; `!text`: that do not."""
        self.folded: set[str] = set()
        """Graphs whose assistants are hidden."""
        self.shown = 0
        """Assistants that match."""
        self._heads: dict[AssistantId, int] = {}
        """Those that head their graph, with how many stand below."""
        self._longest = (0, 0)
        """Cells of the longest name, with what stands around it, and of the longest that heads a graph."""

    def take(self, items: Sequence[Any], now: float) -> None:
        self.all, self.now = items, now
        self.arrange()

    def is_open(self, index: int) -> bool | None:
        row = self.items[index]
        if isinstance(row, Assistant) and self._heads.get(row.assistant_id) == 0:
            return None
        return row.graph_id not in self.folded

    def head_of(self, graph: str) -> int | None:
        """Return the row that heads a graph."""
        return next((at for at, row in enumerate(self.items) if row.graph_id == graph), None)

    def toggle(self, graph: str) -> None:
        """Fold a graph, or unfold it."""
        self.folded ^= {graph}
        self.arrange()

    def arrange(self) -> None:
        """Take over order, search text and folded graphs."""
        groups: dict[str, list[Assistant]] = {}
        inverse = len(self.wanted) > 1 and self.wanted.startswith("!")
        needle = self.wanted[inverse:].lower()
        for item in self.all:
            if not needle or (needle in _search_text(item).lower()) != inverse:
                groups.setdefault(item.graph_id, []).append(item)
        self.shown = sum(len(members) for members in groups.values())
        rows: list[Assistant | Group] = []
        self._heads = {}
        for graph in sorted(groups, key=str.lower):
            members = sorted(groups[graph], key=self._rank)
            if members[0].is_default:
                head, *members = members
                self._heads[head.assistant_id] = len(members)
                rows.append(head)
            else:
                rows.append(Group(graph, len(members)))
            if graph not in self.folded or needle:
                rows += members
        self.items = rows
        some = [row for row in rows[:MEASURED] if isinstance(row, Assistant)]
        widths = [(line_width(self._named(row)), row.assistant_id in self._heads) for row in some]
        heads = max((width for width, is_head in widths if is_head), default=0)
        self._longest = (max((width for width, _ in widths), default=0), heads)

    def _rank(self, item: Assistant) -> tuple[bool, float, str, str]:
        at = {"newest": item.created_at, "changed": item.updated_at}.get(self.order)
        return (not item.is_default, -(at or 0.0), item.name.lower(), item.assistant_id)

    def identity(self, item: Assistant | Group) -> Hashable:
        return item.assistant_id if isinstance(item, Assistant) else (item.graph_id,)

    def key(self, index: int) -> Hashable:
        row = self.items[index]
        if isinstance(row, Group):
            return (*row, row.graph_id in self.folded)
        shown = (row.assistant_id, row.name, row.version, row.is_default, age(row.updated_at, self.now))
        others = self._heads.get(row.assistant_id)
        return (*shown, row.assistant_id == self.chosen, others, others and row.graph_id in self.folded, self._longest)

    def line(self, index: int, width: int) -> Line:
        row = self.items[index]
        if isinstance(row, Group):
            return (self._fold(row.graph_id), _graph_name(row.graph_id), Span(f"  {row.members}", "muted"))
        right = [Span(" default" if row.is_default else "", "info"), Span(f" {f'v{row.version}':>4}", "accent")]
        right += [Span(f" {age(row.updated_at, self.now):>4}", "muted")]
        room = width - 18
        if width >= ALWAYS_WITH_ID or (width >= WITH_ID and self._longest[0] <= room - 11):
            right.append(Span(f"  {clean(short_id(row.assistant_id))}", "muted"))
            room -= 11
        return spread(self._named(row, brief=self._longest[1] > room), right, width)

    def _named(self, row: Assistant, *, brief: bool = False) -> Line:
        """Return what an assistant is called, with its signs, and how many others its graph has."""
        is_chosen, others = row.assistant_id == self.chosen, self._heads.get(row.assistant_id)
        mark = Span(f"{self.signs.mark} " if is_chosen else "  ", "mark")
        name = Span(clean(row.name[:200]) or "(no name)", "mark" if is_chosen else "text")
        if others is None:
            return (Span("  "), mark, name)
        fold = self._fold(row.graph_id) if others else Span("  ")
        own = [Span("  "), name] if row.name != row.graph_id else []
        more = f"  +{others}" if brief else f"  and {plural(others, 'other')}"
        return (fold, mark, _graph_name(row.graph_id), *own, Span(more if others else "", "muted"))

    def _fold(self, graph: str) -> Span:
        closed = graph in self.folded and not self.wanted
        return Span(f"{self.signs.closed if closed else self.signs.open} ", "muted")

    def text(self, index: int) -> str:
        row = self.items[index]
        return _search_text(row) if isinstance(row, Assistant) else clean(row.graph_id)


def _graph_name(graph: str) -> Span:
    return Span(clean(graph[:200]) or "(no graph)", "title")


def _search_text(item: Assistant) -> str:
    """Return name, graph, id and description."""
    parts = (item.name, item.graph_id, item.assistant_id, item.description or "", "default" if item.is_default else "")
    return " ".join(clean(part[:400]) for part in parts if part)


class VersionRows(ListedRows[Assistant]):
    """`Rows` over the versions of one assistant; one may be marked for comparison."""

    def __init__(self) -> None:
        super().__init__()
        self.versions: Versions | None = None
        """What the items are of."""
        self.mark: int | None = None

    def identity(self, item: Assistant) -> Hashable:
        return item.version

    def key(self, index: int) -> Hashable:
        assert self.versions is not None
        item, current = self.items[index], self.versions.assistant.version
        return (Held(self.versions), item.version, current, self.mark == item.version, age(item.created_at, self.now))

    def line(self, index: int, width: int) -> Line:
        assert self.versions is not None
        marked = self.mark == self.items[index].version
        line = version_line(self.versions, index, self.now, self.signs)
        return fit_line((Span("* " if marked else "  ", "mark"), *line), width)

    def text(self, index: int) -> str:
        return plain(self.line(index, 200)).strip()


def version_line(versions: Versions, index: int, now: float, signs: Glyphs) -> Line:
    """Return one version: number, time, author, and what it changed."""
    item = versions.items[index]
    is_current = item.version == versions.assistant.version
    who = _author(item)
    changed = ""
    if index + 1 < len(versions.items):
        older = versions.items[index + 1].version
        changed = summary(versions.diff(older, item.version))
    return (
        Span(f"{signs.mark if is_current else ' '} ", "mark"),
        Span(fit(f"v{item.version}", 5), "accent bold" if is_current else "accent"),
        Span(f"{date(item.created_at)} ", "text"),
        Span(f"{age(item.created_at, now):>4}  ", "muted"),
        Span(f"{clean(who[:40])}  " if who else "", "info"),
        Span(changed or ("first version" if item.version == 1 else "oldest that is listed"), "muted"),
    )


def summary(found: Diff) -> str:
    """Return in a few words what differs: `~context.model +metadata.team`."""
    if not found.changes:
        return "no difference"
    shown = " ".join(f"{change.op}{path_text(change.path)}" for change in found.changes[:3])
    return shown if len(found.changes) <= 3 else f"{shown} and {len(found.changes) - 3} more ({totals(found)})"


def _author(item: Assistant) -> str:
    """Return who made an assistant or a version, where the server or its metadata say so (raw text)."""
    for source in (item.metadata, item.raw):
        for key in _AUTHORS:
            name = as_str(source.get(key))
            if name and name != "system":
                return name
    return ""


def date(at: float | None) -> str:
    """Return a local date and time to the minute."""
    moment = local_time(at)
    return "–" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def assistant_line(item: Assistant, now: float, signs: Glyphs) -> Line:
    """Return one assistant on one line, as the command line prints it."""
    return (
        Span(f"{signs.idle if item.is_default else signs.dot} ", "info"),
        Span(f"{clean(item.assistant_id)}  "),
        Span(fit(f"v{item.version}", 5), "accent"),
        Span(fit(age(item.updated_at, now), 5), "muted"),
        Span(fit(clean(item.graph_id), 20) + " ", "accent"),
        Span(clean(item.name)),
        Span("  default" if item.is_default else "", "info"),
    )


def content_lines(content: Content) -> Iterator[Line]:
    """Yield what a version holds, what runs are given first; texts in full."""
    for part in (*OBJECTS[:-1], "description", OBJECTS[-1]):
        value = content.value[part]
        if part == "description" and content.description:
            yield (Span(part, "key"),)
            yield from _text(content.description, "text")
            continue
        if not value:
            continue
        yield (Span(part, "key"),)
        for key, item in dict(value).items():  # type: ignore[arg-type]
            yield from _entry(str(key), item)


def _entry(key: str, value: object) -> Iterator[Line]:
    label = Span(f"  {clean(key[:200])}: ", "key")
    if isinstance(value, str) and ("\n" in value or len(value) > 60):
        yield (label,)
        yield from _text(value, "string")
    elif isinstance(value, dict | list) and value:
        yield (label,)
        yield from ((Span("    "), *line) for line in pretty(value))
    else:
        yield (label, *preview(value))


def _text(text: str, role: str) -> Iterator[Line]:
    for line in clean_block(text, 20_000).split("\n"):
        yield (Span(f"    {line}", role),)


def difference_lines(found: Diff) -> list[Line]:
    """Return a diff as lines: changed values with their old and new form below their path."""
    lines: list[Line] = []
    for change in found.changes:
        if change.op == "~":
            lines += [change_head(change), *value_lines(change)]
        else:
            lines.append((*change_head(change), Span("  "), *preview(change.new if change.op == "+" else change.old)))
    return lines


def detail_lines(
    item: Assistant,
    versions: Versions | None,
    unread: str,
    now: float,
    hint: Callable[[str], str],
    settings: Sequence[Setting] | None = None,
) -> Iterator[Line]:
    """Yield everything that is known of one assistant: its content, then what the server keeps with it.

    `unread` says why its versions are not known, `hint` puts keys into a template; `settings` are those of its graph,
    as far as they are known.
    """
    name = clean(item.name[:300]) or "(no name)"
    yield (Span(name, "title"), Span("  default of its graph" if item.is_default else "", "info"))
    yield _fact("graph", item.graph_id)
    many = len(versions.items) if versions is not None and not versions.problem else 0
    listed = f", one of {many}: {hint('{assistant-versions} lists them')}" if many > 1 else ""
    yield _fact("version", f"{item.version}{listed}")
    if versions is None:
        yield (Span(unread or "Reading the versions …", "muted"),)
    else:
        yield from _settings_lines(item, versions, hint, settings)
    yield ()
    yield _fact("id", item.assistant_id)
    yield _fact("created", f"{date(item.created_at)}, {age(item.created_at, now)}")
    yield _fact("changed", f"{date(item.updated_at)}, {age(item.updated_at, now)}")
    if who := _author(item):
        yield _fact("by", who)


def _settings_lines(
    item: Assistant, versions: Versions, hint: Callable[[str], str], settings: Sequence[Setting] | None
) -> Iterator[Line]:
    """Yield what runs with it are given, what the assistant sets itself before the graph's defaults."""
    if versions.problem:
        yield (Span(versions.problem, "warn"),)
    if versions.drift.changes:
        way = hint("{assistant-current} on it puts that right:")
        yield (Span(f"Runs do not use version {item.version} as it is; {way}", "warn"),)
        yield from difference_lines(versions.drift)
    yield from content_lines(versions.content)
    yield from _unset_lines(versions.content, settings or ())
    if settings == () and not any(versions.content.value[part] for part in ("context", "config")):
        yield (Span("No settings of its own; its graph declares none.", "muted"),)
    elif not any(versions.content.value[part] for part in ("context", "config")):
        way = hint("{assistant-edit} sets some.")
        yield (Span(f"No settings of its own: the graph's defaults apply. {way}", "muted"),)


def _unset_lines(content: Content, settings: Sequence[Setting]) -> Iterator[Line]:
    """Yield what the graph declares and the assistant does not set, with the graph's defaults."""
    own = {*content.context, *as_object(content.config.get("configurable"))}
    unset = [item for item in settings if item.name not in own]
    if unset:
        yield (Span("context", "key"), Span(", not set here" if own else " of the graph", "muted"))
    for item in unset:
        value = (
            (*preview(item.default), Span("  default", "muted")) if item.has_default else (Span("not set", "muted"),)
        )
        yield (Span(f"  {clean(item.name[:200])}: ", "key"), *value)


def _fact(name: str, value: str) -> Line:
    return (Span(f"{name:<8} ", "muted"), Span(clean(value, 300), "value"))
