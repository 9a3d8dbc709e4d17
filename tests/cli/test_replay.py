"""`--record` and `replay`: what was recorded is told again without a server, in the studio and as text."""

from __future__ import annotations

import errno
import io
import json
from pathlib import Path
from typing import Any

import pytest

from studio_tui.cli.main import main
from studio_tui.cli.output.stdout import Output
from studio_tui.client.store import StoreEndpoints
from studio_tui.client.target import Target
from studio_tui.core.recording.replay import BASE_URL, Offline
from studio_tui.core.studio import Studio
from studio_tui.domain.assistant import Schemas
from studio_tui.errors import ReadOnlyError, UnsupportedError
from studio_tui.ui.app.app import StudioApp
from studio_tui.ui.contracts.options import UiOptions
from tests.cli.cli_host import Cli, CliServer
from tests.core.fakes import THREAD, FakeRun
from tests.core.recording.test_recorder import recorded_server
from tests.ui.harness import screen_text, wait_until


@pytest.fixture
def recording(cli: Cli, cli_server: CliServer, tmp_path: Path) -> Path:
    """A run, recorded by the command line."""
    source = recorded_server()
    cli_server.heads, cli_server.histories = source.heads, source.histories
    cli_server.thread_rows = source.thread_rows
    cli_server.scripts = source.scripts
    file = tmp_path / "run.jsonl"
    done = cli("run", "demo", "--input", "{}", "--record", str(file))
    assert file.exists(), done.err
    return file


def test_a_recording_is_printed_as_the_run_was(cli: Cli, cli_server: CliServer, recording: Path) -> None:
    cli_server.calls.clear()
    told = cli("replay", str(recording))
    assert "nothing runs, nothing is sent" in told.err
    assert "continue with" not in told.err
    rows = cli("replay", str(recording), "--format", "jsonl").rows
    assert [row["type"] for row in rows][:1] == ["run_started"]
    assert rows[-1]["type"] == "result"
    assert cli("replay", str(recording), "--format", "json").json["thread_id"] == THREAD
    assert cli_server.calls == []  # the server is not asked for anything


def test_a_recording_is_never_written_over(cli: Cli, cli_server: CliServer, recording: Path) -> None:
    before = recording.read_bytes()
    cli_server.bodies.clear()
    done = cli("run", "demo", "--input", "{}", "--record", str(recording))
    assert done.code == 2
    assert cli_server.started == []
    assert recording.read_bytes() == before


@pytest.mark.parametrize("content", [None, "", "{}\n", "not json"])
def test_what_is_no_recording_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    file = tmp_path / "other.jsonl"
    if content is not None:
        file.write_text(content)
    assert main(["replay", str(file)]) == 2
    assert "error:" in capsys.readouterr().err


async def test_what_a_recording_does_not_hold_is_said_and_writes_are_refused(recording: Path) -> None:
    offline = Offline(recording, 0)
    client: Any = offline.make_client(offline.target())
    with pytest.raises(UnsupportedError):
        await client.family(StoreEndpoints).store_namespaces()
    for write in ("update_state", "store_put", "set_assistant_version", "prune_threads"):
        with pytest.raises(ReadOnlyError):
            await getattr(client, write)(THREAD, {})
    info = await client.probe()
    assert not info.can("store").works
    assert not info.can("thread_stream").works


def test_a_server_visited_from_a_recording_is_the_server_itself(recording: Path) -> None:
    offline = Offline(recording, 0)
    assert type(offline.make_client(Target("http://127.0.0.1:9"))).__name__ != "ReplayClient"
    assert offline.target().base_url == BASE_URL


async def test_the_studio_opens_it_offline_and_read_only(recording: Path) -> None:
    offline = Offline(recording, 0)
    studio = Studio(client_factory=offline.make_client)
    app = StudioApp(studio, UiOptions(target=offline.target(), offline=offline, thread=offline.thread_id or ""))
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_until(pilot, lambda: studio.app_state.thread_id == THREAD and "READONLY" in screen_text(app))
        assert "replay run.jsonl" in screen_text(app)
        await wait_until(pilot, lambda: studio.app_state.run is not None and not studio.app_state.run.phase.is_live)
        assert studio.app_state.readonly


def test_deep_values_are_rows_and_recorded(cli: Cli, cli_server: CliServer, tmp_path: Path) -> None:
    deep: Any = "core"
    for _ in range(400):
        deep = {"a": [deep]}
    cli_server.schemas_answer = Schemas("demo", deep)
    cli_server.scripts = [
        FakeRun(
            [(mode, json.dumps({"a": {"d": deep}}), str(n)) for n, mode in enumerate(("values", "custom", "updates"))]
        )
    ]
    file = tmp_path / "deep.jsonl"
    done = cli("run", "demo", "--input", "{}", "--format", "jsonl", "--record", str(file))
    assert "failed:" not in done.err, done.err[-2000:]
    assert done.rows[-1]["type"] == "result"
    assert '"schemas"' in file.read_text()


def test_a_reader_that_leaves_ends_the_printing_without_a_trace(
    cli: Cli, cli_server: CliServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    written: list[str] = []

    def write(_: Output, text: str) -> None:
        if written:
            raise BrokenPipeError
        written.append(text)

    monkeypatch.setattr(Output, "_write", write)
    cli_server.scripts = recorded_server().scripts
    assert cli("run", "demo", "--input", "{}", "--format", "jsonl").code == 0
    assert len(written) == 1
    assert [record.getMessage() for record in caplog.records] == []


def test_a_full_disk_costs_the_recording_and_not_the_run(
    cli: Cli, cli_server: CliServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            if self.tell() > 500:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(text)

    cli_server.scripts = recorded_server().scripts
    opened = Path.open
    monkeypatch.setattr(
        Path, "open", lambda self, *args, **more: Full() if "w" in args else opened(self, *args, **more)
    )
    done = cli("run", "demo", "--input", "{}", "--record", str(tmp_path / "full.jsonl"))
    assert "failed:" not in done.err, done.err
    assert "is incomplete: No space left on device" in done.err
    assert "run " in done.err
