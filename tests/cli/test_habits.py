"""Habits of a shell: completion, what may be meant, runs and old threads, a forest of checkpoints, saved graphs."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from studio_tui.cli.commands import cancel as cancelling
from studio_tui.cli.commands import runs
from studio_tui.cli.grammar.completions import script, walk
from studio_tui.cli.grammar.parser import build_parser
from studio_tui.core.connection.timings import Timings
from studio_tui.core.runs import stopping
from studio_tui.domain.ids import RunId, ThreadId
from studio_tui.domain.thread import RunInfo, Thread, ThreadStatus
from studio_tui.errors import NotFoundError, RejectedError, UnsupportedError
from studio_tui.wire.decode import run_info_of
from studio_tui.wire.decode_state import checkpoint_of
from tests.cli.cli_host import Cli, CliServer, assistant, paused
from tests.core.fakes import OTHER, THREAD

NOW = "2026-01-02T03:04:05+00:00"
BASH = """
source {script}
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); _studio_tui; printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(folder: Path, *words: str) -> list[str]:
    """What bash offers for the last word."""
    file = folder / "completion.bash"
    file.write_text(script("bash"))
    quoted = " ".join(f"'{word}'" for word in ("studio-tui", *words))
    text = BASH.format(script=file, words=quoted)
    done = subprocess.run(["bash", "--norc", "-c", text], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("r",), {"run", "resume", "runs", "replay"}),
        (("threads", "pr"), {"prune"}),
        (("run", "a", "--interrupt-"), {"--interrupt-before", "--interrupt-after"}),
        (("run", "--stream-mode", "c"), {"custom", "checkpoints"}),
        (("--base-url", "run", "threads", "n"), {"new"}),  # the value of a flag is no command
        (("completion", ""), {"bash", "zsh", "fish"}),
        (("run", "a", "--multitask", ""), {"reject", "enqueue", "interrupt", "rollback"}),
        (("assistants", "update", "x", "--desc"), {"--description"}),
        (("nosuch", "--"), set()),
    ],
)
def test_bash_completes_commands_flags_and_choices(tmp_path: Path, words: tuple[str, ...], offered: set[str]) -> None:
    found = set(completed(tmp_path, *words))
    assert found == offered if offered else found  # an unknown command leaves the flags of the program


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_and_flag_of_the_grammar_is_in_the_script(cli: Cli, shell: str, tmp_path: Path) -> None:
    done = cli("completion", shell)
    assert done.code == 0
    for command in walk(build_parser(), ()):
        for name, _ in command.verbs:
            assert name in done.out
        for flag in command.flags:
            assert all(name.lstrip("-") in done.out for name in flag.names)
    if shutil.which(shell):
        (tmp_path / "script").write_text(done.out)
        checked = subprocess.run([shell, "-n", str(tmp_path / "script")], capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "what", "near"),
    [
        (("rnu", "x"), "There is no command `rnu`", "Did you mean run?"),
        (("thread", "ls"), "There is no command `thread`", "Did you mean threads?"),
        (("threads", "lss"), "`lss`", "Did you mean ls?"),
        (("run", "a", "--thred", "x"), "There is no flag `--thred`", "Did you mean --thread?"),
        (("--asistant", "x"), "There is no flag `--asistant`", "Did you mean --assistant?"),
        (("run", "a", "--multitask", "enque"), "--multitask cannot be `enque`", "Did you mean enqueue?"),
        (("qqqqqq",), "There is no command `qqqqqq`; there are: demo", "Try: studio-tui --help"),
        (("run", "a", "b"), "There is no place for `b`", "Try: studio-tui run --help"),
    ],
)
def test_a_slip_is_answered_with_what_may_be_meant(cli: Cli, words: tuple[str, ...], what: str, near: str) -> None:
    done = cli(*words)
    assert (done.code, done.out) == (2, "")
    assert what in done.err
    assert near in done.err
    assert done.err.splitlines()[-1].startswith(("Try: studio-tui", "error"))


def run_row(number: int, status: str = "success") -> Any:
    info = run_info_of({
        "run_id": f"0199aaaa-0000-7000-8000-00000000000{number}", "thread_id": THREAD, "assistant_id": "a",
        "status": status, "created_at": f"2026-01-02T03:04:0{number}+00:00", "updated_at": NOW, "kwargs": {},
    })  # fmt: skip
    assert info is not None
    return info


@pytest.fixture
def three(cli_server: CliServer) -> ThreadId:
    paused(cli_server)
    cli_server.runs_of[THREAD] = [run_row(3, "running"), run_row(2, "error"), run_row(1)]
    return THREAD


def test_runs_are_listed_shown_and_filtered(cli: Cli, three: ThreadId) -> None:
    listed = cli("runs", "ls", three)
    assert [line.split()[1] for line in listed.out.splitlines()] == ["running", "error", "success"]
    assert [row["status"] for row in cli("runs", "ls", three, "--format", "json", "--status", "error").json] == [
        "error"
    ]
    assert {row["v"] for row in cli("runs", "ls", three, "--format", "jsonl").rows} == {1}
    shown = cli("runs", "show", three, run_row(1).run_id, "--format", "json").json
    assert (shown["run_id"], shown["status"]) == (run_row(1).run_id, "success")
    assert cli("runs", "show", three, "0199aaaa").code == 2  # short for several
    assert cli("runs", "show", three, "ffff").code == 4


def test_only_ended_runs_are_deleted_and_only_with_a_yes(cli: Cli, cli_server: CliServer, three: ThreadId) -> None:
    live, ended = run_row(3).run_id, run_row(1).run_id
    refused = cli("runs", "rm", three, ended)
    assert (refused.code, cli_server.writes) == (2, [])
    assert "--yes" in refused.err
    done = cli("runs", "rm", three, live, ended, "--yes")
    assert done.code == 1
    assert "has not ended" in done.err
    assert "Cancel it first.\n" in done.err  # without a key of the terminal UI
    assert cli_server.writes == [("delete_run", ended)]


def let_cancel(cli_server: CliServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the server end the runs of its lists that it is asked to cancel."""

    async def cancel(thread_id: ThreadId, run_id: RunId, **_: Any) -> None:
        cli_server.writes.append(("cancel_run", run_id))
        rows = cli_server.runs_of[thread_id]
        cli_server.runs_of[thread_id] = [
            replace(item, status="interrupted", raw={**item.raw, "status": "interrupted"})
            if item.run_id == run_id
            else item
            for item in rows
        ]

    monkeypatch.setattr(cli_server, "cancel_run", cancel)


@pytest.mark.parametrize("command", [("cancel",), ("runs", "cancel")])
def test_all_live_runs_of_a_thread_are_cancelled_however_long_its_list_is(
    cli: Cli, cli_server: CliServer, three: ThreadId, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    let_cancel(cli_server, monkeypatch)
    ids = [RunId(f"0199bbbb-0000-7000-8000-{number:012}") for number in range(110)]
    cli_server.runs_of[three] = [replace(run_row(1, "running"), run_id=run_id) for run_id in ids]
    assert cli(*command, three).code == 0
    assert cli_server.writes == [("cancel_run", run_id) for run_id in ids]


def test_runs_are_cancelled_and_what_the_server_says_is_told(
    cli: Cli, cli_server: CliServer, three: ThreadId, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_cancel(cli_server, monkeypatch)
    done = cli("runs", "cancel", three, "--format", "json")
    assert done.code == 0
    assert [row["status"] for row in done.json] == ["interrupted"]
    assert cli_server.writes == [("cancel_run", run_row(3).run_id)]
    assert cli("runs", "cancel", three).code == 4
    over = cli("runs", "cancel", three, run_row(3).run_id, "--rollback")  # nothing is deleted: nothing is asked
    assert (over.code, len(cli_server.writes)) == (0, 1)
    assert "had ended before" in over.err


@pytest.mark.parametrize("command", [("cancel",), ("runs", "cancel")])
def test_a_run_that_is_rolled_back_is_asked_for_once_and_told_to_be_gone(
    cli: Cli, cli_server: CliServer, three: ThreadId, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    reads: list[str] = []

    async def cancel(thread_id: ThreadId, run_id: RunId, *, action: str) -> None:
        cli_server.writes.append((action, run_id))
        reads.clear()

    async def run(_: ThreadId, run_id: RunId) -> RunInfo:
        reads.append(run_id)
        if len(reads) > 2:
            raise NotFoundError("No such run", status=404)
        found: RunInfo = replace(run_row(3), status="interrupted")
        return found  # it is deleted a moment after its end

    live = run_row(3).run_id
    monkeypatch.setattr(stopping, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(cli_server, "run", run)
    monkeypatch.setattr(cli_server, "cancel_run", cancel)
    refused = cli(*command, three, "--rollback")
    assert (refused.code, cli_server.writes) == (2, [])
    kept = list(cli_server.runs_of[three])
    for form in ("text", "json"):
        cli_server.runs_of[three] = list(kept)
        done = cli(*command, three, "--rollback", "--yes", "--format", form)
        assert done.code == 0
        if form == "json":
            assert done.json == [{"run_id": live, "thread_id": three, "status": "gone"}]
        else:
            assert "gone: rolled back" in done.out + done.err
            assert "running" not in done.out
            assert "interrupted" not in done.out
    assert cli_server.writes == [("rollback", live)] * 2
    cli_server.runs_of[three] = list(kept)
    for module in (cancelling, runs):  # the run is still there by then
        monkeypatch.setattr(module, "TIMINGS", Timings(booking=0.001))
    stays = cli(*command, three, "--rollback", "--yes")
    assert stays.code == 1
    assert "is not rolled back: the server still has it" in stays.err


@pytest.fixture
def old_threads(cli_server: CliServer) -> tuple[ThreadId, ThreadId]:
    cli_server.thread_rows = {
        THREAD: Thread(THREAD, ThreadStatus.IDLE, updated_at=1.0, raw={"thread_id": THREAD}),
        OTHER: Thread(OTHER, ThreadStatus.BUSY, updated_at=1.0, raw={"thread_id": OTHER}),
    }
    return THREAD, OTHER


def test_old_threads_are_pruned_busy_ones_are_not(cli: Cli, cli_server: CliServer, old_threads: Any) -> None:
    words = ("threads", "prune", "--older-than", "30d")
    assert [row["thread_id"] for row in cli(*words, "--dry-run", "--format", "json").json] == [THREAD]
    refused = cli(*words)
    assert (refused.code, cli_server.writes) == (2, [])
    done = cli(*words, "--yes")
    assert (done.code, cli_server.writes) == (0, [("prune_threads", ([THREAD], "delete"))])
    assert "1 busy thread left out" in done.err
    cli_server.writes.clear()
    assert cli("threads", "prune", THREAD, "--keep-latest", "--yes").code == 0
    assert cli_server.writes == [("prune_threads", ([THREAD], "keep_latest"))]


@pytest.mark.parametrize("words", [(), ("--older-than", "soon"), ("--older-than", "30"), ("--status", "busy")])
def test_a_prune_that_says_nothing_clear_is_refused(cli: Cli, cli_server: CliServer, words: tuple[str, ...]) -> None:
    assert cli("threads", "prune", *words, "--yes").code == 2
    assert cli_server.writes == []


def test_a_server_that_cannot_keep_the_newest_checkpoint_is_said_to_and_nothing_is_deleted(
    cli: Cli, cli_server: CliServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused(cli_server, next=("a",))

    async def refuse(*_: object, **__: object) -> int:
        raise RejectedError(
            "Not accepted: keep_latest strategy is not supported in in-memory runtime",
            "",
            "Change the request and send it again.",
            status=422,
        )

    monkeypatch.setattr(cli_server, "prune_threads", refuse)
    done = cli("threads", "prune", THREAD, "--keep-latest", "--yes")
    assert done.code == 2
    first, why, hint = done.err.splitlines()
    assert first == "error: This server cannot delete old checkpoints and keep the newest; nothing was deleted"
    assert "not supported in in-memory runtime" in why
    assert "Without --keep-latest" in hint
    assert cli_server.writes == []


def test_a_server_that_cannot_prune_has_its_threads_deleted_one_by_one(
    cli: Cli, cli_server: CliServer, old_threads: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lacks(*_: Any, **__: Any) -> None:
        raise UnsupportedError("This server cannot prune")

    monkeypatch.setattr(cli_server, "prune_threads", lacks)
    assert cli("threads", "prune", "--older-than", "1d", "--yes").code == 0
    assert cli_server.writes == [("delete_thread", THREAD)]
    assert cli("threads", "prune", THREAD, OTHER, "--keep-latest", "--yes").code != 0


def checkpoint(key: str, parent: str | None, source: str = "loop") -> Any:
    row: Any = {
        "values": {"n": key}, "next": [], "tasks": [], "metadata": {"step": int(key[-1]), "source": source},
        "checkpoint": {"thread_id": THREAD, "checkpoint_id": key, "checkpoint_ns": ""}, "created_at": NOW,
        "parent_checkpoint": {"checkpoint_id": parent} if parent else None,
    }  # fmt: skip
    return checkpoint_of(row, THREAD)


def test_history_is_a_forest_with_its_branches_and_parents(cli: Cli, cli_server: CliServer) -> None:
    paused(cli_server)
    cli_server.histories[THREAD] = [
        checkpoint("1f4", "1f1", "fork"), checkpoint("1f3", "1f2"), checkpoint("1f2", "1f1"),
        checkpoint("1f1", None, "input"),
    ]  # fmt: skip
    text = cli("history", THREAD).out.splitlines()
    assert [line[:5] for line in text] == ["●   1", "│ ● 1", "│ ● 1", "●─╯ 1"]
    assert [line.split("1f", 1)[1][0] for line in text] == ["4", "3", "2", "1"]
    assert "head" in text[0]
    assert cli("history", THREAD, "--ascii").out.splitlines()[3].startswith("*-' 1f1")
    found = cli("history", THREAD, "--format", "json").json
    assert [item["parent_checkpoint_id"] for item in found] == ["1f1", "1f2", "1f1", None]


def test_a_saved_graph_needs_no_name_and_no_server(cli: Cli, cli_server: CliServer, tmp_path: Path) -> None:
    saved = tmp_path / "graph.json"
    many = [{"id": f"node {number} {'x' * 400}"} for number in range(300)]
    saved.write_text(json.dumps({"nodes": many, "edges": []}))
    assert len(cli("graph", "--file", str(saved), "--format", "json").json["nodes"]) == len(many), "nothing is cut"
    saved.write_text(json.dumps({"nodes": [{"id": "plan"}], "edges": []}))
    assert cli("graph", "--file", str(saved), "--ascii", "--format", "layout").out.isascii()
    done = cli("graph", "--file", str(saved))
    assert done.code == 0
    assert "plan" in done.out
    assert cli_server.calls == []
    assert cli("graph").code == 0  # the server has one graph only
    cli_server.listed = [assistant("one"), assistant("two")]
    refused = cli("graph")
    assert refused.code == 2
    assert "one, two" in refused.err


def test_options_of_a_run_are_sent_as_they_are_given(cli: Cli, cli_server: CliServer) -> None:
    from tests.core.fakes import FakeRun, stamped

    cli_server.scripts.append(FakeRun(stamped(3)))
    done = cli(
        "run", "demo", "--input", "{}", "--webhook", "https://h/x", "--after-seconds", "5", "--durability", "sync",
        "--metadata", '{"k": 1}', "--multitask", "enqueue", "--recursion-limit", "7", "--config", '{"tags": ["t"]}',
        "--on-disconnect", "cancel", "--background",
    )  # fmt: skip
    assert done.code == 0
    body: Any = cli_server.started[0]
    assert body["webhook"] == "https://h/x"
    assert body["after_seconds"] == 5
    assert body["durability"] == "sync"
    assert body["on_disconnect"] == "cancel"
    assert body["metadata"]["k"] == 1
    assert body["multitask_strategy"] == "enqueue"
    assert body["config"] == {"tags": ["t"], "recursion_limit": 7}
    assert done.out.split() == [THREAD, "0199aaaa-0000-7000-8000-000000000001"]


@pytest.mark.parametrize(
    "words",
    [
        ("--webhook", "my.host"), ("--after-seconds", "-1"), ("--recursion-limit", "0"), ("--metadata", "[]"),
        ("--stateless", "--thread", THREAD), ("--stateless", "--checkpoint", "1f1"), ("--checkpoint", "1f1"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_are_refused(cli: Cli, cli_server: CliServer, words: tuple[str, ...]) -> None:
    assert cli("run", "demo", "--input", "{}", *words).code == 2
    assert cli_server.started == []
    assert cli_server.writes == []
