"""How to run in the background, check the status of threads, copy threads, run on a schedule and without a thread."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from studio_tui.domain.run import Phase
from studio_tui.ui.kit.forms.form import SchemaForm
from tests.server.driven import Driven
from tests.server.howto.conftest import Cli, Open, message
from tests.server.howto.test_human_in_the_loop import checkpoints, messages, thread_of

pytestmark = pytest.mark.server

WEATHER = "what's the weather in sf"


async def test_a_background_run_by_keys(studio: Open, api: httpx.Client) -> None:
    async with studio() as it:
        await it.type("search slowly")
        await it.command("background")
        await it.sees("goes on in the background")
        thread_id = thread_of(it)
        [run] = api.get(f"/threads/{thread_id}/runs").json()  # noqa: ASYNC212
        assert run["status"] in ("pending", "running")
        await it.command(f"join {run['run_id']}")
        assert await it.ends() is Phase.DONE
        assert messages(api, thread_id)[-1]["content"].startswith("I found this.")
        await it.command("runs")
        await it.sees("✓ done")


def test_a_background_run_by_command_line(cli: Cli, api: httpx.Client) -> None:
    thread_id = cli("threads", "new").out.strip()
    assert cli("threads", "show", thread_id, format="json").json["runs"] == []
    cli("run", "agent", "--thread", thread_id, "--input", message("search slowly"), "--background")
    [run] = cli("threads", "show", thread_id, format="json").json["runs"]
    assert run["status"] in ("pending", "running")
    assert "I found this." in cli("tail", thread_id, run["run_id"]).out
    [run] = cli("threads", "show", thread_id, format="json").json["runs"]
    assert run["status"] == "success"
    assert messages(api, thread_id)[-1]["content"].startswith("I found this.")


def thread_with(api: httpx.Client, status: str, mark: str) -> str:
    """Make a thread that has the status `status` by what happened on it; `mark` is in its metadata."""
    thread_id = str(api.post("/threads", json={"metadata": {"mark": mark}}).json()["thread_id"])
    body: dict[str, Any] = {"assistant_id": "agent", "input": json.loads(message(WEATHER))}
    if status == "busy":
        body["input"] = json.loads(message("search very slowly"))
        api.post(f"/threads/{thread_id}/runs", json=body)
    else:
        stop = {"interrupt_before": ["action"]} if status == "interrupted" else {}
        api.post(f"/threads/{thread_id}/runs/wait", json={**body, **stop})
    return thread_id


STATUSES = ("idle", "interrupted", "busy")


async def test_the_status_of_threads_by_keys(studio: Open, api: httpx.Client) -> None:
    mark = f"m{uuid.uuid4().hex[:8]}"  # never all digits, which would be a number
    made = {status: thread_with(api, status, mark) for status in STATUSES}
    async with studio() as it:
        for status in reversed(STATUSES):
            await it.command(f"threads mark={mark} status={status}")
            await it.sees(made[status][-4:])
            assert not [other for other, one in made.items() if other != status and one[-4:] in it.text]
            await it.press("escape", "escape")  # the filter first
            await it.until(lambda: it.app.screen is it.app.studio_screen, "the studio")
        await it.command(f"thread {made['interrupted']}")
        await it.until(lambda: it.studio.app_state.thread_id == made["interrupted"], "the thread")
        await it.sees("PAUSED before action")
    stop(api, made["busy"])


def stop(api: httpx.Client, thread_id: str) -> None:
    """Cancel what runs on the thread."""
    for run in api.get(f"/threads/{thread_id}/runs").json():
        api.post(f"/threads/{thread_id}/runs/{run['run_id']}/cancel")


def test_the_status_of_threads_by_command_line(cli: Cli, api: httpx.Client) -> None:
    mark = f"m{uuid.uuid4().hex[:8]}"  # never all digits, which would be a number
    made = {status: thread_with(api, status, mark) for status in STATUSES}
    where = ("--metadata", json.dumps({"mark": mark}))
    for status in reversed(STATUSES):
        found = cli("threads", "ls", "--status", status, *where, format="json").json
        assert [item["thread_id"] for item in found] == [made[status]]
    assert cli("threads", "show", made["idle"], format="json").json["thread"]["status"] == "idle"
    assert len(cli("threads", "ls", *where, format="json").json) == len(STATUSES)
    stop(api, made["busy"])


async def test_a_thread_is_copied_by_keys(studio: Open, api: httpx.Client) -> None:
    mark = f"m{uuid.uuid4().hex[:8]}"  # never all digits, which would be a number
    thread_id = thread_with(api, "idle", mark)
    async with studio() as it:
        await it.command(f"threads mark={mark}")
        await it.sees(thread_id[-4:])
        await it.press("c")
        await it.until(lambda: len(marked(api, mark)) == 2, "the copy")
        [copied] = [one for one in marked(api, mark) if one != thread_id]
        assert checkpoints(api, copied) == checkpoints(api, thread_id) > 3
        assert messages(api, copied) == messages(api, thread_id)
        await it.sees(copied[-4:])


def marked(api: httpx.Client, mark: str) -> list[str]:
    """The threads with this mark in their metadata."""
    return [item["thread_id"] for item in api.post("/threads/search", json={"metadata": {"mark": mark}}).json()]


def test_a_thread_is_copied_by_command_line(cli: Cli, api: httpx.Client) -> None:
    thread_id = cli("threads", "new").out.strip()
    cli("run", "agent", "--thread", thread_id, "--input", message(WEATHER))
    copied = cli("threads", "copy", thread_id).out.strip()
    assert copied != thread_id

    def told(of: str) -> list[tuple[str, Any]]:
        history = cli("history", of, format="json").json
        return [(item["checkpoint"]["checkpoint_id"], item["values"]) for item in history]

    assert told(copied) == told(thread_id)
    cli("run", "agent", "--thread", copied, "--input", message("hello"))
    assert len(messages(api, copied)) == len(messages(api, thread_id)) + 2


async def test_crons_by_keys(studio: Open, api: httpx.Client) -> None:
    minute = 27 + uuid.uuid4().int % 30
    thread_id = api.post("/threads", json={}).json()["thread_id"]  # noqa: ASYNC212
    async with studio() as it:
        await it.command(f"thread {thread_id}")
        await it.until(lambda: it.studio.app_state.thread_id == thread_id, "the thread")
        for stateless in (False, True):
            await it.command("crons")
            await it.sees("Crons")
            await it.press("A")
            await it.sees("New cron")
            await it.type(f"{minute} 15 * * *")
            await it.sees(f"at 15:{minute}")
            await it.press("tab", "tab", "tab")
            if not stateless:
                await it.type(thread_id)
            await it.press("ctrl+s")
            await it.until(lambda: len(crons_at(api, minute)) == 1, "the cron")
            [cron] = crons_at(api, minute)
            assert (cron["thread_id"] is None) == stateless
            await it.press("D")
            await it.sees("Delete the cron?")
            await it.press("y")
            await it.until(lambda: not crons_at(api, minute), "no cron")
            await it.press("escape")


def crons_at(api: httpx.Client, minute: int) -> list[dict[str, Any]]:
    """The crons that fire at this minute after three."""
    found: list[dict[str, Any]] = api.post("/runs/crons/search", json={"limit": 100}).json()
    return [item for item in found if item["schedule"] == f"{minute} 15 * * *"]


def test_crons_by_command_line(cli: Cli, api: httpx.Client) -> None:
    minute = 27 + uuid.uuid4().int % 30
    schedule, asked = f"{minute} 15 * * *", ("--input", message("What time is it?"))
    thread_id = cli("threads", "new").out.strip()
    for where in (("--thread", thread_id), ()):
        said = cli("crons", "create", "agent", schedule, *asked, *where)
        assert f"15:{minute}" in said.err
        [cron] = crons_at(api, minute)
        assert cron["thread_id"] == (thread_id if where else None)
        assert cron["cron_id"] in [item["cron_id"] for item in cli("crons", "ls", format="json").json]
        cli("crons", "rm", cron["cron_id"], "--yes")
        assert not crons_at(api, minute)


async def test_a_stateless_run_by_keys(studio: Open, api: httpx.Client) -> None:
    async with studio() as it:
        await set_option(it, "/stateless", "space")
        asked = uuid.uuid4().hex
        await it.say(f"hello {asked}")
        await it.until(lambda: it.phase is Phase.DONE, "the end of the run")
        await it.panel("5")
        await it.sees("message number 1")
        assert it.studio.app_state.thread_id is None
        assert not kept(api, asked)


def kept(api: httpx.Client, text: str) -> list[str]:
    """The threads whose state holds this text."""
    threads = api.post("/threads/search", json={"limit": 100}).json()
    return [item["thread_id"] for item in threads if text in json.dumps(item)]


async def set_option(it: Driven, key: str, *keys: str) -> None:
    """Open the run options with their key, go to one field, press `keys` there, apply."""
    await it.press("ctrl+o")
    await it.until(lambda: bool(it.app.screen.query("#options-form")), "the form")
    form = it.app.screen.query_one("#options-form", SchemaForm)
    await it.until(lambda: form.focus_field(key) and form.has_focus_within, "the field")
    await it.press(*keys)
    await it.press("ctrl+s")
    await it.until(lambda: it.app.screen is it.app.studio_screen, "the studio")


def test_a_stateless_run_by_command_line(cli: Cli, api: httpx.Client) -> None:
    asked = uuid.uuid4().hex
    said = cli("run", "agent", "--stateless", "--input", message(f"hello {asked}"))
    assert "message number 1" in said.out
    assert not kept(api, asked)


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A listener: its URL, and the bodies that were posted to it."""
    heard: list[dict[str, Any]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/my-webhook-endpoint", heard
        server.shutdown()


async def test_a_webhook_by_keys(studio: Open, webhook: tuple[str, list[dict[str, Any]]]) -> None:
    url, heard = webhook
    async with studio() as it:
        await set_option(it, "/webhook", *url)
        await it.say("Hello!")
        assert await it.ends() is Phase.DONE
        await it.until(lambda: bool(heard), "the call of the webhook")
        run = it.studio.app_state.run
        assert run is not None
        assert heard[0]["run_id"] == run.run_id


def test_a_webhook_by_command_line(cli: Cli, webhook: tuple[str, list[dict[str, Any]]]) -> None:
    url, heard = webhook
    thread_id = cli("threads", "new").out.strip()
    cli(
        "run", "agent", "--thread", thread_id, "--input", message("Hello!"), "--stream-mode", "events", "--webhook", url
    )
    deadline = time.monotonic() + 20
    while not heard and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [(body["thread_id"], body["status"]) for body in heard] == [(thread_id, "success")]
