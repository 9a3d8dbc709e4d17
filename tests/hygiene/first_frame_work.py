"""Prints as JSON how often the app does what is dear until its first frame is painted. Run as a process of its own."""

from __future__ import annotations

import collections
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from textual._compositor import Compositor
from textual._styles_cache import StylesCache
from textual.css.stylesheet import Stylesheet
from textual.widget import Widget

from studio_tui.core.studio import Studio
from studio_tui.ui.app import textual_patches
from studio_tui.ui.app.app import StudioApp
from studio_tui.ui.contracts.options import UiOptions

COUNTED: tuple[tuple[type[Any], str], ...] = (
    (Compositor, "reflow"), (Compositor, "render_full_update"), (Stylesheet, "apply"), (Stylesheet, "update_nodes"),
    (StylesCache, "render_line"), (Widget, "_size_updated"),
)  # fmt: skip


def counting(seen: collections.Counter[str], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def counted(*given: Any, **more: Any) -> Any:
        seen[name] += 1
        return function(*given, **more)

    return counted


def main() -> None:
    seen = collections.Counter[str]()
    textual_patches.install()
    textual_patches.install = lambda: None  # it would take the counting away
    for owner, name in COUNTED:
        setattr(owner, name, counting(seen, name, getattr(owner, name)))

    def painted(_app: StudioApp) -> None:
        print(json.dumps(seen), flush=True, file=sys.__stdout__)
        os._exit(0)

    setattr(StudioApp, "_begin", painted)  # noqa: B010 - a method, typed otherwise
    StudioApp(Studio(), UiOptions()).run(headless=True, size=(120, 36))


main()
