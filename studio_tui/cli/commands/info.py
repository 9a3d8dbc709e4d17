"""`info`: versions, every path that is read or written, and the active server. Never a secret."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from studio_tui import __version__
from studio_tui.cli import kept_modules
from studio_tui.cli.context import CliContext
from studio_tui.config.servers import ServerChoice
from studio_tui.text.spans import Span

_PACKAGES = ("textual", "rich", "httpx", "httpx-sse", "msgspec", "networkx", "langgraph", "langgraph-cli")


async def info(context: CliContext) -> int:
    """Print what there is to know about this installation."""
    facts = _facts(context)
    if not context.out.is_text:
        context.out.document(facts)
        return 0
    for section, values in facts.items():
        context.out.line(Span(section, "title"))
        for name, value in values.items():
            context.out.line(f"  {name:<14}{value}")
    return 0


def _facts(context: CliContext) -> dict[str, dict[str, Any]]:
    choice = context.choice()
    paths = context.paths
    return {
        "versions": {
            "studio-tui": __version__,
            "python": platform.python_version(),
            **{name: _version(name) for name in _PACKAGES},
        },
        "server": {
            "url": choice.base_url,
            "profile": choice.profile or "none",
            "sends": ", ".join(sorted(choice.headers)) or "no key, no headers",
            **({"waits": f"{', '.join(choice.asks)}: {choice.why}"} if choice.waits else {}),
            "read-only": _readonly(context, choice),
            "named by": choice.source,
        },
        "read": {
            "config": _there(paths.config_file),
            "project": _there(paths.project_file),
            "themes": _there(paths.themes_dir),
        },
        "written": {
            "state": str(paths.state_file),
            "trusted": str(paths.trust_file),
            "drafts": str(paths.drafts_dir),
            "input history": str(paths.history_dir),
            "breakpoints": str(paths.state_dir / "breakpoints"),
            "branch names": str(paths.state_dir / "branches"),
            "thread views": str(paths.state_dir / "thread_views.json"),
            "graphs": str(paths.state_dir / "graphs"),
            "sizes of panels": str(paths.state_dir / "layout"),
            "servers": str(paths.state_dir / "servers"),
            "screenshots": str(paths.state_dir / "screenshots"),
            "clipboard": str(paths.clipboard_file),
            "demo copies": str(paths.demo_dir),
            "crash log": str(paths.log_file),
            "server log": str(paths.server_log_file),
            "start cache": str(paths.start_file or ""),
            "module cache": kept_modules.place(os.environ),
        },
    }


def _readonly(context: CliContext, choice: ServerChoice) -> str:
    if not choice.readonly:
        return "no"
    source = context.settings.readonly_source
    return f"yes ({source})" if source else "yes (profile)"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _there(path: Any) -> str:
    return f"{path}" if path.exists() else f"{path} (not there)"
