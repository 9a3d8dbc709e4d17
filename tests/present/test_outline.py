"""The outline counts and finds rows as a plain nested list would, whatever is appended, folded and resized."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio_tui.present.kit.outline import Outline, OutlineNode

Step = tuple[int, int, int]


def _visible(node: OutlineNode[int]) -> list[tuple[int, int]]:
    rows = [(node.item, line) for line in range(node.lines)]
    if node.open:
        for child in node.children:
            rows.extend(_visible(child))
    return rows


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1000), st.integers(0, 4)), max_size=60))
def test_rows_are_those_of_the_nested_lists(steps: list[Step]) -> None:
    outline: Outline[int] = Outline(-1)
    nodes: list[OutlineNode[int]] = []
    for number, (action, which, value) in enumerate(steps):
        chosen = nodes[which % len(nodes)] if nodes and which % 3 else None
        if len(outline):
            outline.at(which % len(outline))  # what was found last counts only as long as nothing moves
        if action <= 1 or chosen is None:
            nodes.append(outline.append(chosen, number, 1 + value % 3))
        elif action == 2:
            outline.set_open(chosen, not chosen.open)
        elif action == 3:
            outline.set_lines(chosen, 1 + value)
        else:
            outline.cut(chosen, value)
            nodes = list(outline.walk())
    expected = _visible(outline.root)
    assert len(outline) == len(expected)
    assert [(node.item, line) for node, line in (outline.at(row) for row in range(len(outline)))] == expected
    for row, (item, line) in enumerate(expected):
        node, _ = outline.at(row)
        assert outline.row_of(node) == row - line
        assert node.item == item


def test_a_hidden_entry_is_where_its_closed_parent_is() -> None:
    outline: Outline[str] = Outline("")
    outline.append(None, "first")
    parent = outline.append(None, "parent")
    child = outline.append(parent, "child")
    outline.set_open(parent, False)
    assert outline.row_of(child) == outline.row_of(parent) == 1
    outline.append(parent, "unseen")
    assert len(outline) == 2
    outline.set_open(parent, True)
    assert [outline.at(row)[0].item for row in range(4)] == ["first", "parent", "child", "unseen"]


def test_what_was_found_is_looked_for_again_once_rows_have_moved() -> None:
    outline: Outline[str] = Outline("")
    first = outline.append(None, "first")
    outline.append(None, "second")
    assert outline.at(1)[0].item == "second"
    outline.set_lines(first, 3)
    assert [outline.at(row)[0].item for row in (1, 3)] == ["first", "second"]
    outline.put_first([("zero", 1)])
    assert outline.at(3)[0].item == "first"
    outline.cut(None, 1)
    outline.append(None, "other", 3)
    assert outline.at(3)[0].item == "other"
    outline.clear()
    outline.append(None, "new", 4)
    assert outline.at(3)[0].item == "new"
