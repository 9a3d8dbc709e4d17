"""All measurements, or those named: `python -m tests.bench [start link …]`. Exits with 1 when a goal is missed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bench.measure import MISSED, python
from tests.paths import ROOT


def main() -> int:
    known = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    missed: list[str] = []
    for name in sys.argv[1:] or known:
        print(f"\n{name}", flush=True)
        with subprocess.Popen(
            python("-u", "-m", f"tests.bench.bench_{name}"), cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as script:
            assert script.stdout is not None
            for line in script.stdout:
                print(line, end="", flush=True)
                if line.rstrip().endswith(MISSED):
                    missed.append(line.strip())
        if script.returncode:
            missed.append(f"{name} ended with {script.returncode}")
    print(f"\n{len(missed)} missed" if missed else "\nall goals are met")
    for line in missed:
        print(f"  {line}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
