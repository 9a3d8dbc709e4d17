"""Where a list stands: cursor, first visible row, and whether it sticks to its end. Arithmetic only."""

from __future__ import annotations

from msgspec import Struct


class Viewport:
    """A window of `height` rows onto `count` rows. Positions count visible rows, not rows of the source."""

    def __init__(self, follows: bool) -> None:
        self.follows = follows
        """Whether sticking to the end makes sense here."""
        self.follow = follows
        self.top = 0
        self.cursor = 0
        self.count = 0
        self.height = 1
        self.new_rows = 0
        """Rows that arrived since the user left the end."""

    @property
    def last_top(self) -> int:
        """The first visible row when the end is shown."""
        return max(0, self.count - self.height)

    def place(self, position: int) -> None:
        """Put the cursor on `position` and scroll as little as needed; while following, both stay at the end."""
        if self.follow and self.count:
            self.cursor, self.top = self.count - 1, self.last_top
            return
        self.cursor = min(max(0, position), max(0, self.count - 1))
        lowest = max(self.top, self.cursor - self.height + 1, 0)
        self.top = min(lowest, self.cursor, self.last_top)

    def move_to(self, position: int) -> None:
        """Move the cursor as the user asked; leaving the end ends following."""
        if position < self.count - 1:
            self.follow = False
        self.place(position)

    def to_end(self) -> None:
        """Go to the last row, and stay there while rows arrive."""
        if self.follows:
            self.follow, self.new_rows = True, 0
        self.place(self.count - 1)

    def scroll(self, rows: int) -> None:
        """Scroll without moving the cursor; back at the end with the cursor there, following starts again."""
        self.top = min(max(0, self.top + rows), self.last_top)
        if rows < 0 and self.top < self.last_top:
            self.follow = False
        elif rows > 0 and self.follows and self.top == self.last_top and self.cursor == self.count - 1:
            self.follow, self.new_rows = True, 0

    def take_count(self, count: int, arrived: int = 0) -> None:
        """The list has `count` rows now, `arrived` of which came by themselves."""
        self.count = count
        if self.follow or not count:
            self.new_rows = 0
        elif self.follows:
            self.new_rows += max(0, arrived)
        if self.follow or self.cursor >= count or self.top > self.last_top:
            self.place(self.cursor)

    def is_thumb(self, y: int) -> bool:
        if self.count <= self.height:
            return False
        length = max(1, self.height * self.height // self.count)
        start = round(self.top * (self.height - length) / (self.count - self.height))
        return start <= y < start + length

    def top_for_bar(self, y: int) -> int:
        """Return the first visible row that a click on line `y` of the scroll bar asks for."""
        return round(y / max(1, self.height - 1) * self.last_top)


class RowsChange(Struct):
    """What happened to the rows inside `keeping_place`."""

    start: int = 0
    """The first row that may be another one now."""
    arrived: bool = True
    """Whether added rows came by themselves, not because the user expanded something."""
