"""Filters and columns of the list of threads as they are typed; short ids."""

from __future__ import annotations

import pytest

from studio_tui.domain.thread_query import (
    CELL,
    BadQuery,
    ThreadQuery,
    at_path,
    cell_text,
    filter_text,
    parse_columns,
    parse_filter,
    parse_pairs,
    parse_tag,
)
from studio_tui.jsonkit.value import Json
from studio_tui.text.fmt import is_short_for, short_for, short_id
from studio_tui.wire.decode import thread_of

ID = "01a2095a-ff05-7441-8b2f-f2bbea46c45c"


@pytest.mark.parametrize(
    ("text", "status", "metadata", "ids"),
    [
        ("", "", {}, ()),
        ("status=error user=ann", "error", {"user": "ann"}, ()),
        ("status=interrupted", "interrupted", {}, ()),
        ("status=waits", "interrupted", {}, ()),
        ("status=running", "busy", {}, ()),
        (f"{ID} id={ID}", "", {}, (ID, ID)),
        ('n=3 s="3" on=true empty=', "", {"n": 3, "s": "3", "on": True, "empty": ""}, ()),
        ("id_part=79175e10 f=1.5", "", {"id_part": "79175e10", "f": 1.5}, ()),
        ('name="Ann Lee" x=a=b', "", {"name": "Ann Lee", "x": "a=b"}, ()),
        ('{"user": {"name": "ann"}}', "", {"user": {"name": "ann"}}, ()),
    ],
)
def test_a_filter_reads_as_it_is_typed_and_back(text: str, status: str, metadata: object, ids: object) -> None:
    assert parse_filter(text) == (status, metadata, ids)
    query = ThreadQuery(*parse_filter(text))
    assert parse_filter(filter_text(query)) == (status, metadata, ids)


@pytest.mark.parametrize("text", ["status=open", "01a2095a", "{", "[1]", "{1}", "id=x", "\x1b[31m"])
def test_a_bad_filter_says_what_to_write(text: str) -> None:
    with pytest.raises(BadQuery) as raised:
        parse_filter(text)
    assert str(raised.value).isprintable()


def test_tags_and_pairs_keep_json_values() -> None:
    assert parse_tag(" team = support ") == ("team", "support")
    assert parse_tag("n=[1, 2]") == ("n", [1, 2])
    assert parse_pairs("status=x n=1") == {"status": "x", "n": 1}
    for bad in ("team", "=x"):
        with pytest.raises(BadQuery):
            parse_tag(bad)


def test_columns_are_paths_into_the_state() -> None:
    assert parse_columns("topic, messages[-1].content topic metadata.user") == (
        "values.topic", "values.messages[-1].content", "metadata.user",
    )  # fmt: skip
    for bad in ("a b..c", "[0]", "a[x]", " ".join(f"k{n}" for n in range(11))):
        with pytest.raises(BadQuery):
            parse_columns(bad)


def test_cells_come_from_what_the_server_extracted_or_from_the_values() -> None:
    row: dict[str, Json] = {"thread_id": ID, "values": {"messages": [{"content": "one"}, {"content": "two"}], "n": 7}}
    columns = {"c0": "values.messages[-1].content", "c1": "values.n", "c2": "values.none[3].x"}
    thread = thread_of(row, columns)
    assert thread is not None
    assert list(thread.cells.values()) == ["two", "7", ""]
    assert "values" not in thread.raw
    extracted = thread_of({**row, "extracted": {"c0": "x" * 5000, "c1": None}}, columns)
    assert extracted is not None
    assert extracted.cells["values.messages[-1].content"] == "x" * CELL
    assert extracted.cells["values.n"] == ""
    assert at_path({"a": [1]}, "a[5]") is None
    assert cell_text({"k": [1, "ü"]}) == '{"k": [1, "ü"]}'


def test_ids_of_one_minute_can_be_told_apart_and_typed() -> None:
    other = "01a2095a-ff05-7441-8b2f-f2bbea46c45d"
    assert short_id(ID) == "01a2…c45c" != short_id(other)
    assert is_short_for(short_id(ID), ID)
    assert is_short_for("01a2...c45c", ID)
    assert is_short_for("01a2095a", ID)
    assert not is_short_for(short_id(ID), other)
    assert not is_short_for("…c45c", ID)
    assert short_id("short") == "short"


def test_an_id_that_another_one_begins_with_means_itself() -> None:
    assert short_for("run-1", ["run-1", "run-12", "run-2"], str) == ["run-1"]
    assert short_for("run-", ["run-1", "run-12"], str) == ["run-1", "run-12"]
    assert short_for("", ["run-1"], str) == []
