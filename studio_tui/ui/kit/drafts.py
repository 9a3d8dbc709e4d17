"""Drafts of editors: on disk soon after each change, and at once when the editor or the program ends. What takes one
away asks twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field

from textual.timer import Timer
from textual.widget import Widget

from studio_tui.core.inputs.drafts import DraftFile, DraftKey, Drafts, Save
from studio_tui.crossing import off_the_loop
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.beside import beside
from studio_tui.ui.kit.twice import Twice

SAVE_AFTER = 0.5
"""Seconds between a change and the draft on disk."""
UNSAFE = "This draft could not be kept on disk: it would be lost with the program."


def save_beside(
    editor: Widget, save: Save, unsafe: Callable[[], object], safe: Callable[[], object] | None = None
) -> None:
    """Call `save`, which blocks on the disk, without holding up a key; `safe` or `unsafe` afterwards.

    Where the editor is closed meanwhile, what it saved at its end counts: `save` comes from `Drafts.saving`.
    """

    async def work() -> None:
        then = safe if await off_the_loop(save) else unsafe
        if then is not None and editor.is_attached:
            then()

    if editor.is_attached:
        beside(editor, work, "keeping the draft", group="saving")


@dataclass(eq=False)
class DraftKeeper:
    """Keeps what one editor holds; nothing before `begin`."""

    editor: Widget
    name: str
    """What the user calls the text."""
    writing: Callable[[], Save | None]
    """Reads the editor and returns what puts that on disk (it blocks), None when it stands there already."""
    unsafe: Callable[[], object]
    """This and `safe` hear how that went while the editor is open."""
    _: KW_ONLY
    safe: Callable[[], object] | None = None
    after: float = SAVE_AFTER
    then: Callable[[], object] | None = None
    """Called `after` seconds after the first unsaved change."""
    in_pauses: bool = False
    """That long after the last one, so that nothing is begun while somebody types on."""
    _timer: Timer | None = field(default=None, init=False)
    _begun: bool = field(default=False, init=False)

    def begin(self) -> None:
        """The editor shows what is to be kept: from now on, also when the program or the screen ends."""
        self._begun = True
        services_of(self.editor).unsaved.add(self.editor, self.name, self.save)

    def soon(self) -> None:
        if self.in_pauses:
            self.stop()
        if self._timer is None:
            self._timer = self.editor.set_timer(self.after, self._due)

    def save(self) -> bool:
        """Put what the editor holds on disk at once, in the calling thread; return whether it is safe."""
        save = self._write()
        return save is None or save()

    def save_beside(self) -> None:
        """The same in a thread, without holding up a key."""
        save = self._write()
        if save is not None:
            save_beside(self.editor, save, self.unsafe, self.safe)

    def _due(self) -> None:
        self.save_beside()
        if self.then is not None and self.editor.is_attached:
            self.then()

    def _write(self) -> Save | None:
        self.stop()
        return self.writing() if self._begun else None

    def stop(self) -> None:
        """Whoever calls this keeps what was changed."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None


class DialogDraft(DraftKeeper):
    """The draft of an editor that has one file for it."""

    def __init__(
        self,
        editor: Widget,
        name: str,
        kind: str,
        held: Callable[[], str],
        unsafe: Callable[[], object],
        *,
        after: float = SAVE_AFTER,
        then: Callable[[], object] | None = None,
    ) -> None:
        """`held` returns what the editor holds, empty where there is nothing to keep."""
        super().__init__(editor, name, self._saving, unsafe, after=after, then=then)
        self._kind = kind
        self._holds = held
        self.untouched = ""
        """What the editor holds before anything is typed, which is not kept."""
        self.twice = Twice(self.held)
        self.file: DraftFile | None = None
        """Where it is kept; None as long as that is not known."""
        self.done = False
        """What was typed was taken or given up: there is no draft any more."""

    def held(self) -> str:
        """Return what of the user's the editor holds, empty where that is nothing."""
        held = self._holds()
        return "" if held == self.untouched else held

    def load(self, place: tuple[Drafts, DraftKey]) -> str:
        """Keep the draft at `place` and return what lies there; it blocks."""
        found = place[0].load(place[1])
        return self.keep_at(place, found.text if found is not None else "")

    def keep_at(self, place: tuple[Drafts, DraftKey], text: str) -> str:
        """Keep the draft at `place`, where `text` lies, which is returned."""
        self.file = DraftFile(*place, self._kind, text)
        return text

    def forget(self) -> None:
        """Remove the draft: what was typed has reached its goal. The editor may be closed already."""
        self.done = True
        self.save()

    def _saving(self) -> Save | None:
        return self.file.saving("" if self.done else self.held()) if self.file is not None else None
