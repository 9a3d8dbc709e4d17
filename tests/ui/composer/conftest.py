"""The user's editor, which hands nothing back: a test says itself what comes back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def users_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    async def edit(app: Any, text: str, suffix: str) -> str:
        app.editors.append((text, suffix))
        await asyncio.Event().wait()
        return ""

    monkeypatch.setattr("studio_tui.ui.composer.editors.edit", edit)
