"""The command line against the real development server: what it prints where, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from studio_tui.cli.main import main
from tests.by_command import Cli

pytestmark = pytest.mark.server

WEATHER = json.dumps({"messages": [{"role": "user", "content": "what's the weather in sf"}]})
TRIP = json.dumps({"messages": [{"role": "user", "content": "Plan a weekend in Rome"}]})


def test_a_run_is_data_on_stdout_and_narration_on_stderr(cli: Cli) -> None:
    done = cli("run", "travel_agent", "--input", WEATHER)
    assert done.code == 0
    assert "San Francisco" in done.out
    assert "tools" in done.out
    assert "\x1b" not in done.out
    assert "run " in done.err
    assert "done after" in done.err


def test_json_lines_are_versioned_and_end_with_the_truth(cli: Cli) -> None:
    done = cli("run", "travel_agent", "--input", WEATHER, "--format", "jsonl")
    assert {row["v"] for row in done.rows} == {1}
    kinds = [row["type"] for row in done.rows]
    assert kinds[0] == "run_started"
    assert "message_delta" in kinds
    assert "task_finished" in kinds
    assert "unknown_event" not in kinds
    last = done.rows[-1]
    assert (last["type"], last["phase"]) == ("result", "done")
    thread = cli("state", last["thread_id"], "--format", "json").json
    assert thread["values"] == last["values"]
    assert {"values", "next", "tasks", "checkpoint", "metadata"} <= set(thread)


@pytest.mark.parametrize("mode", ["debug", "updates", "messages", "messages-tuple", "events", "custom", "values"])
def test_every_mode_alone_is_followed_to_the_right_end(cli: Cli, mode: str) -> None:
    done = cli("run", "travel_agent", "--input", WEATHER, "--stream-mode", mode, "--format", "json")
    assert done.code == 0
    assert done.json["phase"] == "done"
    assert done.json["values"]["messages"][-1]["type"] == "ai"
    assert "may be missing" not in done.err


def test_an_interrupt_is_exit_code_5_and_can_be_answered(cli: Cli) -> None:
    paused = cli("run", "trip_planner", "--input", TRIP, "--format", "json")
    assert (paused.code, paused.json["phase"]) == (5, "interrupt")
    assert len(paused.json["interrupts"]) == 1
    assert "studio-tui resume" in paused.err
    thread = paused.json["thread_id"]
    assert thread in cli("threads", "ls", "--status", "interrupted", "--limit", "100").out
    answered = cli("resume", thread, "true", "--id", paused.json["interrupts"][0]["id"], "--format", "json")
    assert (answered.code, answered.json["phase"]) == (0, "done")
    again = cli("resume", thread, "true")
    assert again.code == 4


def test_a_breakpoint_is_told_apart_from_an_interrupt(cli: Cli) -> None:
    paused = cli("run", "travel_agent", "--input", WEATHER, "--interrupt-before", "tools", "--format", "json")
    assert (paused.code, paused.json["phase"], paused.json["next"]) == (5, "breakpoint", ["tools"])
    done = cli("resume", paused.json["thread_id"], "--format", "json")
    assert (done.code, done.json["phase"]) == (0, "done")


def test_a_failed_run_is_exit_code_1_with_the_whole_error(cli: Cli) -> None:
    done = cli("run", "flaky_pipeline", "--input", '{"fail_at": "transform"}', "--format", "json")
    assert (done.code, done.json["phase"]) == (1, "failed")
    assert done.json["error"]["message"]
    assert done.json["error"]["message"].splitlines()[0] in done.err


def test_a_background_run_can_be_followed_late_and_cancelled(cli: Cli) -> None:
    started = cli("run", "long_countdown", "--input", '{"count": 400, "seconds": 0.05}', "--background", "--format", "json").json  # fmt: skip  # noqa: E501
    ended = cli("cancel", started["thread_id"], "--format", "json")
    assert ended.code == 0
    assert [run["status"] for run in ended.json] == ["interrupted"]
    assert cli("cancel", started["thread_id"]).code == 4
    assert cli("tail", started["thread_id"]).code == 4


def test_threads_are_made_copied_shown_and_deleted(cli: Cli) -> None:
    thread = cli("threads", "new", "--metadata", '{"title": "kept"}').out.strip()
    assert cli("threads", "show", thread, "--format", "json").json["thread"]["metadata"]["title"] == "kept"
    refused = cli("threads", "rm", thread)
    assert refused.code == 2
    assert "--yes" in refused.err
    assert cli("threads", "rm", thread, "--yes").code == 0
    gone = cli("threads", "show", thread)
    assert gone.code == 4
    assert gone.out == ""


def test_a_part_of_the_state_can_be_asked_for(cli: Cli) -> None:
    thread = cli("run", "travel_agent", "--input", WEATHER, "--format", "json").json["thread_id"]
    assert "San Francisco" in cli("state", thread, "--path", "values.messages[-1].content").out
    assert cli("state", thread, "--path", "values.nothing").code == 4
    assert cli("state", thread, "--path", "values.[").code == 2
    history = cli("history", thread, "--format", "json").json
    assert [item["metadata"]["source"] for item in history][-1] == "input"
    first = cli("state", thread, "--at", history[-1]["checkpoint"]["checkpoint_id"], "--format", "json").json
    assert first["checkpoint"]["checkpoint_id"] == history[-1]["checkpoint"]["checkpoint_id"]


@pytest.mark.parametrize("format_", ["text", "ascii", "svg", "mermaid", "dot", "json", "layout"])
def test_a_graph_is_printed_in_every_format(cli: Cli, format_: str) -> None:
    done = cli("graph", "trip_planner", "--xray", "--format", format_)
    assert done.code == 0
    assert "authorize_payment" in done.out
    if format_ in ("json", "layout"):
        assert isinstance(done.json, dict)


def test_a_saved_graph_is_drawn_without_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "graph.json"
    saved.write_text(json.dumps({"nodes": [{"id": "__start__"}, {"id": "日本語"}], "edges": [{"source": "__start__", "target": "日本語"}]}))  # fmt: skip  # noqa: E501
    assert main(["graph", "x", "--file", str(saved), "--base-url", "http://127.0.0.1:9"]) == 0
    assert "日本語" in capsys.readouterr().out
    assert main(["graph", "x", "--file", str(tmp_path / "none.json")]) == 4
    saved.write_text("{")
    assert main(["graph", "x", "--file", str(saved)]) == 2


def test_doctor_finds_the_server_in_order_and_says_what_works(cli: Cli) -> None:
    report = cli("doctor", "--json").json
    verdicts = {item["check"]: item["verdict"] for item in report["findings"]}
    assert report["ok"] is True
    assert list(verdicts)[:4] == ["proxy", "DNS", "TCP", "server"]
    assert verdicts["streaming"] == "ok"
    assert "fail" not in verdicts.values()


def test_info_names_paths_and_never_a_secret(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGSMITH_API_KEY", "sk-very-secret")
    done = cli("info")
    assert "x-api-key" in done.out
    assert "config.toml" in done.out
    assert "sk-very-secret" not in done.out + done.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("run", "nobody", "--input", "{}"), 4),
        (("run", "travel_agent", "--input", "{oops"), 2),
        (("run", "travel_agent"), 2),
        (("run", "travel_agent", "--input", "@/nowhere/input.json"), 2),
        (("state", "01a20000-0000-7000-8000-00000000dead"), 4),
        (("state", "not-an-id"), 4),
        (("cancel", "01a20000-0000-7000-8000-00000000dead"), 4),
        (("threads", "ls", "--limit", "0"), 2),
    ],
)
def test_what_cannot_be_done_is_said_and_coded(cli: Cli, words: tuple[str, ...], code: int) -> None:
    done = cli(*words)
    assert done.code == code
    assert done.out == ""
    assert done.err.strip()
    assert "Traceback" not in done.err


def test_read_only_refuses_to_write(cli: Cli) -> None:
    for words in (("threads", "new"), ("run", "travel_agent", "--input", WEATHER)):
        done = cli(*words, "--readonly")
        assert done.code == 2
        assert "read-only" in done.err.lower()
    assert cli("threads", "ls", "--readonly").code == 0


def test_ctrl_c_stops_the_run_on_the_server(server: str) -> None:
    command = [sys.executable, "-m", "studio_tui", "run", "long_countdown", "--base-url", server, "--format", "jsonl"]
    process = subprocess.Popen(
        [*command, "--input", '{"count": 900, "seconds": 0.05}'],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    assert first["type"] == "run_started"
    process.send_signal(2)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "the server says: cancelled" in err


def test_help_and_version_need_no_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    with pytest.raises(SystemExit) as left:
        main(["run", "--help"])
    assert left.value.code == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("Examples:")
