"""Entry point: reads the command line and hands over to one face. Imports the chosen face late, so that
`--version` and `--help` stay fast."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from studio_tui.cli.output import streams

TYPE_CHECKING = False  # as type checkers know it; to import `typing` would make `--version` a quarter slower
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from studio_tui.config.paths import Paths
    from studio_tui.config.schema import Settings

_PLAIN = frozenset({"--base-url", "--profile", "--api-key-env", "--theme", "--assistant", "--thread", "--at"})
"""Flags that take any value and say nothing of how the UI looks, but for the theme."""
_SCREENS = frozenset({"demo", "dev", "replay"})
"""Commands that open the UI."""
UNSAID = {"command": None, "reset_terminal": False, "assistant": "", "thread": "", "go_on": False, "at": ""}
"""What the command line says where it says nothing; a test compares it with what argparse makes of that."""
_FLAGS = ("base_url", "profile", "api_key_env", "theme", "ascii", "readonly", "log_file")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    streams.mend()
    try:
        return streams.finish(_main(argv))
    except KeyboardInterrupt:  # while the command line was read
        return streams.finish(130)
    except SystemExit as leaving:  # argparse, after help and usage errors
        raise SystemExit(streams.finish(leaving.code if isinstance(leaving.code, int) else 1)) from None
    except BrokenPipeError:
        # The reader left (`| head`): nothing more to say, and nothing to say it to.
        return streams.finish(0)
    except OSError as error:
        return streams.finish(0) or _crashed(error)


def _main(argv: Sequence[str] | None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["--version"]:
        from studio_tui import __version__

        sys.stdout.write(f"studio-tui {__version__}\n")
        return 0
    if not _plainly_opens_ui(words):
        if argv is None and words[0] in _SCREENS:
            _spare_imports()
        return _understood(words)
    from studio_tui.cli import skeleton
    from studio_tui.terminal import EARLY

    try:  # from here on: ctrl+c may come at any time
        skeleton.guess(dict(zip(words[::2], words[1::2], strict=True)).get("--theme"), None, os.environ)
        if argv is None:
            _spare_imports()
        return _done(plain_arguments(words))
    finally:
        EARLY.end()


def _spare_imports() -> None:
    from studio_tui.cli import kept_modules, late_modules

    kept_modules.begin(os.environ)
    late_modules.put_off()


def _plainly_opens_ui(words: list[str]) -> bool:
    """Tell it before the command line is understood, which takes as long as to draw the first picture does."""
    flags, values = words[::2], words[1::2]
    return (
        len(flags) == len(values)
        and _PLAIN.issuperset(flags)
        and all(value.strip() and not value.startswith("-") for value in values)
    )


def plain_arguments(words: list[str]) -> argparse.Namespace:
    """Return what argparse makes of a command line that plainly opens the UI, without it: it takes 10 ms."""
    from types import SimpleNamespace

    named = {
        flag.removeprefix("--").replace("-", "_"): value for flag, value in zip(words[::2], words[1::2], strict=True)
    }
    args: Any = SimpleNamespace(**UNSAID | named)
    return args  # type: ignore[no-any-return]


def _understood(words: list[str]) -> int:
    from studio_tui.cli.grammar.parser import parse

    return _done(parse(words))


def _done(args: argparse.Namespace) -> int:
    if args.reset_terminal:
        from studio_tui.terminal import RESET

        sys.stdout.write(RESET)
        return 0
    from studio_tui.errors import StudioError
    from studio_tui.terminal import EARLY

    try:
        try:
            return _dispatch(args)
        finally:
            EARLY.end()
    except StudioError as error:
        from studio_tui.cli.output.stderr import tell

        tell(error)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except OSError:
        raise
    except Exception as error:
        return _crashed(error)


def _crashed(error: Exception) -> int:
    """Say that the program is at fault; the trace goes to the private log only."""
    from studio_tui.cli import kept_modules

    kept_modules.distrust()  # before anything is imported
    import traceback

    from studio_tui.cli.output.stderr import say
    from studio_tui.config.paths import find_paths
    from studio_tui.config.private_store import append_private

    path = find_paths().log_file
    say(f"error: studio-tui failed: {type(error).__name__}: {error}")
    try:
        append_private(path, "".join(traceback.format_exception(error)) + "\n")
        say(f"The trace is in {path}; please report it. It holds no keys.")
    except OSError as problem:
        say(f"The trace could not be written to {path}: {problem.strerror}")
    return 1


def _dispatch(args: argparse.Namespace) -> int:

    opens_ui = _opens_ui(args)
    if opens_ui:
        from studio_tui.cli import skeleton

        skeleton.guess(getattr(args, "theme", None), getattr(args, "ascii", None), os.environ)
    from studio_tui.config.load import load_settings
    from studio_tui.config.paths import expanded, find_paths
    from studio_tui.log import start_log

    paths = find_paths()
    settings = load_settings(paths, os.environ, {name: getattr(args, name, None) for name in _FLAGS})
    try:
        start_log(expanded(settings.log_file) if settings.log_file else None)
    except OSError as error:
        from studio_tui.errors import UsageError

        why = error.strerror or str(error)
        raise UsageError(f"The log file {settings.log_file} cannot be written", why, "Name another file.") from error
    if not opens_ui:
        return _headless(args, settings, paths)
    if not settings.theme_source:
        from msgspec.structs import replace

        from studio_tui.config.kept_theme import read_theme

        settings = replace(settings, theme=read_theme(paths.theme_file) or settings.theme)
    skeleton.show(settings.theme, settings.ascii, os.environ)
    from studio_tui.cli.open_ui import open_ui

    return open_ui(args, settings, paths)


def _opens_ui(args: argparse.Namespace) -> bool:
    on_screen = args.command == "replay" and sys.stdout.isatty() and not getattr(args, "format", None)
    return args.command in (None, "dev") or on_screen or (args.command == "demo" and not args.serve)


def _headless(args: argparse.Namespace, settings: Settings, paths: Paths) -> int:
    from studio_tui.cli.dispatch import execute
    from studio_tui.cli.output.stderr import say

    if paths.note:
        say(f"warning: {paths.note}")
    return execute(args, settings, paths)


if __name__ == "__main__":
    raise SystemExit(main())
