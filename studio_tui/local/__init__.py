"""Development servers on this machine: the bundled demo and the user's own project.

Owns the processes, their folders and their logs. Knows nothing of screens, of the protocol, or of graphs.
"""

from __future__ import annotations

from pathlib import Path

from studio_tui.config.paths import Paths
from studio_tui.local.launch import DevOptions, demo_launch
from studio_tui.local.project import project_launch
from studio_tui.local.server import LineSink, LocalServer

__all__ = ["DevOptions", "LocalServer", "demo_server", "project_server"]


def demo_server(paths: Paths, on_line: LineSink | None = None) -> LocalServer:
    """A server with the demo graphs, each start in a private folder of its own. Raises LocalServerError."""
    return LocalServer(demo_launch(paths), on_line, paths.server_log_file)


def project_server(path: Path, paths: Paths, options: DevOptions | None = None) -> LocalServer:
    """A server for the project whose `langgraph.json` is `path`, in it, or above it. Raises LocalServerError."""
    return LocalServer(project_launch(path, options=options), log_file=paths.server_log_file)
