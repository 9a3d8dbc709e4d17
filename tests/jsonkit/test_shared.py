"""Documents that follow each other: read and compared as if each was read alone, and what is the same is one object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_tui.errors import ProtocolError
from studio_tui.jsonkit import pieces, received, shared
from studio_tui.jsonkit.diff import diff
from studio_tui.jsonkit.received import parse_received, parse_records
from studio_tui.jsonkit.shared import Texts

_TEXTS = st.text(st.sampled_from('ab{}[],:"\\ \n\x00é😀\ud800'), max_size=8)
_LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | _TEXTS | st.sampled_from([0, 0.0, 1, 1.0])
)
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=6) | st.dictionaries(_TEXTS, inner, max_size=4), max_leaves=24
)
_RECORDS = st.lists(st.fixed_dictionaries({"id": st.integers(0, 9) | _LEAVES, "calls": _VALUES}), max_size=12)
_STATES = st.fixed_dictionaries({"values": st.fixed_dictionaries({"messages": _RECORDS | _VALUES, "log": _RECORDS})})
_SPACED = st.sampled_from([(None, (",", ":")), (None, (", ", ": ")), (1, None), (None, (" ,\n", " :\t"))])
_SCRAPS = st.sampled_from(
    [
        b"", b",", b"[", b"]", b"{", b"}", b'"', b"\\", b" ", b"1", b"1.0", b"1e999", b"NaN", b"null", b"{},", b"[1],",
        b'"a":', b'"a":1,', b"\\u0061", b"\xff", b"\xc3\xa9", b"\x0b", b"\xef\xbb\xbf", b"1" * 5000, b"[" * 3000,
    ]
)  # fmt: skip
_CHANGES = (b"", b",", b";", b"]", b"[", b"}", b"{", b'"', b" ", b"1", b"9,", b",55555555555]", b"1,[2],")


@pytest.fixture(autouse=True, scope="module")
def _small_pieces() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(received, "LEAST_SHARED", 0)
        patch.setattr(shared, "_PIECE", 12)
        patch.setattr(shared, "_NEEDLE", 4)
        patch.setattr(pieces, "PIECE", 12)
        yield


def told(read: Any, *given: Any) -> tuple[str, Any]:
    """What comes of reading: the value, spelt out, or which error."""
    try:
        value = read(*given)
    except (ValueError, ProtocolError) as error:
        return type(error).__name__, None
    return repr(value), value


def agree(bodies: list[bytes]) -> None:
    """Each is read, and compared with the one before, as if there had been none before."""
    texts = Texts()
    before: tuple[Any, Any] = (None, None)
    for body in bodies:
        alone, after = told(parse_received, body), told(parse_received, body, texts)
        assert after[0] == alone[0]
        assert repr(diff(before[1], after[1])) == repr(diff(before[0], alone[1]))
        assert told(parse_records, b"[%s]" % body, texts)[0] == told(parse_records, b"[%s]" % body)[0]
        before = alone[1], after[1]


def written(value: Any, how: tuple[int | None, Any], *, as_ascii: bool) -> bytes:
    text = json.dumps(value, indent=how[0], separators=how[1], ensure_ascii=as_ascii)
    return text.encode("utf-8", "replace")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_STATES | _RECORDS | _VALUES, _SPACED, st.booleans()), min_size=2, max_size=3))
def test_other_documents_are_read_and_compared_as_each_alone(found: list[Any]) -> None:
    agree([written(value, how, as_ascii=as_ascii) for value, how, as_ascii in found])


@settings(max_examples=250, deadline=None)
@given(_STATES | _RECORDS, _SPACED, st.data())
def test_documents_with_some_bytes_changed_are_read_and_compared_as_each_alone(
    value: Any, how: Any, data: st.DataObject
) -> None:
    bodies = [written(value, how, as_ascii=True)]
    for _ in range(2):
        body = bodies[-1]
        ends = sorted(data.draw(st.tuples(st.integers(0, len(body)), st.integers(0, len(body)))))
        start = data.draw(st.integers(0, len(body)))
        scrap = data.draw(_SCRAPS | st.just(body[start : start + 20]) | st.just(body[ends[0] : ends[1]] * 2))
        bodies.append(body[: ends[0]] + scrap + body[ends[0] if data.draw(st.booleans()) else ends[1] :])
    agree(bodies)
    agree([bodies[1], bodies[0], bodies[2], bodies[2]])


@settings(max_examples=150, deadline=None)
@given(_RECORDS, _RECORDS, _RECORDS, _SPACED)
def test_items_put_in_taken_out_and_moved_are_read_and_compared_as_each_alone(
    first: Any, second: Any, third: Any, how: Any
) -> None:
    lists = [first, first + second, first + third + second, second, third + second + first, [first, second], first]
    agree([written({"values": {"messages": item}}, how, as_ascii=False) for item in lists])


@pytest.mark.parametrize(
    "bodies",
    [
        [b'{"a": [1, 2], "a": [3, 4, 5, 6, 7, 8]}', b'{"a": [3, 4, 5, 6, 7, 8], "a": [1, 2]}'],
        [b"[[5, 1], [6, 1], [7, 1]]", b"[5, 1], [6, 1], 7]", b"[[5, 1], [6, 1], 7]", b"[[5, 1], [6, 1],]"],
        [b'["a", "b", "c", "d", "e"]', b'["\\u0061", "b", "c", "d", "e"]', b'["a","b" ,"c", "d", "e"]'],
        [b"[1, 2, 3, 4, 5, 6, 7, 8, 9]", b"[1.0, 2, 3, 4, 5, 6, 7, 8, 9]", b"[1.0, 2, 3, 4, 5, 6, 7, 8, 9.0]"],
        [b"[NaN, 2, 3, 4, 5, 6, 7, 8, 9]", b"[NaN, 2, 3, 4, 5, 6, 7, 8, 9]", b"[NaN, 2, 3, 4, 5, 6, 7, 8]"],
        [b"[12345678901234567890123, 1, 2, 3]", b"[12345678901234567890123, 1, 2, 4]"],
        [b"[" * 400 + b"1" + b"]" * 400, b"[" * 400 + b"2" + b"]" * 400, b"[" * 3000 + b"]" * 3000],
        [b'[{"a": 1}, {"a": 2}, {"a": 3}]', b'\x0b[{"a": 1}, {"a": 2}, {"a": 3}]', b'[{"a": 1}, {"a": 2}, {"a": 3}],'],
    ],
)
def test_what_is_written_oddly_is_read_and_compared_as_each_alone(bodies: list[bytes]) -> None:
    agree(bodies)
    agree(bodies[::-1])


@pytest.mark.parametrize(
    "items",
    [
        [{"a": number} for number in range(7)],
        [{"b": 1}, {"a": 2}, 3, [4], "5", {"a": 6}, {"a": 7}],
        [[number, 1] for number in range(8)],
        [1111, 2222, 3333, 4444, 5555, 6666, 7777, 8888],
        ["aaaa", "b,bb", '","', "aaaa", "b,bb", "eeee", "ffff"],
        ["x" * 30, "y", "z" * 30, [1, "w" * 30], "v"],
    ],
)
@pytest.mark.parametrize("spaces", [",", ", "])
def test_every_change_of_a_few_bytes_is_read_as_without_one_before(items: list[Any], spaces: str) -> None:
    body = json.dumps(items, separators=(spaces, ":")).encode()
    texts = Texts()
    for place in range(len(body) + 1):
        head = body[:place]
        changed = [head + b"]", *(head + one + body[place + gap :] for one in _CHANGES for gap in (0, 1, 5))]
        for other in changed:
            parse_received(body, texts)
            assert told(parse_received, other, texts)[0] == told(parse_received, other)[0], other


def state(count: int, **others: Any) -> bytes:
    messages = [{"type": "ai", "id": str(number), "content": "text " * number} for number in range(count)]
    return json.dumps({"values": {"messages": messages, **others}, "next": []}).encode()


def of(value: Any) -> list[Any]:
    found: list[Any] = value["values"]["messages"]
    return found


def test_what_is_written_as_before_is_one_object_and_the_rest_is_not_lost_behind_a_change() -> None:
    texts = Texts()
    old = of(texts.value(state(60)))
    longer = of(texts.value(state(62, steps=3)))
    assert sum(one is other for one, other in zip(old, longer, strict=False)) >= 59
    edited = of(texts.value(state(62, steps=3).replace(b'"id": "30", "content": "', b'"id": "30", "content": "more ')))
    assert edited[30]["content"].startswith("more text")
    assert sum(one is other for one, other in zip(longer, edited, strict=True)) >= 58
    assert [change.path for change in diff({"messages": longer}, {"messages": edited}).changes] == [
        ("messages", 30, "content")
    ]


def test_large_items_are_one_object_too() -> None:
    texts = Texts()
    old = texts.value(json.dumps([{"data": ["x" * 99, number]} for number in range(9)]).encode())
    new = texts.value(json.dumps([{"data": ["x" * 99, number]} for number in [*range(8), 77, 78]]).encode())
    assert [one is other for one, other in zip(old, new, strict=False)] == [True] * 8 + [False]


def test_the_states_of_one_page_share_what_they_have_in_common() -> None:
    page = b"[%s]" % b",".join(state(count) for count in (40, 39, 38))
    first, second, third = parse_records(page, Texts())
    assert sum(one is other for one, other in zip(of(first), of(second), strict=False)) >= 38
    assert sum(one is other for one, other in zip(of(second), of(third), strict=False)) >= 37


def test_nothing_is_kept_of_what_is_refused_nor_of_what_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = Texts()
    old = of(texts.value(state(40)))
    with pytest.raises(ValueError, match="trailing characters"):
        texts.value(state(40) + b"]")
    assert of(texts.value(state(40)))[0] is not old[0]
    texts = Texts()
    monkeypatch.setattr(received, "MOST_SHARED", 100)
    assert parse_received(state(40), texts) == parse_received(state(40))
    assert texts._last is None
