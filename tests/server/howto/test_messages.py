"""Files and messages of any role reach the server as the screen shows them; its state holds them unchanged."""

from __future__ import annotations

import base64
from pathlib import Path

import httpx
import pytest

from studio_tui.domain.run import Phase
from studio_tui.ui.composer.message_dialog import MessageDialog
from tests.server.howto.conftest import Open
from tests.server.howto.test_human_in_the_loop import messages, thread_of

pytestmark = pytest.mark.server

PNG = b"\x89PNG\r\n\x1a\n" + bytes(30)
PDF = b"%PDF-1.7\n\xff"


async def test_files_of_the_chat_line_by_keys(
    studio: Open, api: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, data in (("photo.png", PNG), ("two words.pdf", PDF), ("notes.md", b"alpha\n")):
        (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    async with studio(size=(120, 36)) as it:
        await it.say('hello @photo.png @"two words.pdf" @notes.md @@bob @ann')
        assert await it.ends() is Phase.DONE
        sent, answer = messages(api, thread_of(it))
        assert sent["type"] == "human"
        assert sent["content"] == [
            {"type": "text", "text": 'hello @photo.png @"two words.pdf" @notes.md @bob @ann'},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{base64.b64encode(PNG).decode()}"}},
            {
                "type": "file",
                "base64": base64.b64encode(PDF).decode(),
                "mime_type": "application/pdf",
                "filename": "two words.pdf",
            },
            {"type": "text", "text": "File: notes.md\n\nalpha\n"},
        ]
        assert "message number 1" in str(answer["content"])
        await it.panels()
        await it.press("5", "g")
        await it.sees("image · image/png · 38 B")


async def test_messages_of_several_roles_by_keys(studio: Open, api: httpx.Client) -> None:
    async with studio(size=(120, 50)) as it:
        await it.press("ctrl+n")
        await it.until(lambda: isinstance(it.app.screen, MessageDialog) and not it.app.screen.focus_pending, "the form")
        await it.type("be brief")
        await it.press("up", "s", "ctrl+n", "up", "a", "down", "down", "down", "down", "down")
        await it.type('{"tool_calls": [{"id": "call_7", "name": "search", "args": {"query": "fog"}}]}')
        await it.press("ctrl+n", "up", "t", "down")
        await it.type("call_7")
        await it.press("tab")
        await it.type("14 degrees")
        await it.sees("1 system   2 ai   3 tool")
        await it.sees('"tool_call_id": "call_7"')
        await it.press("ctrl+s")
        assert await it.ends() is Phase.DONE
        system, ai, tool, answer = messages(api, thread_of(it))
        assert [(system["type"], system["content"]), ai["type"]] == [("system", "be brief"), "ai"]
        assert [(call["id"], call["name"], call["args"]) for call in ai["tool_calls"]] == [
            ("call_7", "search", {"query": "fog"})
        ]
        assert (tool["type"], tool["content"], tool["tool_call_id"]) == ("tool", "14 degrees", "call_7")
        assert answer["content"] == "I found this. 14 degrees"
