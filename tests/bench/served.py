"""The made-up server as a process of its own: `with Served("--rate", "50") as url:`."""

from __future__ import annotations

import subprocess

from tests.bench.measure import python
from tests.paths import ROOT


class Served:
    """Runs while the block does; takes the arguments of `python -m tests.synthetic`."""

    def __init__(self, *arguments: str) -> None:
        self._argv = python("-m", "tests.synthetic", *arguments)

    def __enter__(self) -> str:
        self._server = subprocess.Popen(self._argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._server.stdout is not None
        return self._server.stdout.readline().strip()

    def __exit__(self, *_: object) -> None:
        self._server.kill()
        self._server.wait()
        assert self._server.stdout is not None
        self._server.stdout.close()
