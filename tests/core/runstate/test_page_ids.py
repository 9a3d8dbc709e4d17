"""Every id that was put away is found, also while a segment of ids is being sorted, and when the disk is full then."""

from __future__ import annotations

from errno import ENOSPC
from itertools import pairwise

import pytest

from studio_tui.core.runstate import page_ids
from studio_tui.core.runstate.page_ids import PageIds
from studio_tui.core.state.unnamed_file import UnnamedFile


class Disk(UnnamedFile):
    """A temporary file that can be full, and knows what was written at once."""

    def __init__(self) -> None:
        super().__init__("studio-tui-test-")
        self.full = False
        self.writes: list[int] = []

    def append(self, data: bytes | bytearray) -> int:
        if self.full:
            raise OSError(ENOSPC, "No space left on device")
        self.writes.append(len(data))
        return super().append(data)


def named(page: int, count: int) -> list[str]:
    return [f"task {page} {number}" for number in range(count)]


@pytest.mark.parametrize("full", [range(0), range(9, 30), range(12, 13)])
def test_ids_are_found_at_every_moment(monkeypatch: pytest.MonkeyPatch, full: range) -> None:
    monkeypatch.setattr(page_ids, "_SEGMENT", 500)
    disk = Disk()
    ids = PageIds(disk)
    for page in range(60):
        disk.full = page in full
        ids.add(named(page, 60), page)
        for known in range(page + 1):
            for name in named(known, 60)[:: 1 + known % 7]:
                assert ids.may_have(name)
                assert known in ids.pages_of(name), (page, known)
    assert not any(list(ids.pages_of(name)) for name in named(99, 100))
    assert disk.writes


def test_a_segment_is_sorted_some_at_a_time() -> None:
    disk = Disk()
    ids = PageIds(disk)
    sizes = []
    for page in range(60):
        ids.add(named(page, 512), page)
        sizes.append(len(ids._sorted[0]))
    grown = [after - before for before, after in pairwise(sizes) if after > before]
    assert len(grown) > 4
    assert max(grown) < 4_096
    assert disk.writes == [12 * 16_384]
