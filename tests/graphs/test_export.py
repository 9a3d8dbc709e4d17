"""The other shapes of a topology."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from studio_tui.domain.graph import EdgeSpec, GraphSpec, NodeSpec
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.draw import draw
from studio_tui.graphs.picture.export import FORMATS, export
from studio_tui.graphs.picture.picture import Rect
from studio_tui.graphs.topology.spec import graph_spec
from studio_tui.text.cells import width
from studio_tui.text.sanitize import is_safe
from tests.graphs.judge import read
from tests.graphs.samples import TOPOLOGIES, answer, graph, small_graphs, topology


@pytest.mark.parametrize("name", [name for name in TOPOLOGIES if not name.startswith(("g6", "g7"))])
def test_the_layout_says_where_everything_stands(name: str) -> None:
    spec = topology(name)
    for size in ((80, 24), (120, 40), (100_000, 100_000)):
        found = json.loads(export(spec, "layout", width=size[0], height=size[1]))
        assert set(found) == {
            "width", "height", "orientation", "level", "outline", "rows", "nodes", "clusters", "stacks", "equivalent",
        }  # fmt: skip
        assert "\n".join(found["rows"]) == export(spec, "text", width=size[0], height=size[1])
        members = {member for chain in found["stacks"].values() for member in chain[1:]}
        folded = {member for nodes in found["equivalent"].values() for member in nodes[1:]}
        assert {node["id"] for node in found["nodes"]} | members | folded == {node.id for node in spec.nodes}
        assert not {node["id"] for node in found["nodes"]} & members
        if not found["outline"] and not folded:
            _reads_back(found, spec)


def _reads_back(found: dict, spec: GraphSpec) -> None:  # type: ignore[type-arg]
    """Judge the JSON alone, as someone who knows nothing of `Picture` would."""
    boxes = {node["id"]: Rect(node["x"], node["y"], node["w"], node["h"]) for node in found["nodes"]}
    frames = {item["id"]: Rect(item["x"], item["y"], item["w"], item["h"]) for item in found["clusters"]}
    reading = read(found["rows"], boxes, frames)
    assert reading.problems == []
    stacks = found["stacks"]
    edges = {(stacks.get(a, [a])[-1], stacks.get(b, [b])[0]) for a, b in reading.edges}
    edges |= {(a, b) for chain in stacks.values() for a, b in pairwise(chain)}
    assert edges == {(edge.source, edge.target) for edge in spec.edges}


@pytest.mark.parametrize("cells", [30, 80, 120])
@pytest.mark.parametrize("name", [name for name in TOPOLOGIES if name != "g7_dag500"])
def test_printed_text_is_never_wider_than_asked(name: str, cells: int) -> None:
    for height in (10, 100_000):
        found = json.loads(export(topology(name), "layout", width=cells, height=height))
        assert found["width"] <= cells
        assert all(width(row) <= cells for row in found["rows"])


def test_printed_text_is_no_higher_than_asked_where_anything_fits() -> None:
    for name in (name for name in TOPOLOGIES if name != "g7_dag500"):
        spec = topology(name)
        for cells, rows in ((120, 30), (80, 20), (60, 4)):
            height = len(export(spec, "text", width=cells, height=rows).split("\n"))
            listed = draw(spec, cells, rows, level="outline")
            assert height <= max(rows, listed.height), (name, cells, rows)
    nested = graph("a>s:t:x", *(f"s:t:{a}>s:t:{b}" for a, b in pairwise("xyzuvw")), "s:t:w>b")
    assert "x" in export(nested, "text", width=80, height=11), "what loses nothing comes first"
    assert "t +" in export(nested, "text", width=40, height=4)


def test_json_is_read_back_to_the_same_topology() -> None:
    for spec in (answer("py/graph_labels.json"), topology("g4_map_reduce"), topology("g9_wide")):
        again = graph_spec(json.loads(export(spec, "json", width=80, height=24)))
        assert [(node.id, node.name, node.kind) for node in again.nodes] == [
            (node.id, node.name, node.kind) for node in spec.nodes
        ]
        assert again.edges == spec.edges


def test_mermaid_has_every_node_edge_and_subgraph() -> None:
    text = export(topology("g4_map_reduce"), "mermaid", width=80, height=24)
    assert text.startswith("flowchart TD")
    assert text.count("subgraph ") == text.count("\nend") + len(re.findall(r"\n +end", text)) == 2
    assert len(re.findall(r"-->|-\.->", text)) == 12
    assert '-.->|"retry"|' in text


def test_dot_has_every_node_edge_and_cluster() -> None:
    text = export(topology("g4_map_reduce"), "dot", width=80, height=24)
    assert text.count(" -> ") == 12
    assert text.count('subgraph "cluster_') == 2
    assert '[style=dashed, label="retry"]' in text
    assert text.count("{") == text.count("}")


def test_ascii_is_ascii() -> None:
    assert export(topology("g5_rag30"), "ascii", width=100_000, height=100_000).isascii()
    assert export(topology("g5_rag30"), "layout", width=100_000, height=100_000, ascii=True).isascii()


@pytest.mark.parametrize("format", ["text", "svg"])
def test_a_number_as_xray_bounds_the_depth(format: str) -> None:
    text = export(topology("g4_map_reduce"), format, width=200, height=200, xray=1)
    assert "worker" in text
    assert "summarize +" in text
    assert "draft" not in text


@pytest.mark.parametrize("format", FORMATS)
def test_hostile_names_leave_no_control_codes(format: str) -> None:
    names = [NodeId(name) for name in ("\x1b[31m", 'a"b\\', "\u202ex", "];y", "end", "\x9d0;t\x07", "#quot;")]
    spec = GraphSpec(
        tuple(NodeSpec(name, name) for name in names),
        tuple(EdgeSpec(a, b, False, b) for a, b in pairwise(names)),
    )
    text = export(spec, format, width=100, height=50)
    assert is_safe(text)
    if format in ("json", "layout"):
        assert json.loads(text)["nodes"][0]["id"] == names[0]


@pytest.mark.parametrize("format", ["svg", "mermaid", "dot", "json"])
def test_every_node_is_in_every_export_whatever_the_graph(format: str) -> None:
    for name, spec in small_graphs().items():
        text = export(spec, format, width=20, height=5)
        missing = [node.id for node in spec.nodes if node.name not in text]
        assert not missing, name


def test_an_svg_is_a_document_with_a_box_for_each_node_a_head_for_each_edge_and_nothing_that_acts() -> None:
    spec = topology("g4_map_reduce")
    root = ElementTree.fromstring(export(spec, "svg", width=1, height=1))
    kinds = [element.get("class", "") for element in root.iter()]
    assert kinds.count("box") == len(spec.nodes)
    assert kinds.count("head") == len(spec.edges)
    assert any("dashed" in kind for kind in kinds)
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        "svg", "style", "path", "polygon", "rect", "circle", "text", "g", "title",
    }  # fmt: skip
    said = _texts(root)
    assert {"retry", "summarize", "plan"} <= set(said)
    assert not {element.text or "" for element in root.iter()} & set("─│┌╭▼►")
    twins = graph("p:tools:a>q:tools:b")  # side by side
    assert _texts(ElementTree.fromstring(export(twins, "svg", width=1, height=1))).count("tools") == 2


def _texts(root: ElementTree.Element) -> list[str | None]:
    return [element.text for element in root.iter() if element.tag.endswith("text")]


def test_no_name_ends_its_text_or_is_markup_in_svg_mermaid_and_dot() -> None:
    for text in ('"]', "a#quot;b", "<script>alert(1)</script>", "`code`", "a\\", "]]>", "&lt;", "─▼│", "\uffff\x0c"):
        names = [NodeId(text), NodeId(f"{text}:inner")]
        spec = GraphSpec(tuple(NodeSpec(name, text) for name in names), (EdgeSpec(names[0], names[1], True, text),))
        root = ElementTree.fromstring(export(spec, "svg", width=1, height=1))
        assert not [element for element in root.iter() if element.tag.endswith("script")]
        assert "on" not in {key[:2] for element in root.iter() for key in element.keys()}  # noqa: SIM118
        for line in export(spec, "mermaid", width=1, height=1).split("\n"):
            assert line.count('"') % 2 == 0
            inside = "".join(line.split('"')[1::2])
            assert not set('<>`\\"') & set(inside), line
        for line in export(spec, "dot", width=1, height=1).split("\n"):
            plain = line.replace("\\\\", "").replace('\\"', "")
            assert plain.count('"') % 2 == 0, line


def test_ids_that_look_the_same_stay_two_nodes() -> None:
    names = [NodeId(name) for name in ("a\nb", "a⏎b", "a⏎b #2", ":odd", "::odd")]
    spec = GraphSpec(tuple(NodeSpec(name, name) for name in names), (EdgeSpec(names[0], names[1]),))
    for format, (one, other) in {"dot": ('"a⏎b"', '"a⏎b #2"'), "mermaid": ("n0", "n1")}.items():
        text = export(spec, format, width=1, height=1)
        assert len({line.split("[")[0] for line in text.split("\n") if "a⏎b" in line and ">" not in line}) == 3, text
        assert f"{one} --> {other}" in text.replace("->", "-->").replace("--->", "-->"), text


def test_an_edge_that_was_only_seen_is_never_told_as_a_declared_one() -> None:
    spec = GraphSpec(graph("a>b").nodes, (EdgeSpec(NodeId("a"), NodeId("b"), conditional=True, observed=True),))
    assert '|"only seen"|' in export(spec, "mermaid", width=1, height=1)
    assert "style=dotted" in export(spec, "dot", width=1, height=1)
    assert '"observed": true' in export(spec, "json", width=1, height=1)
    assert "observed" in export(spec, "svg", width=1, height=1).partition("</style>")[2]


@pytest.mark.parametrize("conditional", [True, False])
def test_the_lines_of_an_svg_have_the_stroke_of_their_edges_from_box_to_head(conditional: bool) -> None:
    for name, spec in small_graphs().items():
        edges = tuple(EdgeSpec(edge.source, edge.target, conditional, edge.label) for edge in spec.edges)
        picture = export(GraphSpec(spec.nodes, edges), "svg", width=1, height=1).partition("</style>")[2]
        assert ('class="line"' in picture, 'class="line dashed"' in picture) in (
            (not conditional, conditional),
            (False, False),  # nothing but heads
        ), name


def test_a_line_of_an_svg_is_one_path_from_box_to_head_and_crosses_a_frame_without_a_tick() -> None:
    assert [kind for kind, _ in _paths(graph("a~b", "a>c"))] == ["line", "line dashed"]
    paths = _paths(graph("__start__>s:x", "s:x>__end__"))
    down = [path for kind, path in paths if kind == "line" and len({point[0] for point in path}) == 1]
    root = ElementTree.fromstring(export(graph("__start__>s:x", "s:x>__end__"), "svg", width=1, height=1))
    rects = [rect for rect in root.iter() if rect.tag.endswith("rect")]
    bottoms = [float(rect.attrib["y"]) + float(rect.attrib["height"]) for rect in rects]
    assert [kind for kind, _ in paths] == ["frame", "line", "line"]
    assert len(down) == 2
    assert all(path[0][1] in bottoms for path in down), (down, bottoms)


def _paths(spec: GraphSpec) -> list[tuple[str, list[tuple[float, ...]]]]:
    """Return the class and the points of all lines and frames."""
    root = ElementTree.fromstring(export(spec, "svg", width=1, height=1))
    return sorted(
        (
            path.attrib["class"],
            [tuple(map(float, point.split()[:2])) for point in re.split("[LQ]", path.attrib["d"][1:])],
        )
        for path in root.iter()
        if path.tag.endswith("path")
    )


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="pdf"):
        export(topology("g1_react"), "pdf", width=80, height=24)
