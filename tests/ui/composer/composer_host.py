"""A small app around the composer: one other panel to leave to, and everything asked of the screen in lists."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from types import SimpleNamespace

from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Button
from textual.worker import Worker

from studio_tui.core.inputs.drafts import Unsaved
from studio_tui.core.resources.resource import Listed
from studio_tui.core.state.app_state import AppState, Slice
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.ids import AssistantId, ThreadId
from studio_tui.domain.run_request import RunRequest
from studio_tui.domain.server import ServerInfo
from studio_tui.jsonkit.value import Json
from studio_tui.ui.app.catalog import build_registry
from studio_tui.ui.composer.composer import Composer
from studio_tui.ui.kit.terminal.themes import register_themes
from tests.recordings import recorded_schema
from tests.ui.harness import wait_until

REGISTRY = build_registry()
TEXT: Json = {"type": "string"}
RICH: Json = {
    "type": "object",
    "required": ["topic", "kind", "address"],
    "properties": {
        "topic": {"type": "string", "description": "What the report is about", "maxLength": 40},
        "kind": {"enum": ["short", "long"]},
        "deep": {"type": "boolean", "default": True},
        "n": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3},
        "address": {
            "type": "object",
            "required": ["city"],
            "properties": {"city": {"type": "string"}, "zip": {"type": ["string", "null"]}},
        },
        "tool": {
            "oneOf": [
                {
                    "title": "Search",
                    "type": "object",
                    "required": ["query"],
                    "properties": {"query": {"type": "string"}},
                },
                {"title": "Calc", "type": "object", "properties": {"expr": {"type": "string"}}},
            ]
        },
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}


class Host(App[None]):
    """The composer at the bottom, a button above it."""

    CSS = "#above { height: 1fr; width: 100%; }"

    def __init__(self, state_dir: Path, schemas: Schemas | None, label: str = "travel_agent") -> None:
        super().__init__()
        self._state_dir = state_dir
        self._schemas = schemas
        self._label = label
        self.requests: list[RunRequest] = []
        self.editors: list[tuple[str, str]] = []
        self.performed: list[str] = []
        typeahead = SimpleNamespace(focus_moved=lambda *_args, **_more: None)
        self.services = SimpleNamespace(commands=REGISTRY, unsaved=Unsaved(), work=self, runs=self, typeahead=typeahead)

    def compose(self) -> ComposeResult:
        yield Button("panel", id="above")
        yield Composer(id="composer", state_dir=self._state_dir)

    def on_mount(self) -> None:
        register_themes(self)
        self.theme = "studio-dark"
        app_state = AppState(
            server=ServerInfo("http://server"),
            assistants=Listed([Assistant(AssistantId("a1"), "g", self._label)]),
            assistant_id=AssistantId("a1"),
            schemas=self._schemas,
            thread_id=ThreadId("t1"),
        )
        self.composer.draw(app_state, frozenset(Slice))
        self.query_one("#above").focus()

    def start(self, work: Coroutine[None, None, None], _label: str = "", *, ahead: float = 0) -> None:
        """Do what the composer asks its program for; here no key waits for it."""
        _: Worker[None] = self.run_worker(work)

    @property
    def composer(self) -> Composer:
        return self.query_one(Composer)

    async def submit(self, request: RunRequest) -> bool:
        self.requests.append(request)
        return True

    def action_command(self, command_id: str) -> None:
        self.performed.append(command_id)


def chat_host(state_dir: Path) -> Host:
    """A host whose graph takes messages."""
    return Host(state_dir, Schemas(input=recorded_schema("py", "chat")))


def form_host(state_dir: Path, input_schema: Json = None) -> Host:
    """A host whose graph takes a form."""
    return Host(state_dir, Schemas(input=input_schema if input_schema is not None else RICH), "report")


async def typed(pilot: Pilot[None], text: str) -> None:
    """Type `text` and wait until the composer holds it."""
    host = pilot.app
    assert isinstance(host, Host)
    await pilot.press(*("space" if char == " " else char for char in text))
    await wait_until(pilot, lambda: host.composer.state.text().endswith(text), f"{text!r} in the composer")


async def focused(pilot: Pilot[None]) -> Host:
    host = pilot.app
    assert isinstance(host, Host)
    host.composer.focus_input()
    await wait_until(pilot, lambda: host.composer.has_focus_within, "the focus")
    return host


async def paste(pilot: Pilot[None], text: str) -> None:
    pilot.app.post_message(events.Paste(text))
    await pilot.pause()
