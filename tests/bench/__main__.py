"""All measurements, or those named: `python -m tests.bench [--rounds N] [start link …]`.

At the end one table of all figures, as Markdown: of several rounds the medians. Exits with 1 when a goal is missed.
Other programs are measured beside ours where they are found on PATH or in the folder that BENCH_PEERS names.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.measure import FIGURES, median, python, verdict
from tests.paths import ROOT

IDS = [f"P{number}" for number in range(1, 20)]


@dataclass
class Figure:
    """One line of the table: what each round found."""

    script: str
    records: list[dict[str, Any]] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        if not self.measured:
            return f"not measured: {self.records[-1]['why']}"
        return verdict(self.median("value"), self.measured[-1]["goal"])

    @property
    def measured(self) -> list[dict[str, Any]]:
        return [record for record in self.records if "value" in record]

    def median(self, what: str) -> float:
        return median([record[what] for record in self.measured])

    def cells(self) -> list[str]:
        """Id, subject, yardstick, goal, figure, verdict."""
        name = self.records[-1]["name"]
        first, _, rest = name.partition(" ")
        known, subject = (first, rest) if first in IDS else (self.script, name)
        if not self.measured:
            return [known, subject, "", "", "", self.verdict]
        last = self.measured[-1]
        unit, value = last["unit"], self.median("value")
        if "yardstick" not in last:
            return [known, subject, "", last["goal"], f"{value:.3g} {unit}".strip(), self.verdict]
        figure = f"{value:.3g} × ({_short(self.median('subject'))} {unit})"
        return [known, subject, f"{_short(self.median('yardstick'))} {unit}", last["goal"], figure, self.verdict]


def main() -> int:
    parser = argparse.ArgumentParser()
    known = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    parser.add_argument("--rounds", type=int, default=1, help="how often everything is measured; the table has medians")
    parser.add_argument("scripts", nargs="*", metavar="script", help=f"which of {', '.join(known)}; default: all")
    args = parser.parse_args()
    if odd := set(args.scripts) - set(known):
        parser.error(f"there is no {', '.join(sorted(odd))}; there are {', '.join(known)}")
    figures: dict[tuple[str, str, int], Figure] = {}
    failed: list[str] = []
    for number in range(args.rounds):
        if args.rounds > 1:
            print(f"\nround {number + 1} of {args.rounds}")
        for script in args.scripts or known:
            print(f"\n{script}", flush=True)
            times: Counter[str] = Counter()
            for record in _run(script, failed):
                name = record["name"]
                figures.setdefault((script, name, times[name]), Figure(script)).records.append(record)
                times[name] += 1  # a script may measure the same of several things
    found = sorted(figures.values(), key=_order)
    _print_table(found)
    if not args.scripts:
        there = {figure.cells()[0] for figure in found if figure.measured}
        for name in IDS:
            if name not in there:
                print(f"{name}: not measured")
    missed = sum(figure.verdict == "MISSED" for figure in found)
    print(f"\n{missed} missed" if missed else "\nno goal is missed")
    for text in failed:
        print(text)
    return 1 if missed or failed else 0


def _run(script: str, failed: list[str]) -> Iterator[dict[str, Any]]:
    with tempfile.NamedTemporaryFile("r") as kept:
        code = subprocess.call(
            python("-u", "-m", f"tests.bench.bench_{script}"), cwd=ROOT, env={**os.environ, FIGURES: kept.name}
        )
        if code:
            failed.append(f"{script} ended with {code}")
        for line in kept:
            yield json.loads(line)


def _order(figure: Figure) -> tuple[int, str]:
    known = figure.cells()[0]
    return (IDS.index(known) if known in IDS else len(IDS), figure.script)


def _print_table(figures: list[Figure]) -> None:
    print("\n| id | subject | yardstick | goal | figure | verdict |\n|---|---|---|---|---|---|")
    for figure in figures:
        print(f"| {' | '.join(figure.cells())} |")


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
