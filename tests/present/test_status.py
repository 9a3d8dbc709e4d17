"""The status line gives up what matters least when there is no room."""

from __future__ import annotations

import pytest

from studio_tui.core.resources.resource import Listed
from studio_tui.core.state.app_state import AppState, LinkState
from studio_tui.domain.assistant import Assistant
from studio_tui.domain.ids import AssistantId
from studio_tui.domain.server import ServerInfo, ServerKind
from studio_tui.present.status import status_line
from studio_tui.text.glyphs import UNICODE
from studio_tui.text.spans import plain


@pytest.mark.parametrize("width", [24, 30, 40, 80])
def test_that_nothing_is_written_stays_in_sight_at_every_width(width: int) -> None:
    assistant = Assistant(AssistantId("a"), "a-graph-with-a-long-name", "an assistant with a long name")
    app_state = AppState(
        server=ServerInfo("http://127.0.0.1:2024", ServerKind.PYTHON, in_memory=True),
        assistants=Listed([assistant]),
        assistant_id=assistant.assistant_id,
        link=LinkState.UP,
        readonly=True,
    )
    line = plain(status_line(app_state, width, now=0.0, signs=UNICODE, back="esc"))
    assert len(line) == width
    assert " READONLY " in line
