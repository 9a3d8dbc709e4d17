"""The keys that every list has."""

from __future__ import annotations

from textual.binding import Binding


def _binding(keys: str, action: str, what: str) -> Binding:
    return Binding(keys, action, what, show=False, id=f"list-{what.replace(' ', '-')}")


LIST_KEYS: tuple[Binding, ...] = (
    _binding("j,down", "move(1)", "next row"),
    _binding("k,up", "move(-1)", "previous row"),
    _binding("g,home", "first_row", "first row"),
    _binding("G,end", "last_row", "last row"),
    _binding("ctrl+d", "page(0.5)", "half page down"),
    _binding("ctrl+u", "page(-0.5)", "half page up"),
    _binding("pagedown", "page(1.0)", "page down"),
    _binding("pageup", "page(-1.0)", "page up"),
    _binding("enter", "open_row", "open row"),
    _binding("space", "toggle_row", "toggle row"),
    _binding("h,left", "fold_row", "collapse row"),
    _binding("l,right", "unfold_row", "expand row"),
)
