"""The draft of a dialog: what stands on disk is not written again, and whatever is newer always is."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widget import Widget

from studio_tui.core.inputs.drafts import DraftKey, Drafts
from studio_tui.ui.kit.drafts import DialogDraft

KEY = DraftKey("http://s", "answers", "t1")


class Editor:
    """A dialog's draft without its dialog."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.text = ""
        self.drafts = Drafts(folder)
        self.draft = DialogDraft(Widget(), "it", "answers", lambda: self.text, str)
        self.draft.load((self.drafts, KEY))
        monkeypatch.setattr(self.draft, "_begun", True)

    @property
    def on_disk(self) -> str:
        found = self.drafts.load(KEY)
        return found.text if found is not None else ""


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Editor:
    return Editor(tmp_path, monkeypatch)


def test_what_stands_on_disk_is_not_written_again(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    editor.text = "a"
    assert editor.draft.save()
    monkeypatch.setattr(editor.drafts, "saving", lambda *_: pytest.fail("written again"))
    assert editor.draft.save()


def test_a_draft_that_is_gone_stays_gone_when_an_earlier_save_comes_late(editor: Editor) -> None:
    editor.text = "a"
    late = editor.draft._saving()
    assert late is not None
    editor.draft.forget()
    late()
    assert editor.on_disk == ""


def test_what_could_not_be_written_is_written_the_next_time(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    editor.text = "a"
    with monkeypatch.context() as broken:
        broken.setattr(editor.drafts, "saving", lambda *_: lambda: False)
        assert not editor.draft.save()
    assert editor.draft.save()
    assert editor.on_disk == "a"
