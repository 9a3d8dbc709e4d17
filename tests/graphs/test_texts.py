"""Names and labels that are cut can still be told apart, and stand whole where there is room."""

from __future__ import annotations

import pytest

from studio_tui.graphs.picture.draw import draw
from studio_tui.graphs.topology.scene import clusters_of
from studio_tui.graphs.topology.texts import apart, labels_in
from studio_tui.text.cells import cut, width
from tests.graphs.roundtrip import faults
from tests.graphs.samples import graph

_LONG = graph(
    "__start__>search_internal_documents_v1",
    "search_internal_documents_v1~search_internal_documents_v2=ask_it_again_now",
    "search_internal_documents_v2>__end__", "search_internal_documents_v1~__end__=ask_it_again_later",
)  # fmt: skip


@pytest.mark.parametrize("cells", [12, 16, 24])
def test_texts_that_would_read_alike_keep_what_tells_them_apart(cells: int) -> None:
    texts = [
        "search_internal_documents_v1", "search_internal_documents_v2", "search_internal_documents",
        "search_internal_documents_of_customers", "search_internal_documents_of_partners", "short", "名前" * 30,
        "名前" * 30 + "一", "e\u0301" * 40, "e\u0301" * 40 + "x", "another_name_that_is_too_long",
    ]  # fmt: skip
    shown = apart(texts, cells)
    assert len(set(shown.values())) == len(texts)
    assert all(width(text) <= cells for text in shown.values())
    assert shown["short"] == "short"
    assert shown[texts[-1]] == cut(texts[-1], cells)
    assert apart(reversed(texts), cells) == shown
    if cells == 24:
        assert shown[texts[0]] == "search_internal_docu…_v1"


@pytest.mark.parametrize("ascii", [False, True])
def test_names_and_labels_are_cut_only_where_the_pane_has_no_room(ascii: bool) -> None:
    roomy, narrow = (draw(_LONG, *size, ascii=ascii) for size in ((120, 30), (54, 24)))
    assert roomy.level == narrow.level == "full"
    text = "\n".join(roomy.rows)
    assert all(
        text.count(whole) == 1 for whole in ("documents_v1", "documents_v2", "ask_it_again_now", "ask_it_again_later")
    )
    assert len(set(narrow.labels.values())) == 4
    labels = {narrow.rows[y][x : x + size] for x, y, size in narrow.label_runs}
    assert len(labels) == 2
    assert faults(_LONG, roomy, ascii=ascii) == faults(_LONG, narrow, ascii=ascii) == []
    assert not ascii or "".join((*roomy.rows, *narrow.rows)).isascii()
    # No better level is lost for it.
    assert draw(_LONG, narrow.width, narrow.height, ascii=ascii).rows == narrow.rows


def test_a_label_of_line_signs_is_quoted() -> None:
    said = labels_in(["yes", "-" * 20, "a─b", "v"], 16)
    assert said == {"yes": "yes", "-" * 20: '"' + "-" * 13 + '…"', "a─b": '"a─b"', "v": '"v"'}
    spec = graph("__start__>a", "a~b=─", "b~__end__=►", "a~c=v", "c~d=~~-~>", "d~d=┆", "d~e=|")
    for size in ((116, 29), (76, 14), (44, 16)):
        for ascii in (False, True):
            picture = draw(spec, *size, ascii=ascii)
            assert faults(spec, picture, ascii=ascii) == []
            assert '"─"' in "\n".join(picture.rows)


def test_a_name_has_its_row_in_a_list_where_nothing_stands_beside_it() -> None:
    spec = graph("hub~t:review_old", "hub~t:review_new", "t:review_old~hub=yes", "t:review_new~hub=yes")
    rows = draw(spec, 24, 9, level="outline").rows
    assert [row.strip() for row in rows if "review" in row and "→" not in row] == ["review_old", "review_new"]
    # Beside a target they can be told apart.
    rows = draw(_LONG, 40, 9, level="outline").rows
    assert len({row.split("…")[1].split()[0] for row in rows if row.startswith("    search")}) == 2
    assert clusters_of(spec) == ["t"]
