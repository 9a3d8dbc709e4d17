"""The bottom row of the Studio screen: reads off the screen what `bars` decides by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from studio_tui.ui.commands.bars import TYPING, WHERE_ABLE, Situation, bar, situation, urgent, words
from studio_tui.ui.commands.key_bar import KeyBar, key_hints
from studio_tui.ui.contracts.panel import Searchable
from studio_tui.ui.interrupts.commands import OFFERED
from studio_tui.ui.kit.forms.field_keys import field_hints
from studio_tui.ui.kit.key_line import LEAVES, KeyHint
from studio_tui.ui.kit.lists.line_view import LineView

if TYPE_CHECKING:
    from studio_tui.ui.studio.screen import StudioScreen

_SENDS = ("composer-submit", "composer-send")
"""Dim where the composer says why nothing can be sent."""
_ENDS = ("run", "answer-send")
"""What enter in the last field of a form does too."""
_ON_ROW = ("list-open-row", "yank")
"""Dim where there is no row under the cursor."""


class Footer(KeyBar):
    """Keys by what has the focus and by what the open thread is doing."""

    def __init__(self, studio: StudioScreen, *, id: str) -> None:
        super().__init__(self._hints, lambda: studio.area in TYPING, id=id)
        self._studio = studio

    @property
    def bar(self) -> tuple[str, ...]:
        """The commands that it shows, the most useful first."""
        return bar(self._studio.area, self._now)

    @property
    def _now(self) -> Situation:
        studio = self._studio
        panel: object = studio.panel(studio.active)
        search = isinstance(panel, Searchable) and bool(panel.filter_text)
        is_answer = studio.area == "answer"
        form = studio.dock.editors.in_form if is_answer else studio.composer.editors.state.mode != "chat"
        diff = "diff" in studio.arrangement.plan.panels
        app_state = studio.services.app_state
        folding = studio.graph.folding if studio.area == "graph" else ""
        return situation(
            app_state, search=search, zoomed=studio.zoomed, form=form, diff_seen=diff, folding=folding
        )  # fmt: skip

    def _hints(self) -> list[KeyHint]:
        studio, now = self._studio, self._now
        area = studio.area
        ids, said = bar(area, now), words(area, now)
        if now.state == "asks" and (now.gone or studio.services.app_state.readonly):
            said["continue"] = "Read question"
        if area in ("dock", "answer"):
            said |= (offered := studio.dock.lines.offered)
            ids = tuple(name for name in ids if name not in OFFERED or name in offered)
            if "approve" not in offered and "reject" not in offered:  # an answer is in words
                ids = tuple(sorted(ids, key=lambda name: name != "resume"))
        hints = key_hints(studio.services.context(), ids, said, typing=area in TYPING)
        if area in TYPING:
            also = (studio.composer if area == "composer" else studio.dock).editors.also_sends
            hints = [replace(hint, keys=hint.keys + also) if hint.id in _ENDS else hint for hint in hints]
            hints[1:1] = field_hints(studio.focused)
        panel = studio.panel(area) if area == studio.active else None
        if isinstance(panel, LineView) and panel.row is None:
            hints = [replace(hint, able=hint.able and hint.id not in _ON_ROW) for hint in hints]
        if area == "composer" and studio.composer.blocked:
            return [replace(hint, able=False) if hint.id in _SENDS else hint for hint in hints]
        # What does nothing just now yields to what does, and the way back stays the last.
        hints = [self._named(hint) for hint in hints if hint.able or hint.id not in WHERE_ABLE]
        firm = urgent(now)
        return sorted(
            hints,
            key=lambda hint: (
                hint.id.rpartition("-")[2] in LEAVES,
                not hint.able and hint.id not in firm,
            ),
        )

    def _named(self, hint: KeyHint) -> KeyHint:
        """Say what undo takes back, and what redo does again."""
        if hint.id not in WHERE_ABLE:
            return hint
        step = self._studio.services.studio.time.branching.next_step("undo" if hint.id == "undo" else "redo")
        return replace(hint, word=f"{hint.word} {step.kind}".rstrip()) if step is not None else hint
