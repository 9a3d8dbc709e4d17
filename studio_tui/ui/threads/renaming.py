"""Asks for a thread's title; for the list in the studio and the view of all threads."""

from __future__ import annotations

from studio_tui.domain.thread import Thread
from studio_tui.present.threads.panel import named
from studio_tui.text.prose import one_line
from studio_tui.text.sanitize import clean
from studio_tui.ui.contracts.services import Services
from studio_tui.ui.kit.dialogs.dialogs import PromptDialog


async def new_title(services: Services, item: Thread) -> str | None:
    """Return the title that the user gave, or None where it stays as it is."""
    name = item.called(services.app_state.words)
    now = clean(item.title or one_line(name), 200)
    title = await services.ask(PromptDialog("Rename the thread", f"Title of {named(item.thread_id, name)}:", now))
    return title.strip() if title is not None and title != now else None
