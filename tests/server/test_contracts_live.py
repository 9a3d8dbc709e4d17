"""Contracts of human in the loop on a real server: what is decided action by action arrives whole, in one request."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from studio_tui.client.target import Target
from studio_tui.core.interrupts.answer_sheet import AnswerSheet
from studio_tui.core.studio import Studio
from studio_tui.domain.interrupts.answer_shape import Act
from studio_tui.domain.run_request import RunRequest, Unset
from tests.server.app_server import app_server

pytestmark = pytest.mark.server

DECISIONS = {
    "action_requests": [{"name": "delete_file", "args": {}}, {"name": "send_note", "args": {"to": "kim"}}],
    "review_configs": [
        {"action_name": "delete_file", "allowed_decisions": ["reject"]},
        {"action_name": "send_note", "allowed_decisions": ["approve", "edit"]},
    ],
}
NO_YES = {"allow_accept": True, "allow_ignore": True, "allow_edit": False, "allow_respond": False}
PAIR = [{"action_request": {"action": name, "args": {}}, "config": NO_YES} for name in ("first", "second")]
APPROVAL = {"type": "tool_approval", "tool_call_id": "c1", "name": "send_note", "args": {}, "description": "Send?"}


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app_server("contracts", ["ask"], tmp_path_factory.mktemp("contracts")) as url:
        yield url


@pytest.fixture
async def studio(asking: str, tmp_path: Path) -> AsyncIterator[Studio]:
    made = Studio(state_dir=tmp_path)
    await made.connect(Target(asking))
    yield made
    await made.aclose()


async def got(studio: Studio, question: Any, *acts: tuple[Act, Any]) -> Any:
    """What the graph was answered when each action was decided like that."""
    await studio.assistants.select("ask")
    await studio.runs.start(RunRequest(input={"question": question}))
    await studio.runs.wait()
    sheet = AnswerSheet()
    sheet.take("t", studio.app_state.position.questions)
    assert len(sheet.entries) == len(acts)
    for at, (act, content) in enumerate(acts):
        assert not sheet.prepared
        sheet.at = at
        sheet.current.act, sheet.current.text = act, str(content)
        if act == "edit":
            assert sheet.current.take_edit(json.dumps(content)) == ""
        else:
            answer = sheet.current.typed() if act in ("explain", "respond") else sheet.current.decided(act)
            assert not isinstance(answer, Unset)
            sheet.prepare(answer)
    await studio.interrupts.answer(sheet.prepared)
    await studio.runs.wait()
    assert studio.app_state.position.questions == ()
    assert studio.app_state.head is not None
    values: Any = studio.app_state.head.values
    return values["got"]


async def test_every_contract_arrives_as_its_graph_reads_it(studio: Studio) -> None:
    edit = {"type": "edit", "edited_action": {"name": "send_note", "args": {"to": "lee"}}}
    assert await got(studio, DECISIONS, ("explain", "keep it"), ("edit", {"to": "lee"})) == {
        "decisions": [{"type": "reject", "message": "keep it"}, edit]
    }
    await studio.threads.new()
    ignore, accept = {"type": "ignore", "args": None}, {"type": "accept", "args": None}
    assert await got(studio, PAIR, ("reject", None), ("approve", None)) == [ignore, accept]
    await studio.threads.new()
    assert await got(studio, APPROVAL, ("respond", "42")) == {"type": "respond", "message": "42"}
