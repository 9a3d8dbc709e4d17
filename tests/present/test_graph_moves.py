"""From box to box by the arrow keys."""

from __future__ import annotations

import random
from typing import get_args

import pytest

from studio_tui.domain.graph import START
from studio_tui.domain.ids import NodeId
from studio_tui.graphs.picture.draw import draw
from studio_tui.graphs.picture.picture import DetailLevel, Orientation, Picture, Wrap
from studio_tui.graphs.picture.render import render
from studio_tui.present.graph.moves import Direction, Moves, neighbour
from tests.graphs.generate import random_graph
from tests.graphs.samples import HUGE, TOPOLOGIES, answer, graph, topology

WAYS: tuple[Direction, ...] = get_args(Direction)
LONG = ["a0", *(f"agent_with_long_name_{number}" for number in range(3))]
SMALL = [name for name in TOPOLOGIES if name not in HUGE]


@pytest.mark.parametrize("level", ["full", "compact", "stack", "outline"])
@pytest.mark.parametrize("orientation", ["TD", "LR"])
@pytest.mark.parametrize("name", SMALL)
def test_every_node_is_reached(name: str, orientation: Orientation, level: DetailLevel) -> None:
    assert not _apart(draw(topology(name), 0, 0, level=level, orientation=orientation))


def test_every_node_is_reached_in_pictures_of_any_kind() -> None:
    # Hubs with long rows and a sink far below; what only a long way round leads to; boxes that no edge joins.
    hub = graph("__start__>hub", "hub~__end__", "a0>b0", *(f"hub~{a}" for a in LONG), *(f"{a}>hub" for a in LONG[1:]))
    retries = graph(
        *("__start__>count", "count>llm", "llm~validator", "llm~__end__", "validator~fallback", "fallback>validator"),
        *("validator~finalizer", "finalizer>__end__"),
    )
    for spec in (hub, retries, *(random_graph(seed) for seed in (5023, 5286, 1, 2, 3))):
        panes = [draw(spec, *pane, opened=()) for pane in ((44, 16), (77, 18))]
        for picture in (*panes, render(spec, "stack", "TD", wrap=Wrap(2))):
            assert not _apart(picture), "\n".join(picture.rows)


def _apart(picture: Picture) -> set[NodeId]:
    """Return the nodes to which no keys lead from the first one."""
    first = next(iter(picture.node_rects))
    reached, todo = {first}, [first]
    while todo:
        node = todo.pop()
        for direction in WAYS:
            found = neighbour(picture, node, direction)
            if found is not None and found not in reached:
                reached.add(found)
                todo.append(found)
    return set(picture.node_rects) - reached


@pytest.mark.parametrize("name", SMALL)
def test_a_key_takes_back_what_the_opposite_one_did(name: str) -> None:
    picture = draw(topology(name), 100, 40)
    opposite: dict[Direction, Direction] = dict(zip(WAYS, ("down", "up", "right", "left"), strict=True))
    chance = random.Random(name)
    for start in picture.node_rects:
        moves, node, way = Moves(), start, list[tuple[NodeId, Direction]]()
        for _ in range(8):
            direction = chance.choice(WAYS)
            if way and direction == opposite[way[-1][1]]:
                continue
            found = moves.go(picture, node, direction)
            if found is not None:
                way.append((node, direction))
                node = found
        for before, direction in reversed(way):
            node = moves.go(picture, node, opposite[direction])  # type: ignore[assignment]
            assert node == before


def test_what_an_edge_leads_to_comes_first_and_the_side_is_another_direction() -> None:
    spec = graph("__start__>a", "a>b", "b>c", "__start__>far", "far>c", "c>__end__")
    picture = draw(spec, 0, 0, level="full", orientation="LR")
    assert neighbour(picture, START, "right") in ("a", "far")
    assert neighbour(picture, START, "up") == "a", "where nothing else is above, what an edge leads to"
    assert neighbour(picture, NodeId("far"), "down") is None  # what stands far aside is not below
    assert neighbour(picture, NodeId("c"), "right") == "__end__"
    # The next box of the same row comes before what is nearer in another.
    rows = graph("__start__>a", "a~b", "a~c", "b~d", "b~e", "d>b", "d>__end__", "e>__end__")
    picture = draw(rows, 0, 0, level="compact", orientation="TD")
    assert neighbour(picture, NodeId("d"), "right") == "e"
    # Lower right, and nothing below: the way leads there, and back.
    react = draw(answer("demo/graph_travel_agent.json"), 62, 23)
    moves = Moves()
    assert moves.go(react, NodeId("agent"), "down") == "__end__"
    assert moves.go(react, NodeId("__end__"), "up") == "agent"


def test_a_way_that_was_left_is_forgotten() -> None:
    spec = graph("__start__>hub", "hub~a", "hub~b", "hub~c", "a>hub", "b>hub", "c>hub")
    picture = draw(spec, 0, 0, level="compact", orientation="TD")
    moves = Moves()
    assert moves.go(picture, START, "down") == "hub"
    assert moves.go(picture, NodeId("hub"), "down") == "a"
    # A click went to c: up goes to what is there, not to where the keys had been.
    assert moves.go(picture, NodeId("c"), "up") == "b"
