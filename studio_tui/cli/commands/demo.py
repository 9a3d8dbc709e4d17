"""`demo --serve`: the bundled demo server without the studio."""

from __future__ import annotations

import asyncio

from studio_tui.cli.context import CliContext
from studio_tui.cli.output.stderr import say


async def demo(context: CliContext) -> int:
    """Run the demo server until interrupted; its URL is the only line on stdout."""
    from studio_tui.local import demo_server

    server = demo_server(context.paths, say)
    try:
        url = await server.start()
        context.out.line(url)
        await asyncio.Event().wait()
    finally:
        await server.stop()
    return 0
