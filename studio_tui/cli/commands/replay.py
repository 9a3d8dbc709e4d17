"""`replay` without a terminal, or in another format than a screen: prints the recorded run as `tail` would have."""

from __future__ import annotations

from pathlib import Path

from studio_tui.cli.context import CliContext
from studio_tui.cli.lookup import find_thread
from studio_tui.cli.output.stderr import say
from studio_tui.cli.runs.following import conclude
from studio_tui.cli.runs.stream_printer import StreamPrinter
from studio_tui.core.recording.replay import Offline
from studio_tui.core.studio import Studio
from studio_tui.errors import NotFoundError


async def replay(context: CliContext) -> int:
    """Print the newest recorded run of the thread; the exit code is the run's."""
    args = context.args
    offline = Offline(Path(args.file), 0)
    studio = Studio(threaded=False, client_factory=offline.make_client)
    try:
        await studio.connect(offline.target())
        thread_id = offline.thread_id
        if args.thread:
            thread_id = await studio.connection.call(lambda client: find_thread(client, args.thread))
        if thread_id is None:
            raise NotFoundError("The recording holds no thread", "", "Record one: studio-tui run A --record FILE")
        say(f"replay of {offline.path}: nothing runs, nothing is sent")
        printer = StreamPrinter(context.out, studio, ascii=context.settings.ascii)
        printer.attach()
        await studio.threads.open(thread_id)
        if studio.app_state.run is None:
            raise NotFoundError("The recording holds no run of this thread", "", "It can be looked at on a terminal.")
        run = await studio.runs.wait()
        printer.finish()
        frames = offline.recording.frames.get(run.run_id or "")
        if frames:
            run.started_at, run.ended_at = frames[0].at, frames[-1].at  # as it was, not as it is told now
        return conclude(context, studio, run, offline=True)
    finally:
        await studio.aclose()
