"""Schemas that cannot be read: the reason is there, what was known stays, and they are read again."""

from __future__ import annotations

import pytest

from studio_tui.client.target import Target
from studio_tui.core.assistants import catalog
from studio_tui.core.studio import Studio
from studio_tui.domain.assistant import Schemas, SubgraphSchemas
from studio_tui.errors import ServerError
from tests.core.fakes import FakeClient, make
from tests.waiting import until

FAILED = Schemas(problem="The server gives no schemas: The server failed (500)")


class Failing(FakeClient):
    """Fails at schemas as often as told."""

    answers: list[Schemas]

    async def schemas(self, assistant_id: str) -> Schemas:
        self._called("schemas")
        return self.answers.pop(0) if self.answers else Schemas("demo", input={"type": "object"})


async def test_schemas_are_read_again_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "SCHEMA_PAUSES", (0.001, 0.001))
    client = Failing()
    client.answers = [FAILED] * 5
    studio = make(client)
    await studio.connect(Target("http://fake"))
    await studio.assistants.select("demo")
    await until(lambda: studio.app_state.schemas is not None)
    await until(lambda: studio.app_state.schemas is not None and not studio.app_state.schemas.problem)
    assert client.calls.count("schemas") == 6
    await studio.aclose()


async def test_key_reads_them_now_and_an_old_form_stays_beside_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "SCHEMA_PAUSES", (3600.0,))
    client = Failing()
    client.answers = [FAILED, Schemas("demo", input={"type": "object"}), FAILED]
    studio = make(client)
    await studio.connect(Target("http://fake"))
    await studio.assistants.select("demo")
    app_state = studio.app_state
    await until(lambda: app_state.schemas is not None)
    assert app_state.schemas is not None
    assert "500" in app_state.schemas.problem
    studio.assistants.load_schemas_again()
    await until(lambda: app_state.schemas is not None and not app_state.schemas.problem)
    studio.assistants.load_schemas_again()  # nothing is missing: nothing is asked
    studio.server_reloaded("")
    studio.watch_others(True)
    await studio.server_returned()
    await until(lambda: app_state.schemas is not None and "500" in app_state.schemas.problem)
    assert app_state.schemas.input == {"type": "object"}
    await studio.aclose()


async def test_schemas_of_subgraphs_are_read_once_when_somebody_asks_and_again_after_a_failure(
    client: FakeClient, studio: Studio
) -> None:
    assert "subgraphs" not in client.calls
    client.down = ServerError("The server failed at it")
    app_state, read = studio.app_state, studio.assistants.read_subgraphs
    read()
    await until(lambda: app_state.subgraphs == SubgraphSchemas(problem="The server failed at it"))
    client.down = None
    for _ in range(2):
        read()
        read()  # it is under way, then there
        await until(lambda: app_state.subgraphs == SubgraphSchemas({}))
    assert client.calls.count("subgraphs") == 2
    await studio.assistants.reread()
    assert app_state.subgraphs is None
    read()
    await until(lambda: app_state.subgraphs == SubgraphSchemas({}))
    assert client.calls.count("subgraphs") == 3
