"""`completion bash|zsh|fish`: prints the script that completes this program in a shell."""

from __future__ import annotations

import sys

from studio_tui.cli.context import CliContext
from studio_tui.cli.grammar.completions import script
from studio_tui.cli.output.stderr import say

_WHERE = {
    "bash": "To use it now: source <(studio-tui completion bash). For good: add that line to ~/.bashrc.",
    "zsh": "To use it now: source <(studio-tui completion zsh). For good: add that line to ~/.zshrc, after compinit.",
    "fish": "For good: studio-tui completion fish > ~/.config/fish/completions/studio-tui.fish",
}


async def completion(context: CliContext) -> int:
    """Print the script; on a terminal also how to use it."""
    sys.stdout.write(script(context.args.shell))
    if sys.stdout.isatty():
        say(_WHERE[context.args.shell])
    return 0
