"""What stands in the borders of the composer, and why there is no form."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from studio_tui.core.inputs.run_input import Mode, RunInput
from studio_tui.core.state.app_state import AppState
from studio_tui.domain.assistant import Schemas
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.thread_position import Standing
from studio_tui.text.cells import cut, width
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span, joined, line_width, plain

_DROPPED = {
    Standing.PAUSED: "what waits:", Standing.ASKING: "the question of", Standing.FAILED: "what failed:",
}  # fmt: skip
NAMES: dict[Mode, str] = {"chat": "chat", "form": "form", "json": "JSON"}


def title(mode: Mode, label: str, origin: Checkpoint | None, dropped: str = "", cells: int = 1000) -> str:
    """Return the title; `origin` is the old checkpoint at which what is sent branches off, `dropped` what it drops.

    Where `cells` are too few, how it is said is shortened before what it says.
    """
    found = _titles(mode, label, origin, dropped)
    return next((words for words in found if width(words) <= cells), cut(found[-1], cells))


def _titles(mode: Mode, label: str, origin: Checkpoint | None, dropped: str) -> tuple[str, ...]:
    """The title in whole words, then shorter ones."""
    if origin is not None:
        what, place = "a message" if mode == "chat" else "the input", f"branches off at {place_of(origin)}"
        return f"Send from here: {what} {place}", f"From here: {what} {place}", place.capitalize()
    if dropped:
        what = "A message" if mode == "chat" else "An input"
        return f"{what} starts anew and drops {dropped}", f"{what} drops {dropped}", f"Drops {dropped}"
    who = clean(label, 80)
    if mode == "chat":
        return (f"Message to {who}" if who else "Message",)
    what = "Input" if mode == "form" else "JSON input"
    return (f"{what} for {who}" if who else what,)


def dropped(app_state: AppState) -> str:
    """Return what a new input takes from the open thread (safe text): servers begin at the start with it, and run
    neither a step that waits, nor a failed one, nor what a question waits for. Empty where it takes nothing, or is
    refused: the thread is gone."""
    if app_state.thread_id is None or app_state.next_run.stateless or app_state.thread_gone:
        return ""
    position = app_state.position
    what = _DROPPED.get(position.standing) if position.can_continue else None
    names = ", ".join(position.next or position.places)
    return f"{what} {clean(names, 60)}" if what else ""


def place_of(checkpoint: Checkpoint) -> str:
    return f"step {checkpoint.step}" if checkpoint.step is not None else "this checkpoint"


def key_hints(mode: Mode, *, has_focus: bool) -> tuple[str, ...]:
    """Return templates of the keys that the bottom row of the screen does not tell."""
    if not has_focus:
        return ("{input} Write",)
    files = ("@ File",) if mode == "chat" else ()
    return (*files, "{composer-search} History", "{composer-editor} Editor")


def noted(said: Line, field: Line, remark: Line, cells: int) -> Line:
    """Return what the border says: `said` of the whole, else a `remark` that holds all the time; and of the field.

    What is wrong with a field stands before a remark, what it is for behind it.
    """
    if said or not remark or not field:
        return joined(said, field) or remark
    if field[0].role == "err":
        return joined(field, remark)
    if remark[0].role == "muted":
        remark = (Span(cut(plain(remark), max(1, cells // 2)), "muted"),)
    return joined(remark, field)


def with_note(modes: Line, note: Line, cells: int, more: str) -> tuple[Line, bool]:
    """Return the modes with the note behind them, and whether there was room for both.

    A note too long is cut; `more` (safe text) says where it stands whole.
    """
    both: Line = (*modes, Span("· " if modes else " ", "muted"), *note, Span(" "))
    if line_width(both) <= cells:
        return both, True
    end = Span(f" {more}", "muted")
    is_cut = line_width(note) + 2 > cells
    shown: list[Span] = []
    left = max(0, cells - 2 - (line_width((end,)) if is_cut else 0))
    for span in note:
        if left:
            shown.append(Span(cut(span.text, left), span.role))
            left -= line_width(shown[-1:])
    return (Span(" "), *shown, *((end,) if is_cut else ()), Span(" ")), False


def subtitle(mode: Mode, offered: Sequence[Mode], keys: Sequence[str], cells: int) -> Line:
    """Return modes and keys as far as they fit into `cells`; the modes come first."""
    spans: list[Span] = []
    for name in offered:
        spans += [Span(f" {NAMES[name]} ", "accent bold underline" if name == mode else "muted"), Span(" ")]
    for key in keys:
        part = Span(f" {key} ", "muted")
        if line_width((*spans, part)) > cells:
            break
        spans.append(part)
    return tuple(spans)


def schema_words(schemas: Schemas | None, state: RunInput, hint: Callable[[str], str]) -> str:
    """Return why there is no form, or only an old one (safe text); empty where nothing is missing."""
    if schemas is None or not schemas.problem:
        return ""
    problem = schemas.problem.rstrip(".")
    again = hint("Tried again by itself; {refresh} tries now.")
    if schemas.effective_input is not None:
        return f"The form is as it was read before: {problem}. {again}"
    chat = " and chat work." if state.shows_messages else " works, chat asks first."
    return f"No form: {problem}. {hint('JSON ({composer-mode})')}{chat} {again}"
