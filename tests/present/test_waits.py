"""A thread that stopped on its way is said to wait, by the same word and sign wherever it is told."""

from __future__ import annotations

import pytest

from studio_tui.cli.output.rows import thread_row
from studio_tui.domain.ids import ThreadId
from studio_tui.domain.thread import Thread, ThreadStatus
from studio_tui.present.kit.signs import thread_sign
from studio_tui.present.threads.panel import ThreadRows
from studio_tui.text.glyphs import UNICODE
from studio_tui.text.spans import plain

CUT_OFF = Thread(ThreadId("01a206df-1"), ThreadStatus.INTERRUPTED, "agent", title="Trip", updated_at=0.0)


@pytest.mark.parametrize("questions", [None, 0, 2])
def test_the_word_and_the_sign_do_not_depend_on_what_is_asked(questions: int | None) -> None:
    sign, _, word = thread_sign(ThreadStatus.INTERRUPTED, UNICODE, questions)
    assert (sign, word) == ("‖", "waits")


def test_drawer_and_command_line_say_it() -> None:
    rows = ThreadRows()
    rows.take([CUT_OFF], 0.0)
    assert plain(rows.line(0, 36)).split() == ["‖", "Trip", "waits", "now"]
    assert plain(thread_row(CUT_OFF, ascii=False)).split()[:3] == ["‖", "01a206df-1", "waits"]
