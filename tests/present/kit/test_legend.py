"""The help of a panel tells what each sign means that the panel can show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from studio_tui.domain.run import Phase, TaskStatus
from studio_tui.present.kit.legend import brief_legend, legend
from studio_tui.present.kit.signs import made_words, phase_sign, task_sign
from studio_tui.text.glyphs import ASCII, UNICODE, Glyphs
from tests.paths import ROOT

_PRESENT = ROOT / "studio_tui" / "present"
_PANELS = {
    "timeline": [*(_PRESENT / "runs").glob("t*.py"), _PRESENT / "runs" / "fan_out.py", _PRESENT / "kit" / "written.py"],
    "history": [_PRESENT / "timetravel" / "history.py", _PRESENT / "timetravel" / "content.py"],
    "messages": [*(_PRESENT / "messages").glob("*.py"), *(_PRESENT / "kit" / "markdown").glob("*.py")],
}
_SIGN = re.compile(r"(?:signs|glyphs)\.(\w+)|\"(gap|warning|error|note|paused)\",")
_DRAWN = re.compile(r"[^\x00-\xff\s–’“”€‑]")
_STRUCTURE = {"bar", "cross", "rule", "track"}
"""Lines between columns and below heads."""


@pytest.mark.parametrize("signs", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("panel", _PANELS)
def test_every_sign_of_a_panel_is_explained_in_its_help(panel: str, signs: Glyphs) -> None:
    told = " ".join(sign for sign, _ in legend(panel, signs))
    named = {name for path in _PANELS[panel] for pair in _SIGN.findall(path.read_text()) for name in pair if name}
    drawn = {str(getattr(signs, name)) for name in named & set(Glyphs.__struct_fields__) - _STRUCTURE}
    if panel != "messages":
        drawn |= {made_words(source, 2, signs).split()[0] for source in ("update", "fork")}
    if panel == "timeline":
        drawn |= {task_sign(status, signs)[0] for status in TaskStatus}
        drawn |= {phase_sign(phase, signs)[0] for phase in Phase}
    assert len(drawn) > 3
    assert [sign for sign in sorted(drawn) if sign not in told] == []


@pytest.mark.parametrize("signs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_the_graph_tells_its_levels_its_heat_and_what_would_run_next(signs: Glyphs) -> None:
    told = " ".join(sign for sign, _ in legend("graph", signs)).split()
    wanted = {signs.next, signs.done, "full", "tight", "compact", "stack", "list", "visits", "time", f"{signs.times}3"}
    assert wanted <= set(told)
    first = " ".join(sign for sign, _ in brief_legend("graph", signs)).split()
    assert {"+", f"{signs.times}5", signs.breakpoint, signs.paused} <= set(first)
    assert signs.done not in "+x*=>@", "no corner, no closed subgraph, no other state"


@pytest.mark.parametrize(
    "golden", sorted((Path(__file__).parents[1] / "goldens").glob("trace_*.txt")), ids=lambda path: path.stem
)
def test_every_character_of_the_reviewed_timelines_is_explained(golden: Path) -> None:
    told = " ".join(sign for sign, _ in legend("timeline", UNICODE))
    bars = set("▏▎▍▌▋▊▉█▐▕")
    assert set(_DRAWN.findall(golden.read_text())) - bars - set(told) == set()
