"""Counting the crossings between two layers."""

from __future__ import annotations

from collections.abc import Iterable


def count_crossings(pairs: Iterable[tuple[float, float]]) -> int:
    """Return how many of the lines (upper position, lower position) cross, in O(E log V).

    The accumulator tree of Barth, Jünger and Mutzel (2002).
    """
    ordered = sorted(pairs)
    places = {place: index for index, place in enumerate(sorted({lower for _, lower in ordered}))}
    size = 1
    while size < len(places):
        size *= 2
    tree = [0] * (2 * size)
    total = 0
    for _, lower in ordered:
        index = places[lower] + size
        tree[index] += 1
        while index > 1:
            if index % 2 == 0:
                total += tree[index + 1]
            index //= 2
            tree[index] += 1
    return total
