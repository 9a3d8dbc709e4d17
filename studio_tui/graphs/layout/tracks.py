"""The order of the tracks in one channel: few crossings, no two lines on the same cells, as few rows as possible."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from studio_tui.graphs.layout.parts import Style, Track

_MUST = 10**6
"""Cost of an order that would lay two lines on top of each other."""
_SPLITS = 60
_ASCII_GAP = 8
"""Cells between two ASCII tracks in one row: `'` and `.` do not show on which side they turn."""


def free_column(near: int, used: Collection[int]) -> int:
    """Return the unused column closest to `near`."""
    step = 0
    while True:
        for column in (near + step, near - step):
            if column >= 0 and column not in used:
                return column
        step += 1


def split_track(track: Track, column: int) -> list[Track]:
    """Return two tracks joined by a line at `column`, one for the upper and one for the lower ends (a dogleg)."""
    first = Track(track.wires, track.net, track.stroke, upper=dict(track.upper), link=column)
    second = Track([], track.net, track.stroke, lower=dict(track.lower), link=column, parent=first)
    first.measure()
    second.measure()
    return [first, second]


def assign_rows(tracks: list[Track], straight: Collection[int], style: Style) -> list[Track]:
    """Set the row of every track; return the tracks, some of them split in two."""
    if not tracks:
        return tracks
    tracks, costs = _resolve_cycles(list(tracks), straight)
    _close_constraints(tracks, costs)
    _pack_rows([tracks[index] for index in _linear_order(costs)], style)
    return tracks


def _near(one: Track, other: Track) -> bool:
    return one.low - 1 <= other.high and other.low - 1 <= one.high


def _cost(above: Track, below: Track) -> int:
    """Return what it costs to have `above` over `below`: two per crossing, one per touching corner."""
    cost = 0
    for column in above.lower:
        if below.low < column < below.high:
            cost += 2
        if column in below.upper:
            cost += _MUST
        if column in (below.low, below.high) and column not in below.upper and column not in below.lower:
            cost += 1
    for column in below.upper:
        if above.low < column < above.high:
            cost += 2
    return cost


def _resolve_cycles(tracks: list[Track], straight: Collection[int]) -> tuple[list[Track], list[list[int]]]:
    """Split tracks until no order is forced in a circle; return them with the costs of every pair's order."""
    for attempt in range(_SPLITS + 1):
        costs = [
            [_cost(one, other) if one is not other and _near(one, other) else 0 for other in tracks] for one in tracks
        ]
        circle = _forced_circle(costs)
        whole = [tracks[index] for index in circle if tracks[index].link is None]
        if not whole or attempt == _SPLITS:
            break
        track = min(whole, key=lambda item: len(item.upper) + len(item.lower))
        used = set(straight)
        for other in tracks:
            used.update(other.columns())
        column = free_column((track.low + track.high) // 2, used)
        tracks.remove(track)
        tracks += split_track(track, column)
    return tracks, costs


def _forced_circle(costs: list[list[int]]) -> tuple[int, ...]:
    """Return two tracks of a circle of forced orders, or nothing."""
    count = len(costs)
    forced = [[other for other in range(count) if costs[other][index] >= _MUST] for index in range(count)]
    for index in range(count):
        for other in forced[index]:
            if other > index and index in forced[other]:
                return index, other
    state: dict[int, bool] = {}
    for start in range(count):
        if start in state:
            continue
        state[start] = True
        stack = [(start, iter(forced[start]))]
        while stack:
            index, rest = stack[-1]
            for other in rest:
                if state.get(other):
                    return index, other
                if other not in state:
                    state[other] = True
                    stack.append((other, iter(forced[other])))
                    break
            else:
                state[index] = False
                stack.pop()
    return ()


def _close_constraints(tracks: Sequence[Track], costs: list[list[int]]) -> None:
    """Make forced orders transitive, and put the upper half of a split track over its lower half."""
    count = len(tracks)
    place = {id(track): index for index, track in enumerate(tracks)}
    for index, track in enumerate(tracks):
        if track.parent is not None:
            costs[index][place[id(track.parent)]] += _MUST
    over = [{other for other in range(count) if costs[other][index] >= _MUST} for index in range(count)]
    for index in range(count):
        todo, seen = list(over[index]), set(over[index])
        while todo:
            for other in over[todo.pop()]:
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
        for other in seen:
            if other != index and costs[other][index] < _MUST:
                costs[other][index] += _MUST


def _linear_order(costs: list[list[int]]) -> list[int]:
    """Return a cheap order of the tracks: best insertion, then moving single tracks while that helps."""
    order: list[int] = []
    for index in range(len(costs)):
        prices = _prices(index, order, costs)
        order.insert(min(range(len(prices)), key=prices.__getitem__), index)
    for _ in range(6):
        changed = False
        for index in list(order):
            place = order.index(index)
            rest = order[:place] + order[place + 1 :]
            prices = _prices(index, rest, costs)
            best = min(range(len(prices)), key=lambda to: (prices[to], abs(to - place)))
            if prices[best] < prices[place]:
                rest.insert(best, index)
                order = rest
                changed = True
        if not changed:
            break
    return order


def _prices(index: int, order: list[int], costs: list[list[int]]) -> list[int]:
    """Return the cost of putting `index` at every place of `order`."""
    row = costs[index]
    price = sum(row[other] for other in order)
    prices = [price]
    for other in order:
        price += costs[other][index] - row[other]
        prices.append(price)
    return prices


def _pack_rows(order: list[Track], style: Style) -> None:
    """Give every track the first row below those before it that it would touch (left-edge packing).

    Left to right a blank cell is between a line that turns aside and one that goes on where it came from: `╯╰` reads
    as one line.
    """
    gap = _ASCII_GAP if style.ascii else 1
    pitch = 2 if style.ascii else 1
    for place, track in enumerate(order):
        row = 0
        for other in order[:place]:
            if track.low - gap <= other.high and other.low - gap <= track.high:
                row = max(row, other.row + pitch)
            if style.sideways and other.net != track.net and not other.upper.keys().isdisjoint(track.lower):
                row = max(row, other.row + 2)
        track.row = row
