"""Builds the body of a run from what the user asked for, as this server spells it (PROTOCOL §6.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field

from studio_tui.domain.breakpoint import Breakpoints, When
from studio_tui.domain.checkpoint import Checkpoint
from studio_tui.domain.run_request import UNSET, RunRequest, Unset
from studio_tui.domain.server import ServerInfo
from studio_tui.errors import UnsupportedError, UsageError
from studio_tui.jsonkit.value import Json, JsonObject, as_object

OP_ID = "op_id"
"""The key in a run's metadata of the mark by which it is found again when the server's answer never came."""


class Setting(Struct, frozen=True):
    """What a request meets: the server, the graph's breakpoints, the thread's head."""

    server: ServerInfo
    assistant_id: str
    breakpoints: Breakpoints = field(default_factory=Breakpoints)
    head: Checkpoint | None = None
    op_id: str = ""


def build_body(request: RunRequest, setting: Setting) -> JsonObject:
    """Return the body; raises UnsupportedError or UsageError for what this server cannot do."""
    server = setting.server
    needed = server.can("stateless" if request.stateless else "runs")
    if not needed.works:
        other = server.can("runs" if request.stateless else "stateless").works
        how = "on a thread" if request.stateless else "without a thread (--stateless)"
        hint = f"Start it {how}." if other else "Use a server that has runs."
        raise UnsupportedError("This server cannot start such a run", needed.reason, hint)
    body: dict[str, Json] = {"assistant_id": setting.assistant_id}
    body.update(_what_to_run(request, setting))
    body["stream_mode"] = stream_modes(request.stream_modes, server)
    body["stream_subgraphs"] = True
    body["stream_resumable"] = True
    body["on_disconnect"] = request.on_disconnect
    if request.stateless:
        body["on_completion"] = "delete"
    else:
        body["multitask_strategy"] = request.multitask
        if body.get("input") is not None:
            body["if_not_exists"] = "create"  # what goes on is on a thread that is there: never on an empty one
        checkpoint = request.checkpoint or _head_to_send(request, setting)
        if checkpoint:
            body["checkpoint"] = checkpoint
    for when in ("before", "after"):
        nodes = _breakpoints(request, setting.breakpoints, when)
        if nodes:
            body[f"interrupt_{when}"] = nodes
    body.update(_config_and_context(request, server))
    body.update(_options(request, server))
    body["metadata"] = {**request.metadata, OP_ID: setting.op_id} if setting.op_id else dict(request.metadata)
    return body


def stream_modes(modes: tuple[str, ...], server: ServerInfo) -> list[str]:
    """Return the modes to ask this server for, so that the same panels fill."""
    wanted = [str(mode) for mode in dict.fromkeys(modes)]
    if not server.can("tasks_mode").works and {"tasks", "checkpoints"} & set(wanted):
        wanted = with_debug(wanted)
    if server.dialect.checkpoints_with_values and {"values", "messages"} & set(wanted) and "checkpoints" not in wanted:
        # With subgraphs, such servers fail on these two unless `checkpoints` is there (PROTOCOL §8).
        wanted.append("checkpoints")
    return wanted


def with_debug(modes: list[str]) -> list[str]:
    """Replace `tasks` and `checkpoints` by `debug`, which carries both."""
    kept = [mode for mode in modes if mode not in ("tasks", "checkpoints")]
    return kept if "debug" in kept else [*kept, "debug"]


def reduced_modes(body: JsonObject) -> JsonObject | None:
    """Return the body for a server that refused the stream modes, or None when there is nothing left to reduce."""
    modes = body.get("stream_mode")
    if not isinstance(modes, list) or not {"tasks", "checkpoints"} & set(modes):
        return None
    return {**body, "stream_mode": with_debug(modes)}


def _what_to_run(request: RunRequest, setting: Setting) -> Mapping[str, Json]:
    if request.command is not None:
        return {"command": request.command}
    if not isinstance(request.input, Unset):
        return {"input": request.input}
    can = setting.server.can("input_null")
    if can.works:
        return {"input": None}
    head = setting.head
    compiled = setting.server.dialect.resumes_breakpoints
    if compiled and head is not None and head.next and not head.pending_interrupts:
        return {"command": {"resume": True}}  # (PROTOCOL §11.3)
    raise UnsupportedError(
        "This server cannot continue a run without input",
        can.reason or "It refuses `input: null`.",
        "Answer the pending interrupt, or start a new run with input.",
    )


def _head_to_send(request: RunRequest, setting: Setting) -> JsonObject | None:
    """The head, for servers that would else start from an older checkpoint once used, or from none (PROTOCOL §12)."""
    dialect, head = setting.server.dialect, setting.head
    says_nothing = request.command is None and request.input is UNSET
    needed = dialect.head_with_every_run or (dialect.head_with_null_input and says_nothing)
    if not needed or head is None or head.checkpoint_id is None:
        return None
    return dict(head.ref) or None


def _breakpoints(request: RunRequest, marks: Breakpoints, when: When) -> list[str] | Literal["*"] | None:
    asked = request.interrupt_before if when == "before" else request.interrupt_after
    kept = marks.compile(when)
    if asked == "*" or kept == "*":
        return "*"
    names = sorted({*asked, *(kept or ())})
    return names or None


def _config_and_context(request: RunRequest, server: ServerInfo) -> Mapping[str, Json]:
    """Config and context; Python servers take the same values under one of the two names only."""
    config: dict[str, Json] = dict(request.config)
    if request.recursion_limit is not None:
        config["recursion_limit"] = request.recursion_limit
    context = dict(request.context)
    configurable = as_object(config.get("configurable"))
    if context and not server.dialect.takes_context:
        config["configurable"] = {**configurable, **context}
        context = {}
    elif context and configurable and server.dialect.mirrors_context:
        clash = sorted(key for key in configurable if key in context and configurable[key] != context[key])
        if clash:
            raise UsageError(
                "Config and context contradict each other",
                f"Both set: {', '.join(clash)}",
                "Set each value in one of the two; this server treats them as the same.",
            )
        context = {**configurable, **context}
        del config["configurable"]
    return {name: value for name, value in (("config", config), ("context", context)) if value}


def _options(request: RunRequest, server: ServerInfo) -> Mapping[str, Json]:
    found: dict[str, Json] = {}
    if request.durability is not None:
        if not server.dialect.takes_durability:
            found["checkpoint_during"] = request.durability != "exit"
        else:
            found["durability"] = request.durability
    if request.webhook:
        found["webhook"] = request.webhook
    if request.after_seconds is not None:
        found["after_seconds"] = request.after_seconds
    return found
