"""The assistant walk-through of LangGraph's documentation on the real server: by commands, and by keys.

Create `openai_assistant`, give it a system prompt as version 2, run it, point it back to version 1, run again.
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from studio_tui.domain.run import Phase
from studio_tui.jsonkit.value import as_object
from studio_tui.ui.assistants.assistants_screen import AssistantsScreen
from studio_tui.ui.assistants.differences import ReviewDialog
from studio_tui.ui.assistants.form_screen import AssistantFormScreen
from studio_tui.ui.assistants.lists import VersionsView
from studio_tui.ui.kit.forms.form import SchemaForm
from tests.by_command import Cli
from tests.server.driven import Driven, driven

pytestmark = pytest.mark.server

FORMAL = "We are pleased to present"
"""How the demo's writer begins when the system prompt asks for a formal voice, and only then."""
PRODUCT = json.dumps({"product": "a mug"})


def versions_of(server: str, assistant_id: str) -> tuple[int, dict[int, dict[str, Any]]]:
    """What the server itself says: the current version's number, and the context of each version."""
    with httpx.Client(base_url=server, timeout=30) as http:
        current = http.get(f"/assistants/{assistant_id}").json()
        rows = http.post(f"/assistants/{assistant_id}/versions", json={"limit": 100}).json()
    assert current["context"] == next(row["context"] for row in rows if row["version"] == current["version"])
    return current["version"], {row["version"]: row["context"] for row in rows}


def test_the_walk_through_by_commands(server: str, cli: Cli) -> None:
    name = f"openai_assistant {uuid.uuid4().hex[:6]}"
    first, second = {"model": "demo-small"}, {"model": "demo-small", "system_prompt": "A formal voice, please."}

    def answer() -> str:
        code, out, _ = cli("run", assistant_id, "--input", PRODUCT, "--format", "json")
        assert code == 0
        return str(json.loads(out)["values"]["final"])

    code, out, _ = cli("assistants", "create", "brand_writer", "--name", name, "--context", json.dumps(first))
    assistant_id = out.strip()
    assert (code, versions_of(server, assistant_id)) == (0, (1, {1: first}))
    assert FORMAL not in answer()
    code, _, err = cli(
        "assistants", "update", name, "--context", json.dumps({"system_prompt": second["system_prompt"]})
    )
    assert (code, versions_of(server, assistant_id)) == (0, (2, {1: first, 2: second}))
    assert "+ context.system_prompt" in err
    assert FORMAL in answer()
    code, out, err = cli("assistants", "use", assistant_id, "1", "--format", "json")
    number, contexts = versions_of(server, assistant_id)
    assert (code, number, json.loads(out)["version"], contexts[1], contexts[2]) == (0, 1, 1, first, second)
    assert FORMAL not in answer()
    code, out, _ = cli("assistants", "versions", assistant_id, "--format", "json")
    assert {row["version"]: row["context"] for row in json.loads(out)} == contexts
    code, out, _ = cli("assistants", "diff", assistant_id, "1", "2", "--format", "json")
    assert [(change["op"], change["path"]) for change in json.loads(out)["changes"]] == [("+", ["context", "system_prompt"])]  # fmt: skip  # noqa: E501
    code, out, _ = cli("assistants", "show", assistant_id, "--version", "2")
    assert "A formal voice" in out
    # What is written by the server itself is only replaced, never merged, when that is asked for.
    cli("assistants", "update", assistant_id, "--replace", "--context", '{"emoji": true}')
    assert versions_of(server, assistant_id)[1][max(contexts) + 1] == {"emoji": True}
    assert cli("assistants", "rm", assistant_id)[0] == 2
    assert cli("assistants", "rm", assistant_id, "--yes")[0] == 0
    assert cli("assistants", "show", assistant_id)[0] == 4


def test_mistakes_on_the_command_line_are_told_and_write_nothing(server: str, cli: Cli) -> None:
    hostile = "x\x1b[2J[/b]\u202e " + uuid.uuid4().hex[:6]
    made = [cli("assistants", "create", "brand_writer", "--name", hostile)[1].strip() for _ in range(2)]
    code, _, err = cli("assistants", "rm", hostile, "--yes")
    assert (code, all(one in err for one in made)) == (2, True)
    code, out, err = cli("assistants", "ls", "--graph", "brand_writer", "--name", hostile[-6:])
    assert (code, out.count("\n")) == (0, 2)
    assert not {"\x1b", "\u202e"} & set(out + err)
    assert cli("assistants", "update", made[0])[0] == 2
    assert cli("assistants", "update", made[0], "--context", "[1]")[0] == 2
    assert cli("assistants", "use", made[0], "7")[0] == 4
    assert cli("assistants", "update", made[0], "--dry-run", "--description", "d")[1].startswith("~ description")
    assert cli("assistants", "create", "no_such_graph", "--name", "n")[0] == 4
    assert cli("assistants", "update", made[0], "--description", "d", "--readonly")[0] == 2
    assert versions_of(server, made[0])[0] == 1
    for one in made:
        assert cli("assistants", "rm", one, "--yes")[0] == 0


async def run_it(it: Driven) -> str:
    """Write an input for the assistant and return what its writer wrote."""
    await it.until(lambda: it.app.screen is it.app.studio_screen and it.app.studio_screen.area == "composer")
    await it.until(lambda: any(form.has_focus_within for form in it.app.screen.query(SchemaForm)), "the form")
    await it.type("a mug")
    await it.sees("a mug")
    runs = len(it.studio.app_state.runs)
    await it.press("ctrl+s")
    await it.until(lambda: len(it.studio.app_state.runs) > runs, "the run")
    assert await it.ends() is Phase.DONE
    return str(as_object((await it.truth()).values)["final"])


async def list_of_versions(it: Driven, name: str) -> None:
    """Go to the versions of the selected assistant."""
    await it.panels()
    await it.press("a")
    await it.until(lambda: isinstance(it.app.screen, AssistantsScreen), "the assistants")
    screen = it.app.screen
    assert isinstance(screen, AssistantsScreen)
    await it.until(lambda: screen.assistants.selected is not None and name in it.text, "the assistant")
    await it.sees("first version")
    await it.press("v")
    await it.until(lambda: isinstance(it.app.focused, VersionsView), "the versions")


async def test_the_walk_through_by_keys(server: str, tmp_path: Path) -> None:
    name = f"openai {uuid.uuid4().hex[:6]}"
    async with driven(server, tmp_path, assistant="brand_writer") as it:
        await list_of_versions(it, "brand_writer")
        await it.press("A")
        await it.sees("Graph of the new assistant")
        await it.press("enter")
        await it.until(lambda: isinstance(it.app.screen, AssistantFormScreen), "the form")
        await it.sees("name*")
        await it.type(name)
        await it.press("down", "down")
        await it.type("dd")  # demo-large, then demo-small
        await it.press("ctrl+s")
        await it.sees(f"{name} is made.")
        made = next(item for item in it.studio.app_state.assistants.items if item.name == name)
        try:
            await it.press("e")
            await it.sees("Saving makes version 2")
            await it.until(lambda: it.app.focused is not None and bool(it.app.focused.is_on_screen), "the focus")
            await it.press("down", "down", "down")
            await it.type("A formal voice.")
            await it.press("ctrl+s")
            await it.until(lambda: isinstance(it.app.screen, ReviewDialog), "the differences")
            await it.sees("+ context.system_prompt")
            await it.press("y")
            await it.sees("Version 2 of")
            first, second = {"model": "demo-small"}, {"model": "demo-small", "system_prompt": "A formal voice."}
            assert versions_of(server, made.assistant_id) == (2, {1: first, 2: second})
            await it.press("r")
            assert FORMAL in await run_it(it)
            await list_of_versions(it, name)
            await it.press("G", "s")
            await it.until(lambda: getattr(it.studio.app_state.assistant, "version", 0) == 1, "version 1")
            await it.until(lambda: not it.app.work.activities, "idle")
            number, contexts = versions_of(server, made.assistant_id)
            assert (number, contexts[1], contexts[2]) == (1, first, second)
            await it.press("escape", "r")
            assert FORMAL not in await run_it(it)
        finally:
            await it.studio.versions.delete(made.assistant_id)
