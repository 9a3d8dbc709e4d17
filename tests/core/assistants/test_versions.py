"""Assistants: every save is a whole version, pointing back is complete, and what the server did not do is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from studio_tui.core.assistants.form import form_of
from studio_tui.core.assistants.versions import Versions
from studio_tui.domain.assistant import Assistant, Schemas
from studio_tui.domain.assistant_content import (
    Content,
    body_of,
    content_from,
    copy_content,
    lasting_metadata,
    merged,
    run_settings,
    settled,
    value_problems,
)
from studio_tui.domain.dialect import FAMILIES, Dialect
from studio_tui.domain.ids import AssistantId
from studio_tui.domain.server import ServerKind
from studio_tui.errors import ConflictError, ConnectError, NotFoundError, RejectedError, ServerError
from tests.core.assistants.assistant_fakes import AssistantServer

PY, JS, OLD = ServerKind.PYTHON, ServerKind.JAVASCRIPT, ServerKind.OLD_PYTHON
FIRST = Content("openai_assistant", context={"model_name": "openai"}, metadata={"team": "a"})


async def made(server: AssistantServer, content: Content = FIRST) -> Any:
    return (await server.controller().create("agent", content)).assistant.assistant_id


@pytest.mark.parametrize("kind", [PY, JS, ServerKind.AEGRA])
async def test_the_walk_through_of_the_documentation(kind: ServerKind) -> None:
    server = AssistantServer(kind, forgets_context=kind is PY)
    controller = server.controller()
    assistant_id = await made(server)
    first = await controller.read(assistant_id)
    wanted = merged(first.content, {"context": {"system_prompt": "You are helpful."}})
    second = await controller.save(assistant_id, wanted, base=1)
    assert second.versions.content == Content(
        "openai_assistant",
        context={"model_name": "openai", "system_prompt": "You are helpful."},
        metadata={"team": "a"},
    )
    assert second.words == ""
    assert [change.path for change in second.versions.diff(1, 2).changes] == [("context", "system_prompt")]
    back = await controller.set_current(assistant_id, 1)
    assert back.assistant.version == 1
    assert server.rows[assistant_id]["context"] == {"model_name": "openai"}  # what runs use
    assert not back.versions.drift.changes


async def test_a_context_left_behind_is_brought_along_by_a_copy_and_told() -> None:
    server = AssistantServer()
    assistant_id = await made(server)
    await server.controller().save(assistant_id, merged(FIRST, {"context": {"system_prompt": "x"}}))
    back = await server.controller().set_current(assistant_id, 1)
    assert "Version 3, a copy of version 1" in back.words
    assert "context.system_prompt" in back.words
    assert not back.versions.diff(1, 3).changes
    left = await server.controller().set_current(assistant_id, 2, repair=False)
    assert "did not restore context.system_prompt" in left.words
    assert [item.version for item in left.versions.items] == [3, 2, 1]
    assert left.versions.content.context == {"model_name": "openai", "system_prompt": "x"}


async def test_an_edit_after_pointing_back_starts_from_the_version_not_from_the_damaged_assistant() -> None:
    server = AssistantServer()
    assistant_id = await made(server)
    await server.controller().save(assistant_id, merged(FIRST, {"context": {"system_prompt": "x"}}))
    back = await server.controller().set_current(assistant_id, 1, repair=False)
    assert back.versions.content == FIRST
    renamed = await server.controller().save(assistant_id, merged(back.versions.content, {"name": "new"}))
    assert renamed.versions.content == Content("new", context={"model_name": "openai"}, metadata={"team": "a"})


async def test_settings_can_be_emptied_although_servers_ignore_an_empty_config() -> None:
    server = AssistantServer()
    assistant_id = await made(server)
    changed = await server.controller().save(assistant_id, Content("openai_assistant", metadata={"team": "a"}))
    assert changed.words == ""
    assert (changed.assistant.context, changed.assistant.config) == ({}, {"configurable": {}})


async def test_what_the_server_did_not_take_is_named() -> None:
    server = AssistantServer()
    assistant_id = await made(server)
    wanted = Content("openai_assistant", context=FIRST.context)
    changed = await server.controller().save(assistant_id, wanted)
    assert changed.words == "The server has something else than what was sent at metadata.team."
    assert lasting_metadata(FIRST, wanted) == ["team"]


async def test_a_version_that_somebody_else_saved_is_not_overwritten() -> None:
    server = AssistantServer()
    assistant_id = await made(server)
    await server.controller().save(assistant_id, merged(FIRST, {"description": "theirs"}), base=1)
    sent = len(server.sent)
    with pytest.raises(ConflictError, match="Version 2 became current"):
        await server.controller().save(assistant_id, merged(FIRST, {"description": "ours"}), base=1)
    assert len(server.sent) == sent


async def test_a_lost_answer_is_not_a_second_version() -> None:
    server = AssistantServer()
    assistant_id = await made(server)
    lost = ConnectError("The connection broke")
    lost.ambiguous = True
    server.lost_answers = [lost]
    changed = await server.controller().save(assistant_id, merged(FIRST, {"description": "d"}))
    assert "is there" in changed.words
    assert [item.version for item in changed.versions.items] == [2, 1]
    server.lost_answers = [lost]
    made_anyway = await server.controller().create("agent", FIRST)
    assert [what for what, _ in server.sent].count("create") == 2
    assert made_anyway.versions.content == FIRST
    server.errors = [lost]
    with pytest.raises(ConnectError):
        await server.controller().save(assistant_id, merged(FIRST, {"description": "e"}))


async def test_refusals_reach_the_face_and_nothing_else_is_sent() -> None:
    server = AssistantServer()
    assistant_id = await made(server)
    server.errors = [RejectedError("5 is not of type string", status=422)]
    with pytest.raises(RejectedError):
        await server.controller().save(assistant_id, merged(FIRST, {"description": "d"}))
    with pytest.raises(NotFoundError, match="no version 9"):
        await server.controller().set_current(assistant_id, 9)
    assert [what for what, _ in server.sent] == ["create"]


def test_a_list_of_versions_that_could_not_be_read_denies_no_version() -> None:
    only = Assistant(AssistantId("a"), "agent", "a", version=1)
    lost = ServerError("The gateway has no working server behind it (502)", status=502)
    versions = Versions(only, (only,), Dialect(), str(lost), lost)
    assert versions.wanted(1) is only
    with pytest.raises(ServerError, match="502"):
        versions.wanted(2)
    with pytest.raises(ServerError, match="502"):
        versions.beside(1)


def test_a_version_is_compared_with_the_marked_one_else_the_one_before_the_oldest_with_the_next() -> None:
    three = tuple(Assistant(AssistantId("a"), "agent", "a", version=number) for number in (7, 4, 2))
    versions = Versions(three[0], three, Dialect())
    assert [versions.beside(number) for number in (7, 4, 2)] == [4, 2, 4]
    assert [versions.beside(number, 7) for number in (7, 4, 2)] == [4, 7, 7]
    assert Versions(three[0], three[:1], Dialect()).beside(7) is None


async def test_a_copy_is_not_the_servers_own_assistant() -> None:
    server = AssistantServer()
    default = await made(server, Content("agent", metadata={"created_by": "system", "x": 1}))
    copied = await server.controller().duplicate(default, "mine")
    assert not copied.assistant.is_default
    assert copied.versions.content == Content("mine", metadata={"x": 1})
    assert copy_content(FIRST, "b").metadata == FIRST.metadata


async def test_more_versions_than_a_page_are_all_read() -> None:
    server = AssistantServer()
    assistant_id = await made(server)
    for number in range(120):
        await server.update_assistant(assistant_id, {"description": f"d{number}"})
    versions = await server.controller().read(assistant_id)
    assert (len(versions.items), versions.newest) == (121, 121)


async def test_versions_that_cannot_be_had_cost_only_themselves() -> None:
    server = AssistantServer()
    assistant_id = await made(server)
    del server.versions[assistant_id]
    versions = await server.controller().read(assistant_id)
    assert versions.problem
    assert versions.content == FIRST


@pytest.mark.parametrize(
    ("kind", "content", "body"),
    [
        (PY, Content("a", context={"m": 1}, config={"tags": ["x"]}), {"context": {"m": 1}, "config": {"tags": ["x"]}}),
        (PY, Content("a"), {"context": {}, "config": {"configurable": {}}}),
        (PY, Content("a", config={"configurable": {"m": 1}}), {"context": {"m": 1}, "config": {}}),
        (JS, Content("a", context={"m": 1}, config={"configurable": {"k": 2}}),
         {"context": {"m": 1}, "config": {"configurable": {"k": 2}}}),
        (OLD, Content("a", context={"m": 1}, config={"configurable": {"k": 2}}),
         {"config": {"configurable": {"k": 2, "m": 1}}}),
    ],
)  # fmt: skip
def test_each_server_gets_settings_as_it_wants_them(kind: ServerKind, content: Content, body: dict[str, Any]) -> None:
    sent = body_of(content, FAMILIES[kind])
    assert {key: sent[key] for key in ("context", "config") if key in sent} == body


def test_settings_of_another_version_are_complete_or_say_what_sticks() -> None:
    now = Content(context={"model": "b", "prompt": "x", "free": 1})
    wanted = Content(context={"model": "a"}, config={"recursion_limit": 9, "tags": ["t"]})
    settings = run_settings(now, wanted, {"prompt": "default"})
    assert settings.context == {"model": "a", "prompt": "default"}
    assert (settings.config, settings.recursion_limit, settings.stuck) == ({"tags": ["t"]}, 9, ("free",))


@pytest.mark.parametrize(
    ("value", "part"),
    [([], ""), ({"name": "a", "metadata": []}, "metadata"), ({"name": " "}, "name"), ({"name": 1}, "name"),
     ({"name": "a", "contxt": {}}, "")],
)  # fmt: skip
def test_values_that_are_no_assistant_are_refused_in_words(value: Any, part: str) -> None:
    assert part in value_problems(value)
    assert all(words.endswith(".") for words in value_problems(value).values())


SETTINGS: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "model": {"enum": ["a", "b"], "default": "a"},
        "agent": {"$ref": "#/$defs/Agent"},
        "prompt": {"type": "string", "metadata": {"x_oap_ui_config": {"label": "The voice", "type": "textarea",
                                                                     "placeholder": "be kind", "default": "hi"}}},
    },
    "required": ["model"],
    "$defs": {"Agent": {"type": "object", "properties": {"steps": {"type": "integer", "minimum": 1}}}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "schemas", "group"),
    [(PY, Schemas(context=SETTINGS), "context"), (PY, Schemas(config=SETTINGS), "context"),
     (OLD, Schemas(config=SETTINGS), "configurable"), (JS, Schemas(config=SETTINGS), "configurable")],
)  # fmt: skip
def test_the_form_gives_back_what_it_was_given(kind: ServerKind, schemas: Schemas, group: str) -> None:
    from studio_tui.domain.form.values import assemble, texts_of

    settings = {"model": "b", "agent": {"steps": 3}, "extra": [1]}
    config: dict[str, Any] = {"config": {"configurable": settings, "tags": ["t"]}}
    where: dict[str, Any] = config if group == "configurable" else {"context": settings}
    content = content_from({"name": "n", "description": "two\nlines", "metadata": {"k": None}, **where})
    form = form_of(schemas, FAMILIES[kind])
    filled = texts_of(form.spec, form.value_of(content))
    assert filled.texts[f"/{group}/agent/steps"] == "3"
    typed = assemble(form.spec, filled.texts, filled.rest).value
    assert settled(content_from(form.plain(typed)), FAMILIES[kind]) == content
    assert form.defaults == {"model": "a"}
    prompt = next(item for item in form.spec.fields if item.name == "prompt")
    assert (prompt.label, prompt.placeholder, prompt.default) == ("The voice", "be kind", "hi")
    assert form.problems({"name": "n", "metadata": 1}) == {"/metadata": "metadata must be an object, such as {}."}


def test_a_graph_without_a_schema_still_has_a_form() -> None:
    form = form_of(Schemas(problem="The server gives no schemas: 500"), FAMILIES[PY])
    assert [item.key for item in form.spec.fields] == ["/name", "/description", "/context", "/config", "/metadata"]
    assert "500" in form.problem
