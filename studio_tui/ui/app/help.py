"""Help (`?`): what people want to do, then the keys of where the user is (on a page these first), then every command.

All of it with the keys in force.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, zip_longest

from studio_tui.present.kit.document import TextRows
from studio_tui.present.kit.legend import Legend, brief_legend, legend
from studio_tui.text.cells import width, wrap
from studio_tui.text.glyphs import UNICODE, Glyphs, glyphs
from studio_tui.text.spans import Line, Span, line_width
from studio_tui.ui.contracts.command import GENERAL, READONLY, Command, CommandContext
from studio_tui.ui.contracts.key_names import shown_key
from studio_tui.ui.kit.key_line import key_rows, read_hints
from studio_tui.ui.kit.lists.line_view import LineView
from studio_tui.ui.kit.terminal.safe import is_ascii
from studio_tui.ui.screens.detail import DocumentView
from studio_tui.ui.screens.over import OverScreen

_TWO_COLUMNS, _GAP, _FEW = 150, 2, 4
"""Cells from which commands stand in two columns, cells between these, and commands that one column holds."""
_SAID, _WANTED = "What is said here", "What you want to do"
_BROAD = (_SAID, _WANTED)
"""Sections whose rows take the whole width."""
_WORDS = re.compile(r"\s*\S+")
_KEYS_CELLS = 24
_TASK_CELLS = 32
_KEYS_BESIDE = 38
"""Cells in which the keys of a task can stand beside it; below it they need less."""
_TASKS = (
    ("send a message", "{input} Write  {composer-submit} Send  {composer-mode} Form or JSON  {composer-leave} Panels"),
    ("stop a run", "{stop-now} Stop, also while you type  {stop} Stop"),
    (
        "answer what the graph asks",
        "{continue} Go to it  {approve} Yes  {reject} No  {resume} Write  {inbox} All that wait",
    ),
    ("go on step by step", "{step} Step  {step-in} Into a subgraph  {step-out} Out of it  {continue} Continue"),
    ("stop before a node", "{go-graph} Graph  arrows Choose a node  {break-before} Breakpoint  {breakpoints} List"),
    ("go back in time", "{older} Older  {newer} Newer  :history Checkpoints  {back} Now"),
    ("change the state", "{edit} Edit  {edit-apply} Apply  {undo} Undo"),
    (
        "run again, or another way",
        "{rerun} Run again from here  {fork} Fork  {branch-prev} {branch-next} Other branches",
    ),
    (
        "compare two checkpoints",
        "{mark} Mark one  {older} Go to another  {go-diff} Both compared  :compare Side by side",
    ),
    ("find a thread", "{go-threads} Threads  {filter} Find in it  {threads} All, by filters  {thread-new} New"),
    (
        "see what went wrong",
        "{whole-error} Whole error  {go-timeline} Timeline  {http-log} Requests  {server-log} Server log",
    ),
    ("copy or export", "{yank} Copy  {yank-as} As JSON, curl, Python  {export-graph} Graph  :screenshot The screen"),
    ("use another server or assistant", "{server} Server  {assistants} Assistants"),
    ("change the colours", "{theme} Theme"),
    ("do anything else", "^p By what you call it  {command} By name  {quit} Quit"),
)
"""What people want to do, in the order in which they come to it; for the templates see `key_line`."""
_FILES = ("@path", "send a file along; tab completes it, @@ is a plain @")
_WAYS = ("left", "right", "up", "down")
_ROWS = (
    ("Move the border of this panel; the mouse drags any border.", *(f"resize-{way}" for way in _WAYS)),
    ("Go down a row, or up.", "list-next-row", "list-previous-row"),
    ("Go to the first row, or to the last and follow what arrives.", "list-first-row", "list-last-row"),
    ("Go down or up half a page.", "list-half-page-down", "list-half-page-up"),
    ("Go down or up a page.", "list-page-down", "list-page-up"),
    ("Collapse the row or go to its parent; expand it or go into it.", "list-collapse-row", "list-expand-row"),
    ("Go to the node below, or above.", "graph-node-below", "graph-node-above"),
    ("Go to the node to the left, or to the right.", "graph-node-to-the-left", "graph-node-to-the-right"),
    ("Go to the first node, or to the last.", "graph-first-node", "graph-last-node"),
    ("Scroll down, or up.", "graph-scroll-down", "graph-scroll-up"),
    ("Go to the next match, or the one before.", "page-next", "page-previous"),
    ("Go to the next part, or the one before.", "assistants-next", "assistants-previous"),
    ("Bring back the input sent before, or after.", "composer-older", "composer-newer"),
    ("Go to the next message, or the one before.", "message-next", "message-previous"),
    ("Scroll the input down, or up.", "message-scroll-down", "message-scroll-up"),
    ("Go to the next question, or the one before.", "question-next", "question-previous"),
    ("Scroll the request down, or up.", "resume-scroll-down", "resume-scroll-up"),
    ("Go to the next choice, or the one before.", "trust-next", "trust-before"),
    ("Go to the next choice, or the one before.", "picker-down", "picker-up"),
    ("Go down or up ten choices.", "picker-page-down", "picker-page-up"),
    ("Go down a row, or up.", "pick-down", "pick-up"),
    ("Go to the first row, or to the last.", "pick-first", "pick-last"),
    ("Go down or up half a page.", "pick-half-down", "pick-half-up"),
    ("Go down or up a page.", "pick-page-down", "pick-page-up"),
    ("Go to the next box, or the one before.", "checks-down", "checks-up"),
    ("Take the value before, or the next one.", "choice-previous", "choice-next"),
    ("Go to the field below, or above.", "choice-down", "choice-up"),
    ("Go to the next field, or the one before.", "field-next", "field-previous"),
    ("Bring back the line before, or the one after.", "line-older", "line-newer"),
    ("Copy the text that is selected with the mouse.", "copy-selection"),
)
"""Keys that move: those of one idea stand in one row, at the end of their section."""
_MOVING = {command_id for _, *ids in _ROWS for command_id in ids}


class HelpScreen(OverScreen):
    """Every key and command, with the reason where one cannot be used now."""

    heading = "Help"
    hints = "{page-search} Search  {page-next} {page-previous} Matches  {page-copy} Copy  {page-back} Back"

    def __init__(self, area: str, here: Sequence[str], said: str = "", works: frozenset[str] | None = None) -> None:
        """`said`: what the screen says, for which its place may be too small (safe text); `works`: see `help_lines`."""
        super().__init__()
        self._area, self._here, self._said, self._works = area, here, said, works

        self._cells = 0
        """Cells of a row that the page is laid out for."""

    def view(self) -> LineView:
        return DocumentView(self._laid_out(), id="help")

    def on_resize(self) -> None:
        if self.app.size.width - 4 != self._cells:
            self.query_one(DocumentView).show(self._laid_out())

    def _laid_out(self) -> TextRows:
        self._cells = cells = self.app.size.width - 4
        signs = glyphs(is_ascii(self))
        lines = help_lines(self.services.context(), self._area, self._here, cells, self._said, signs, self._works)
        return TextRows(laid_out(lines, cells))


def help_lines(
    ctx: CommandContext,
    area: str,
    here: Sequence[str],
    cells: int = 116,
    said: str = "",
    signs: Glyphs = UNICODE,
    works: frozenset[str] | None = None,
) -> Iterator[Line]:
    """Yield the help page for `area`: tasks, the commands and signs of `here`, those that work anywhere, others.

    `said` comes first: what the screen says just now (safe text). `works`: the commands whose keys work where the user
    is; None: in the Studio.
    """
    registry = ctx.services.commands
    if said:
        yield (Span(_SAID, "title"),)
        yield from ((Span(f"  {part}", "text"),) for part in wrap(said, max(20, cells - 2)))
        yield ()
    if short := brief_legend(area, signs):
        yield (Span(f"Signs in {area}, the first of them", "title"),)
        yield from _flowing(short, cells)
        yield ()
    parts = (_task_lines(ctx, cells), _own_lines(ctx, area, here, signs))
    for part in parts if works is None else reversed(parts):  # on a page its own keys come first
        yield from part
        yield ()
    for before in ("", _IN_STUDIO, "Elsewhere: "):
        for group, commands in registry.groups().items():
            rest = [item for item in commands if item.id not in here and before == where(item, works)]
            if rest:
                yield (Span(f"{before}{group}", "title"),)
                yield from _section(ctx, sorted(rest, key=lambda item: _place(ctx, item)))
                yield ()
    prompt = registry.hint("Every command also runs from the prompt ({command}) by its name")
    yield (Span(f"{prompt}, and from the palette (^p).", "muted"),)


def _flowing(told: Legend, cells: int) -> Iterator[Line]:
    """Yield signs with what they mean one after the other, as many in a row as it has room for."""
    row: list[Span] = []
    for sign, what in told:
        entry = (Span(f"  {sign}", "key bold"), Span(f" {what}", "text"))
        if row and line_width((*row, *entry)) > cells:
            yield tuple(row)
            row = []
        row += entry
    yield tuple(row)


def _task_lines(ctx: CommandContext, cells: int) -> Iterator[Line]:
    """Yield what people want to do, with the keys for it."""
    yield (Span(_WANTED, "title"),)
    for task, template in _TASKS:
        before = f"  {task:<{_TASK_CELLS}} "
        if cells - len(before) < _KEYS_BESIDE:
            yield (Span(f"  {task}", "text"),)
            before = " " * 6
        for row in key_rows(read_hints(ctx.services.commands, template), cells - len(before)):
            yield (Span(before, "text"), *row)
            before = " " * len(before)


def _own_lines(ctx: CommandContext, area: str, here: Sequence[str], signs: Glyphs) -> Iterator[Line]:
    """Yield the commands of where the user is, and the signs there."""
    yield (Span(f"In {area}", "title"),)
    yield from _section(ctx, [ctx.services.commands[command_id] for command_id in here])
    if area == "composer":
        yield _row(*_FILES)
    if told := legend(area, signs):
        yield ()
        yield (Span(f"Signs in {area}", "title"),)
        yield from (_row(sign, what) for sign, what in told)


def laid_out(lines: Iterable[Line], cells: int) -> Iterator[Line]:
    """Yield the rows of the page: each section's commands in two columns, where these are wide enough."""
    if cells < _TWO_COLUMNS:
        yield from (row for line in lines for row in hung(line, cells))
        return
    title = ""
    for is_section, run in groupby(lines, lambda line: bool(line) and line[0].text.startswith("  ")):
        entries = list(run)
        if not is_section:
            title = "".join(span.text for line in entries[-1:] for span in line)
            yield from entries
        elif len(entries) < _FEW or title in _BROAD:
            yield from (row for entry in entries for row in hung(entry, cells))
        else:
            yield from _in_columns(entries, (cells - _GAP) // 2)


def _in_columns(section: Sequence[Line], cells: int) -> Iterator[Line]:
    """Yield the rows of a section in two columns of so many cells: down the left one, then the right one."""
    entries = [list(hung(line, cells)) for line in section]
    rows = sum(map(len, entries))
    left: list[Line] = []
    while len(left) * 2 < rows:
        left += entries.pop(0)
    right = [row for entry in entries for row in entry]
    for one, other in zip_longest(left, right, fillvalue=()):
        gap = Span(" " * (cells + _GAP - line_width(one)))
        yield (*one, gap, *other) if other else one


_IN_STUDIO = "In the studio: "


def where(command: Command, works: frozenset[str] | None) -> str:
    """Return what stands before the name of a command's group: where its keys work; `works` as for `help_lines`."""
    if command.scope not in GENERAL:
        return "Elsewhere: "
    is_there = works is None or command.id in works or (command.scope == "app" and not command.keys)
    return "" if is_there else _IN_STUDIO


def hung(line: Line, cells: int) -> Iterator[Line]:
    """Yield the rows of at most `cells` cells into which a row of keys and words is broken, words under words."""
    if line_width(line) <= cells or not line[0].text.startswith("  "):
        yield line
        return
    indent = min(line_width(line[:1]), _KEYS_CELLS + 3)
    row, used = [line[0]], line_width(line[:1])
    for span in line[1:]:
        for word in _WORDS.findall(span.text):
            if used + width(word) > cells and used > indent:
                yield tuple(row)
                row, used = [Span(" " * indent)], indent
                word = word.lstrip()  # noqa: PLW2901 - no blank begins a row
            row.append(Span(word, span.role))
            used += width(word)
    yield tuple(row)


def _place(ctx: CommandContext, command: Command) -> tuple[bool, str, str]:
    """Sort by key, a small letter before its capital; what has no key comes last, by name."""
    keys = ctx.services.commands.keys_of(command.id)
    shown = shown_key(keys[0]) if keys else command.id
    return not keys, shown.lower(), shown.swapcase()


def _section(ctx: CommandContext, commands: Sequence[Command]) -> Iterator[Line]:
    """Yield a row a command, those that move last."""
    for command in commands:
        if command.id not in _MOVING:
            yield _command(ctx, command)
    there = {command.id: command for command in commands}
    for what, *ids in _ROWS:
        found = [there[command_id] for command_id in ids if command_id in there]
        if len(found) == len(ids):
            yield _row(" ".join(_keys(ctx, command_id) for command_id in ids), what)
        else:
            yield from (_command(ctx, command) for command in found)


def _keys(ctx: CommandContext, command_id: str) -> str:
    return " ".join(shown_key(key) for key in ctx.services.commands.keys_of(command_id))


def _command(ctx: CommandContext, command: Command) -> Line:
    keys = _keys(ctx, command.id)
    spelled = f":{command.id} {command.argument}".strip()
    problem = command.problem(ctx) if command.scope in GENERAL else _refused(ctx, command)
    line = _row(keys or spelled, ctx.services.commands.help_of(command), "muted" if problem else "text")
    if problem:
        return (*line, Span(f"  (not now: {problem})", "warn"))
    return (*line, Span(f"  {spelled}", "muted")) if keys and command.argument else line


def _refused(ctx: CommandContext, command: Command) -> str | None:
    """Why a view's own command cannot be used in this session, wherever its view is."""
    return READONLY if command.mutates and ctx.app_state.readonly else None


def _row(keys: str, what: str, role: str = "text") -> Line:
    return (Span(f"  {keys:<{_KEYS_CELLS}} ", "key bold"), Span(what, role))
