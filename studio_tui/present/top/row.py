"""The top row of every screen: where one is (server, assistant, thread), and at its right what happens there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from msgspec import Struct

from studio_tui.core.state.app_state import AppState, LinkState
from studio_tui.domain.server import ServerInfo
from studio_tui.domain.thread import first_words
from studio_tui.present.top.happening import happening
from studio_tui.text.fmt import short_id
from studio_tui.text.glyphs import Glyphs
from studio_tui.text.sanitize import clean
from studio_tui.text.segments import Segment, arranged
from studio_tui.text.spans import Line, Span, fit_line, line_width

NEW_THREAD = "new thread"


class TopRow(Struct, frozen=True):
    """The row, and the cells in its middle over which notices may stand."""

    line: Line
    free: tuple[int, int]
    """The first cell behind what says where writes go, and the first one of what happens."""


def top_row(
    app_state: AppState,
    width: int,
    *,
    now: float,
    signs: Glyphs,
    keys: Mapping[str, str],
    thread: str = "",
    place: str = "",
    activity: str = "",
    note: Line = (),
    asked_below: bool = False,
) -> TopRow:
    """Return the row in exactly `width` cells.

    `keys` names, by command, the keys that work where the focus is; what has none is not offered. `thread`: what the
    open thread is called; `place`: the screen, where that is not the Studio. `activity` takes long just now; `note`
    stands where nothing else is to be said; `asked_below`: the graph's question stands on the screen already.
    """
    right = list(happening(app_state, now, signs, keys, asked_below=asked_below))
    if not right and note:
        right = [Segment(95, note, least=12)]
    if activity:
        right.insert(0, Segment(65, (Span(f"{clean(activity)}{signs.ellipsis}", "warn"),), least=8))
    groups = tuple(_badges(app_state)), tuple(_where(app_state, signs, thread, place)), tuple(right)
    badges, where, said = arranged(groups, width)
    line, end = joined((*badges, *where), said, width)
    return TopRow(line, (min(sum(map(line_width, badges)), width), end))


@lru_cache(16)
def joined(left: tuple[Line, ...], right: tuple[Line, ...], width: int) -> tuple[Line, int]:
    """Put the two ends into one row of `width` cells; return it and the cell where the right one begins."""
    spans = [span for part in left for span in part]
    said = [span for part in right for span in part]
    size = line_width(said)
    end = max(0, width - size - (1 if said else 0))
    row = (*fit_line(spans, end), *said, *((Span(" "),) if said else ()))
    return fit_line(row, width), end


def thread_name(app_state: AppState) -> str:
    """Return what the open thread is called: its title, else its first words, else its short id (raw)."""
    thread_id = app_state.thread_id
    if thread_id is None:
        return NEW_THREAD
    rows = (app_state.thread_row, app_state.thread)
    for row in rows:
        if row is not None and row.thread_id == thread_id and (name := row.called(app_state.words)):
            return name
    head = app_state.head
    said = first_words(head.values) if head is not None and head.thread_id == thread_id else ""
    run = app_state.run
    sent = first_words(run.request.get("input")) if run is not None and run.thread_id == thread_id else ""
    return app_state.words.get(thread_id, "") or said or sent or short_id(thread_id)


def host_of(server: ServerInfo) -> str:
    """Return how a server is called in a row (safe text): its host and port."""
    return clean(urlsplit(server.base_url).netloc.rpartition("@")[2] or server.base_url, 40)


def _badges(app_state: AppState) -> Iterator[Segment]:
    """What says where writes go, and that there are none: never given up."""
    if app_state.server is not None and app_state.profile:
        yield Segment(98, (Span(f" {clean(app_state.profile, 20)} ", "profile"),), lead=Span(" "))
    if app_state.readonly:
        yield Segment(100, (Span(" READONLY ", "badge"),), lead=Span(" "))


def _where(app_state: AppState, signs: Glyphs, thread: str, place: str) -> Iterable[Segment]:
    crumb = Span(f" {signs.crumb} ", "muted")
    if app_state.server is None:
        yield Segment(60, (Span("studio-tui", "title"), Span(f"  {app_state.link.value}", "muted")))
    else:
        yield Segment(10, (Span(host_of(app_state.server), "muted"),), lead=crumb)
    assistant = app_state.assistant
    if assistant is not None:
        yield Segment(50, (Span(clean(assistant.label, 40), "title"),), least=12, lead=crumb, good=20)
        yield Segment(15, (Span(f" v{assistant.version}", "muted"),), lead=Span(""))
    if place:
        yield Segment(80, (Span(clean(place, 80), "value"),), least=20, lead=crumb)
    elif app_state.link in (LinkState.UP, LinkState.DOWN):
        name = clean(thread, 200)
        role = "muted" if app_state.thread_id is None else "value"
        yield Segment(45, (Span(name, role),), least=12, lead=crumb, good=24)
