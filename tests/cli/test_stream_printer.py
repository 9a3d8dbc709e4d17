"""A run as text on stdout: every message under the node that wrote it, in the order in which things ended."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, cast

from studio_tui.cli.output.stdout import Output
from studio_tui.cli.runs.stream_printer import StreamPrinter
from studio_tui.core.runstate.fold import reduce
from studio_tui.core.state.app_state import AppState
from studio_tui.domain.ids import TaskId
from studio_tui.domain.run import RunState
from studio_tui.wire.frames import Frame
from studio_tui.wire.parse import Parser

Wire = tuple[str, Any]
"""Event and data."""
MODES = ("values", "updates", "messages-tuple", "custom", "tasks", "checkpoints")


class Told:
    """A printer that is fed with events as a followed run would; `batch` events come before each turn of the loop."""

    def __init__(self, *, known: Any = None, sent: Any = None, modes: tuple[str, ...] = MODES) -> None:
        self.written = io.StringIO()
        self.run = RunState(stream_modes=modes)
        self.app_state = AppState(runs=[self.run])
        self.studio = cast("Any", SimpleNamespace(app_state=self.app_state, runtime=SimpleNamespace(on_frame=None)))
        self.printer = StreamPrinter(Output("text", self.written), self.studio, known=known, sent=sent)
        self.printer.attach()
        self._parser = Parser()
        self._number = 0

    def feed(self, wires: Iterable[Wire], *, batch: int = 1, at: float | None = None) -> None:
        for event, data in wires:
            when = float(self._number) / 100 if at is None else at
            frame = Frame(self._number, when, event, json.dumps(data), "")
            self._number += 1
            events = tuple(self._parser.feed(frame))
            for item in events:
                reduce(self.run, item)
            self.studio.runtime.on_frame(self.run, frame, events)
            if self._number % batch == 0:
                self.printer.flush()

    def lines(self) -> list[str]:
        self.printer.finish()
        return [line.rstrip() for line in self.written.getvalue().splitlines()]


def chunk(node: str, key: str, text: str, *, task: str = "", kind: str = "AIMessageChunk", **more: Any) -> Wire:
    meta = {"langgraph_node": node, "langgraph_checkpoint_ns": f"{node}:{task or node}", "langgraph_step": 1}
    return ("messages", [{"type": kind, "id": key, "content": text, **more}, meta])


def starts(node: str, *, task: str = "", ns: str = "") -> Wire:
    data = {"id": task or f"t-{node}", "name": node, "input": {}, "triggers": []}
    return (f"tasks|{ns}" if ns else "tasks", data)


def ends(node: str, *messages: dict[str, Any], task: str = "", ns: str = "", **result: Any) -> Wire:
    written = {"messages": list(messages), **result} if messages else result
    data = {"id": task or f"t-{node}", "name": node, "result": written, "interrupts": []}
    return (f"tasks|{ns}" if ns else "tasks", data)


def updates(node: str, *messages: dict[str, Any]) -> Wire:
    return ("updates", {node: {"messages": list(messages)}})


def state(*messages: dict[str, Any]) -> Wire:
    return ("values", {"messages": list(messages)})


def ai(key: str, text: str, **more: Any) -> dict[str, Any]:
    return {"type": "ai", "id": key, "content": text, **more}


def human(key: str, text: str) -> dict[str, Any]:
    return {"type": "human", "id": key, "content": text}


def names(lines: list[str]) -> list[str]:
    """Lines without marks of tasks and durations."""
    return [line.strip().split("  ")[0] if line.strip()[:1] in ("✓", "✗", "?") else line for line in lines]


async def test_a_rewritten_message_is_printed_whole_under_the_node_that_rewrote_it() -> None:
    first, second = ai("same", "apples are red"), ai("same", "bananas are yellow")
    for batch in (1, 100):
        told = Told(sent={"messages": "go"})
        told.feed(
            [
                state(human("h", "go")),
                starts("draft"), updates("draft", first), ends("draft", first), state(human("h", "go"), first),
                starts("rewrite"), updates("rewrite", second), ends("rewrite", second), state(human("h", "go"), second),
            ],
            batch=batch,
        )  # fmt: skip
        assert names(told.lines()) == [
            "draft", "apples are red", "✓ draft", "  rewritten  message same", "rewrite", "bananas are yellow",
            "✓ rewrite",
        ]  # fmt: skip


async def test_a_rewrite_that_is_shorter_or_begins_the_same_is_told_whole_too() -> None:
    for text in ("ap", "apples are red and sweet"):
        told = Told()
        one, two = ai("same", "apples are red"), ai("same", text)
        told.feed([state(), starts("draft"), ends("draft", one), starts("rewrite"), ends("rewrite", two)])
        lines = told.lines()
        assert lines[lines.index("rewrite") + 1] == text


async def test_nodes_that_write_by_turns_each_have_their_head() -> None:
    told = Told()
    for turn in range(2):
        for node in ("a", "b"):
            task = f"{node}{turn}"
            whole = ai("same", f"{node} says {turn}")
            told.feed([starts(node, task=task), updates(node, whole), ends(node, whole, task=task)])
    texts = [line for line in told.lines() if not line.startswith(("✓", "  "))]
    assert texts == ["a", "a says 0", "b", "b says 0", "a", "a says 1", "b", "b says 1"]


async def test_tokens_of_parallel_nodes_are_not_torn_apart() -> None:
    told = Told()
    told.feed([starts("left", task="l"), starts("right", task="r")])
    for word in ("one ", "two ", "three"):
        told.feed([chunk("left", "m1", f"L{word}", task="l"), chunk("right", "m2", f"R{word}", task="r")])
    assert told.written.getvalue().startswith("left\nLone Ltwo Lthree")  # it streams: nothing waits for its end
    told.feed([ends("right", ai("m2", "Rone Rtwo Rthree"), task="r"), ends("left", ai("m1", "Lone Ltwo Lthree"), task="l")])  # fmt: skip  # noqa: E501
    assert names(told.lines()) == ["left", "Lone Ltwo Lthree", "right", "Rone Rtwo Rthree", "✓ right", "✓ left"]


async def test_a_quiet_message_does_not_hold_up_the_others() -> None:
    told = Told()
    told.feed([starts("slow", task="s"), chunk("slow", "m1", "thinking", task="s")], at=1.0)
    told.feed([starts("quick", task="q"), ends("quick", ai("m2", "here"), task="q")], at=9.0)
    assert "here" in told.written.getvalue()
    told.feed([chunk("slow", "m1", " done", task="s")], at=9.1)
    lines = told.lines()
    assert lines[:3] == ["slow", "thinking", "quick"]
    assert lines[lines.index("slow", 1) + 1] == " done".rstrip()


async def test_inner_tasks_have_their_lines_before_the_task_that_ran_them() -> None:
    for batch in (1, 100):
        told = Told()
        told.feed(
            [
                starts("team", task="p"), starts("worker", task="w", ns="team:p"),
                ends("worker", ai("m", "found it"), task="w", ns="team:p"), ends("team", ai("m", "found it"), task="p"),
            ],
            batch=batch,
        )  # fmt: skip
        assert names(told.lines()) == ["worker", "found it", "✓ worker", "✓ team"]


async def test_tool_calls_and_their_answers_have_lines() -> None:
    told = Told()
    call = {"id": "c1", "name": "search", "args": {"q": "rome"}}
    tool = {"type": "tool", "id": "m2", "name": "search", "tool_call_id": "c1", "content": "sunny\nand warm"}
    told.feed([starts("agent"), ends("agent", ai("m1", "", tool_calls=[call])), starts("tools"), ends("tools", tool)])
    assert names(told.lines()) == [
        "agent", '  calls  search {"q": "rome"}', "✓ agent", "  tool   search sunny⏎and warm", "✓ tools",
    ]  # fmt: skip


async def test_messages_of_roles_nobody_knows_are_printed_and_the_input_is_not() -> None:
    told = Told(sent={"messages": "go"})
    told.feed([chunk("panel", "m1", "weak", task="t-panel", kind="chat", role="critic")])
    told.feed([("updates", {"panel": {"messages": [human("h", "go"), human("h2", "said by the node")]}})])
    assert names(told.lines()) == ["panel  critic", "weak", "panel  human", "said by the node", "✓ panel"]


async def test_what_was_there_before_the_run_is_not_printed_again() -> None:
    old, new = ai("old", "an old answer"), ai("new", "a new answer")
    for modes in (("updates",), MODES):
        told = Told(known={"messages": [old]}, modes=modes)
        told.feed([updates("agent", old, new)])
        assert names(told.lines()) == ["agent", "a new answer", "✓ agent"]
    told = Told(modes=("values",))
    told.feed([state(old), state(old, new)])
    assert told.lines() == ["assistant", "a new answer"]


async def test_a_removed_message_is_told() -> None:
    told = Told(known={"messages": [ai("old", "forget this")]})
    told.feed([state(ai("old", "forget this")), starts("trim"), ends("trim", {"type": "remove", "id": "old", "content": ""})])  # fmt: skip  # noqa: E501
    assert "  removed  message old: forget this" in told.lines()


async def test_a_node_that_copies_what_its_model_streamed_says_it_once() -> None:
    told = Told()
    told.feed([starts("agent"), chunk("agent", "run-1", "hello", task="t-agent"), ends("agent", ai("own", "hello"))])
    assert names(told.lines()) == ["agent", "hello", "✓ agent"]


async def test_a_model_that_begins_with_an_empty_chunk_under_another_id_streams_and_says_it_once() -> None:
    told = Told()
    told.feed([starts("agent"), chunk("agent", "own", "", task="t-agent")])
    told.feed([chunk("agent", "run-1", text, task="t-agent") for text in ("hel", "lo")])
    assert told.written.getvalue().endswith("hello")
    told.feed([chunk("agent", "run-2", "", task="t-agent"), ends("agent", ai("own", "hello"))])
    assert names(told.lines()) == ["agent", "hello", "✓ agent"]


async def test_messages_without_words_yet_hold_nobody_up() -> None:
    told = Told()
    told.feed([chunk(node, node, "") for node in "abc"], batch=3)
    told.feed([chunk("c", "c", "see")])
    assert told.written.getvalue().splitlines() == ["c", "see"]


async def test_a_model_that_says_the_same_twice_is_printed_twice() -> None:
    told = Told()
    two = [chunk("agent", key, "hello", task="t-agent") for key in ("one", "two")]
    told.feed([starts("agent"), *two, ends("agent", ai("one", "hello"), ai("two", "hello"))], batch=9)
    assert names(told.lines()) == ["agent", "hello", "agent", "hello", "✓ agent"]


async def test_what_only_the_state_tells_after_a_gap_is_printed() -> None:
    told = Told()
    told.feed([starts("agent")])
    reduce(told.run, next(iter(Parser().feed(Frame(90, 9.0, "updates", json.dumps({"agent": {"messages": [ai("m", "late")]}}), "")))))  # fmt: skip  # noqa: E501
    assert "late" in told.lines()


async def test_hostile_text_is_made_safe_and_long_text_is_not_cut() -> None:
    told = Told()
    long = "x" * 200_000
    told.feed([updates("agent", ai("m", "\x1b[31mred"), ai("n", long))])
    lines = told.lines()
    assert "␛[31mred" in lines
    assert long in lines


async def test_messages_without_an_id_stand_before_the_line_of_their_task() -> None:
    told = Told(modes=("updates",))
    tool = {"type": "tool", "id": None, "name": "search", "content": "sunny"}
    told.feed([updates("tools", tool), updates("agent", ai("m", "it is sunny"))])
    assert names(told.lines()) == ["  tool   search sunny", "✓ tools", "agent", "it is sunny", "✓ agent"]


def fails(node: str, error: str, *, ns: str = "") -> Wire:
    data = {"id": f"t-{node}", "name": node, "error": error, "interrupts": []}
    return (f"tasks|{ns}" if ns else "tasks", data)


HIDDEN = "QuotaExceeded('An internal error occurred')"


async def test_the_row_of_a_failed_task_waits_for_the_reason_that_the_stream_hides() -> None:
    told = Told()
    told.feed([starts("pay"), fails("pay", HIDDEN)])
    assert "pay" not in told.written.getvalue()
    told.run.tasks[TaskId("t-pay")].error = "QuotaExceeded: account 42 has no credit left"  # as the end tells it
    assert [line.split("  ", 2)[-1] for line in told.lines()] == ["QuotaExceeded: account 42 has no credit left"]


async def test_a_hidden_reason_that_nobody_tells_is_said_to_be_hidden() -> None:
    told = Told()
    told.feed([starts("pay"), fails("pay", HIDDEN)])
    (line,) = told.lines()
    assert "pay" in line
    assert "the server hides the reason" in line
    assert "internal error" not in line


async def test_the_row_of_a_failure_that_the_graph_handles_does_not_wait_for_the_end() -> None:
    told = Told()
    told.feed([starts("outer"), starts("pay", ns="outer:t-outer"), fails("pay", HIDDEN, ns="outer:t-outer")])
    assert told.written.getvalue() == ""
    told.feed([starts("other", ns="outer:t-outer"), ends("other", ns="outer:t-outer", ok=1), ends("outer", ok=1)])
    rows = [line.split()[1] for line in told.written.getvalue().splitlines()]
    assert rows == ["pay", "other", "outer"]
    assert "the server hides the reason" in told.written.getvalue()
    assert len(told.lines()) == 3


async def test_what_a_message_holds_besides_words_has_a_line_once_and_shows_no_data() -> None:
    data = "iVBORw0KGgo1" * 60
    picture = {"type": "image", "base64": data, "mime_type": "image/png"}
    call = {"id": "c", "name": "draw", "args": {"data": data}}
    broken = {"id": "d", "name": "cut", "args": "{", "error": "unfinished"}
    said = [{"type": "thinking", "thinking": "as it is"}, {"type": "text", "text": "Look:"}, picture]
    more: dict[str, Any] = {"tool_calls": [call], "invalid_tool_calls": [broken]}
    answer = {**ai("a", "", response_metadata={"stop_reason": "max_tokens"}, **more), "content": said}
    result: dict[str, Any] = {
        "type": "tool", "id": "t", "tool_call_id": "c", "name": "draw", "content": data, "artifact": {"rows": 3},
    }  # fmt: skip
    told = Told()
    told.feed([starts("n"), ends("n", answer, result), updates("n", answer, result), state(answer, result)])
    lines = told.lines()
    for line in ("Look:", "[image · image/png · 540 B]", "  reasoning  as it is", "  stopped  max_tokens",
                 '  calls  draw {"data": "… (540 B of data)"}', "  calls  cut not valid: unfinished {",
                 "  tool   draw … (540 B of data)", '  artifact  {"rows": 3}'):  # fmt: skip
        assert lines.count(line) == 1, line
    assert data[:40] not in "\n".join(lines)


async def test_messages_without_ids_are_printed_however_large_the_state_is() -> None:
    written: list[Any] = [{"role": "user", "content": "who?"}, {"role": "critic", "content": "a word"}]
    for padding in (10, 40_000, 2_000_000):
        told = Told(sent={"messages": "who?"})
        told.feed([("values", {"messages": [], "pad": ""}), starts("n"), ends("n", *written), updates("n", *written),
                   ("values", {"messages": written, "pad": "x" * padding})])  # fmt: skip
        assert told.lines().count("a word") == 1


async def test_items_of_a_list_of_messages_that_are_none_are_printed_as_they_are() -> None:
    said: list[Any] = [{"role": "critic", "content": "a word"}, 5, None, {"odd": "thing"}]
    told = Told()
    told.feed([("values", {"messages": []}), starts("n"), ends("n", note=1), ("values", {"messages": said})])
    lines = told.lines()
    for line in ("a word", "5", "null", '{"odd": "thing"}'):
        assert line in lines


async def test_a_streamed_answer_is_not_told_again_because_of_its_pictures() -> None:
    def block(number: int, **fields: Any) -> dict[str, Any]:
        return {"index": number, **fields}

    picture = block(1, type="image", base64="AAAA", mime_type="image/png")
    pieces = [block(0, type="text", text="Look "), block(0, type="text", text="here."), picture,
              block(2, type="refusal", refusal="No more.")]  # fmt: skip
    whole = {**ai("a", ""), "content": [{"type": "text", "text": "Look here."}, picture, pieces[-1]]}
    told = Told()
    streamed = [chunk("n", "a", cast("str", [piece])) for piece in pieces]
    told.feed([starts("n"), *streamed, ends("n", whole), updates("n", whole), state(whole)])
    lines = told.lines()
    assert lines[:4] == ["n", "Look here.", "  image  image/png · 3 B", "  refusal  No more."]
    assert lines.count("Look here.") == 1
