"""What is said of an edit of state: whose state, which place in it, how it is handed over, as which node."""

from __future__ import annotations

from studio_tui.core.timetravel.edit_texts import place_text
from studio_tui.core.timetravel.edits import EditPreview
from studio_tui.core.timetravel.state_edit import StateEdit, states_in
from studio_tui.core.timetravel.successors import Successors
from studio_tui.core.timetravel.words import next_text, together
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.ids import namespace_nodes
from studio_tui.present.timetravel.state import checkpoint_name
from studio_tui.text.sanitize import clean
from studio_tui.text.spans import Line, Span


def title_line(edit: StateEdit, newest: Checkpoint | None = None) -> Line:
    """`newest`: what the thread stands at now, where that is known."""
    inside = " › ".join(clean(name, 40) for name in namespace_nodes(edit.state.ns))
    where = f"{checkpoint_name(edit.state)}{f' inside {inside}' if inside else ''}"
    how, role = ("an edit of the head" if edit.head is not None else "a fork: the head stays in the history"), "muted"
    if edit.head is not None and newest is not None and newest.checkpoint_id != edit.head:
        to = "" if newest.step is None else f", to step {newest.step}"
        how, role = f"the thread has moved on{to}", "warn"
    return (Span("Edit ", "title"), Span(where, "value"), Span(f"  {how}", role))


def place_line(edit: StateEdit, key: str) -> Line:
    """`key` chooses another subgraph."""
    more = f" · {key} another subgraph" if len(states_in(edit.root)) > 1 else ""
    return (Span("what     ", "muted"), Span(place_text(edit.path), "key"), Span(more, "muted"))


def how_line(edit: StateEdit) -> Line:
    """Return every way to hand the change to its key, the chosen one marked."""
    chosen = edit.texts.how(edit.path)
    options = edit.texts.hows_for(edit.path)
    spans = [Span(f" {item} ", "accent bold underline" if item == chosen else "muted") for item in options]
    return (Span("how      ", "muted"), *spans)


def node_line(edit: StateEdit, after: Successors | None) -> Line:
    """`after`: what comes after the node that the edit counts as, where it is known."""
    node = clean(edit.as_node or "the node that wrote last", 40)
    leads = f"  {leads_to(after)}" if edit.as_node else ""
    return (Span("as node  ", "muted"), Span(node, "value"), Span(leads, "muted"))


def leads_to(after: Successors | None) -> str:
    """Say what comes next after an edit as a node (safe text)."""
    if after is None:
        return "next shows when it is applied"
    if after.certain:
        return f"next: {together(after.names) or 'nothing'}"
    return f"next: {' or '.join(together([name]) for name in after.names)}, decided on the edited state"


def preview_words(preview: EditPreview) -> str:
    """Say what is next before and after an edit (safe text); nothing where it stays as it is."""
    before = next_text(preview.next_before)
    after = next_text(preview.next_after) if preview.next_after is not None else "decided when it is applied"
    return f"next: {before} → {after}" if after != before else ""


def preview_note(preview: EditPreview, problem: str, question: str, key: str) -> tuple[str, str]:
    """Return what is to be said of an edit before it is written, and its role.

    `problem`: a text that is no JSON; `question`: what was asked and stands; `key` writes it.
    """
    sentences = [text for text in (question, problem) if text]
    sentences += [clean(note, 300) for note in preview.notes]
    if not preview.certain and not preview.notes:
        sentences.append("The result is a guess: this thread has not shown how these keys combine.")
    role = "warn" if question else "err" if problem else "warn" if preview.moved or not preview.certain else "muted"
    return " ".join(sentences) or f"Certain. {key} writes it; nothing runs until you continue.", role
