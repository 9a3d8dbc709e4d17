"""The pictures that were looked at and found good: `python -m tests.graphs.goldens` writes them anew."""

from __future__ import annotations

from pathlib import Path

from studio_tui.graphs.picture.draw import draw
from tests.graphs.samples import answer, topology

FOLDER = Path(__file__).resolve().parent / "goldens"
SAMPLES = (
    "g1_react", "g2_plan_execute", "g3_supervisor", "g4_map_reduce", "g9_wide", "g10_swarm5", "g13_teams",
    "srv_agent", "srv_boom", "srv_fanout", "srv_loop", "srv_review", "failing_steps", "signatures",
)  # fmt: skip
WRAPPED = {"g5_rag30": (117, 31), "g12_chain60": (117, 31)}
"""Long graphs, and panes that they fit into because they are wrapped."""
FOLDED = {"g11_fan24": ((80, 24), (44, 30))}
"""Graphs with equivalent nodes, and panes that they fit into because these share a box: with a row each, or `×N`."""
ANSWERS = (
    "py/graph_labels.json", "py/graph_nested_xray.json", "py/graph_parallel_int.json",
    "demo/graph_expense_approval.json", "demo/graph_purchase_order.json", "demo/graph_support_team.json",
    "demo/graph_trip_planner.json",
)  # fmt: skip


def golden_text(name: str) -> str:
    """Return all pictures of a sample or recorded answer, with a heading each."""
    if name in WRAPPED:
        return "\n".join(draw(topology(name), *WRAPPED[name], opened=()).rows) + "\n"
    if name in FOLDED:
        folded = [draw(topology(name), *pane, opened=()) for pane in FOLDED[name]]
        return "\n\n".join("\n".join(picture.rows) for picture in folded) + "\n"
    spec = answer(name) if name in ANSWERS else topology(name)
    parts = []
    for level in ("full", "tight", "compact", "stack"):
        for way in ("TD", "LR"):
            for ascii in (False, True) if (level, way) == ("full", "TD") else (False,):
                picture = draw(spec, 0, 0, level=level, orientation=way, ascii=ascii)
                parts.append(f"== {level} {way}{' ascii' if ascii else ''}\n" + "\n".join(picture.rows))
    parts.append("== list\n" + "\n".join(draw(spec, 40, 0, level="outline").rows))
    return "\n\n".join(parts) + "\n"


def golden_path(name: str) -> Path:
    """Return the file of a golden."""
    return FOLDER / (name.replace("/", "_").removesuffix(".json") + ".txt")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in (*SAMPLES, *ANSWERS, *WRAPPED, *FOLDED):
        golden_path(each).write_text(golden_text(each), "utf-8")
