"""Every demo graph does, on a real server, what the product shows with it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

pytestmark = pytest.mark.server

GRAPH_IDS = {
    "travel_agent",
    "expense_approval",
    "research_report",
    "support_team",
    "trip_planner",
    "purchase_order",
    "brand_writer",
    "memory_notes",
    "flaky_pipeline",
    "long_countdown",
}


class Api:
    """The few calls these tests need, over plain urllib."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer of one request."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(self.base_url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def thread(self) -> str:
        """A new thread's id."""
        return str(self.call("POST", "/threads", {})["thread_id"])

    def run(self, thread: str, graph: str, modes: list[str], **body: Any) -> list[tuple[str, Any]]:
        """All events of one run, with those of subgraphs."""
        payload = {"assistant_id": graph, "stream_mode": modes, "stream_subgraphs": True, **body}
        request = urllib.request.Request(
            f"{self.base_url}/threads/{thread}/runs/stream",
            json.dumps(payload).encode(),
            {"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return list(_events(answer.read().decode()))

    def state(self, thread: str, *, subgraphs: bool = False) -> Any:
        """The thread's current state."""
        return self.call("GET", f"/threads/{thread}/state?subgraphs={str(subgraphs).lower()}")


def _events(text: str) -> Iterator[tuple[str, Any]]:
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
        if "event" in fields:
            yield fields["event"], json.loads(fields["data"])


@pytest.fixture(scope="module")
def api(server: str) -> Api:
    return Api(server)


def ask(api: Api, thread: str, graph: str, text: str) -> list[dict[str, Any]]:
    """Say `text` and return all messages of the thread afterwards."""
    api.run(thread, graph, ["updates"], input={"messages": [{"role": "user", "content": text}]})
    messages: list[dict[str, Any]] = api.state(thread)["values"]["messages"]
    return messages


def test_all_graphs_are_served_with_description_and_schemas(api: Api) -> None:
    found = api.call("POST", "/assistants/search", {"limit": 100})
    # Other tests make assistants of their own on the same server.
    assistants = [item for item in found if item["metadata"].get("created_by") == "system"]
    assert {item["graph_id"] for item in assistants} == GRAPH_IDS
    for item in assistants:
        assert item["description"]
        schemas = api.call("GET", f"/assistants/{item['assistant_id']}/schemas")
        assert schemas["input_schema"]["properties"], item["graph_id"]
        assert schemas["state_schema"]["properties"], item["graph_id"]
        assert schemas["output_schema"] is not None
        graph = api.call("GET", f"/assistants/{item['assistant_id']}/graph?xray=true")
        assert len(graph["edges"]) >= 2, item["graph_id"]


def test_weather_question_streams_a_tool_call_and_an_answer(api: Api) -> None:
    thread = api.thread()
    question = {"messages": [{"role": "user", "content": "what's the weather in sf"}]}
    events = api.run(thread, "travel_agent", ["messages-tuple", "updates"], input=question)
    chunks = [data[0] for name, data in events if name == "messages"]
    fragments = [piece for chunk in chunks for piece in chunk.get("tool_call_chunks") or []]
    assert fragments[0]["name"] == "get_weather"
    assert json.loads("".join(piece["args"] or "" for piece in fragments)) == {"city_name": "San Francisco"}
    human, call, result, answer = api.state(thread)["values"]["messages"]
    assert (human["type"], call["tool_calls"][0]["name"], result["name"]) == ("human", "get_weather", "get_weather")
    assert result["tool_call_id"] == call["tool_calls"][0]["id"]
    streamed = [chunk for chunk in chunks if chunk["id"] == answer["id"]]
    assert len(streamed) > 10
    assert "".join(chunk["content"] for chunk in streamed) == answer["content"]
    assert "San Francisco" in answer["content"]
    assert answer["usage_metadata"]["output_tokens"] > 10


def test_two_questions_at_once_make_two_parallel_tool_calls(api: Api) -> None:
    thread = api.thread()
    messages = ask(api, thread, "travel_agent", "Flights from Berlin to Lisbon and a hotel for 4 nights, please")
    calls = messages[1]["tool_calls"]
    assert [call["name"] for call in calls] == ["search_flights", "find_hotels"]
    assert calls[1]["args"] == {"city_name": "Lisbon", "nights": 4}
    assert [message["type"] for message in messages] == ["human", "ai", "tool", "tool", "ai"]


def test_follow_up_keeps_the_topic_and_an_unknown_city_is_a_tool_error(api: Api) -> None:
    thread = api.thread()
    ask(api, thread, "travel_agent", "weather in Tokyo?")
    messages = ask(api, thread, "travel_agent", "and in Paris?")
    assert messages[-3]["tool_calls"][0]["args"] == {"city_name": "Paris"}
    messages = ask(api, thread, "travel_agent", "What is the weather in Atlantis?")
    assert messages[-2]["status"] == "error"
    assert "Atlantis" in messages[-1]["content"]


def test_small_talk_needs_no_tools(api: Api) -> None:
    parts = {"hello": "weather", "thanks!": "welcome", "qwertz": "travel", "what can you do": "demo travel agent"}
    with ThreadPoolExecutor() as pool:
        talks = list(pool.map(lambda text: ask(api, api.thread(), "travel_agent", text), parts))
    for messages, part in zip(talks, parts.values(), strict=True):
        assert [message["type"] for message in messages] == ["human", "ai"]
        assert part in messages[-1]["content"]


def test_small_expense_passes_and_large_one_waits(api: Api) -> None:
    thread = api.thread()
    api.run(thread, "expense_approval", ["updates"], input={"amount": 40, "purpose": "cables"})
    state = api.state(thread)
    assert (state["next"], state["values"]["decision"]) == ([], "approved by policy")
    large = api.thread()
    api.run(large, "expense_approval", ["updates"], input={"amount": 1240, "purpose": "monitor"})
    state = api.state(large)
    assert state["next"] == ["human_review"]
    value = state["tasks"][0]["interrupts"][0]["value"]
    assert value["action_request"]["args"]["amount_eur"] == 1240
    assert set(value) == {"action_request", "config", "description"}


ANSWERS: list[tuple[Any, str, float]] = [
    # the reviewer's answer, the decision, the amount afterwards
    (True, "approved by a human", 1240),
    ([{"type": "accept", "args": None}], "approved by a human", 1240),
    (
        {"type": "edit", "args": {"action": "approve_expense", "args": {"amount_eur": 900}}},
        "approved with changes",
        900,
    ),
    ({"type": "ignore"}, "rejected", 1240),
    (False, "rejected", 1240),
    ("no", "rejected", 1240),
]


def test_reviewer_answers_end_the_approval(api: Api) -> None:
    def review(answer: Any) -> tuple[list[str], str, float]:
        thread = api.thread()
        api.run(thread, "expense_approval", ["updates"], input={"amount": 1240, "purpose": "monitor"})
        api.run(thread, "expense_approval", ["updates"], command={"resume": answer})
        state = api.state(thread)
        return state["next"], state["values"]["decision"], state["values"]["report"]["amount_eur"]

    with ThreadPoolExecutor() as pool:
        reviewed = list(pool.map(review, [answer for answer, _, _ in ANSWERS]))
    assert reviewed == [([], decision, amount) for _, decision, amount in ANSWERS]


def test_a_reviewer_question_goes_back_to_the_draft_and_asks_again(api: Api) -> None:
    thread = api.thread()
    api.run(thread, "expense_approval", ["updates"], input={"amount": 1240, "purpose": "monitor"})
    api.run(thread, "expense_approval", ["updates"], command={"resume": {"type": "response", "args": "receipt?"}})
    state = api.state(thread)
    assert state["next"] == ["human_review"]
    assert "receipt?" in state["values"]["report"]["answer_to_reviewer"]


def test_research_fans_out_to_subgraphs_and_keeps_the_planned_order(api: Api) -> None:
    thread = api.thread()
    request = {"question": "night trains", "topics": 4}
    events = api.run(thread, "research_report", ["updates", "messages-tuple"], input=request)
    namespaces = {name.split("|", 1)[1].split("|")[0] for name, _ in events if name.startswith("updates|")}
    assert len(namespaces) == 4
    assert all(namespace.startswith("research_topic:") for namespace in namespaces)
    report = api.state(thread)["values"]["report"]
    headings = [line for line in report.splitlines() if line.startswith("## ")]
    assert headings == [
        "## Background",
        "## Benefits",
        "## Costs and risks",
        "## Who does it well",
        "## Recommendation",
    ]


def test_supervisor_sends_each_matter_to_its_worker(api: Api) -> None:
    thread = api.thread()
    messages = ask(api, thread, "support_team", "I was charged twice and the app crashes, and my password is gone")
    assert [message["name"] for message in messages[1:]] == ["billing", "technical", "account", "supervisor"]
    messages = ask(api, thread, "support_team", "good morning")
    assert messages[-1]["name"] == "supervisor"
    edges = {(edge["source"], edge["target"]) for edge in _graph(api, "support_team")["edges"]}
    assert {("supervisor", "billing"), ("billing", "supervisor"), ("supervisor", "__end__")} <= edges


def _graph(api: Api, graph_id: str) -> Any:
    found = api.call("POST", "/assistants/search", {"graph_id": graph_id})
    return api.call("GET", f"/assistants/{found[0]['assistant_id']}/graph?xray=true")


@pytest.mark.parametrize(("answer", "status"), [({"approved": True, "card": "personal"}, "paid"), (False, "declined")])
def test_trip_waits_two_subgraphs_deep_for_the_payment(api: Api, answer: Any, status: str) -> None:
    thread = api.thread()
    api.run(thread, "trip_planner", ["updates"], input={"destination": "Tokyo", "nights": 5})
    outer = api.state(thread, subgraphs=True)
    assert outer["next"] == ["bookings"]
    nodes = {node["id"] for node in _graph(api, "trip_planner")["nodes"]}
    assert "bookings:payment:authorize_payment" in nodes
    inner = outer["tasks"][0]["state"]["tasks"][0]["state"]
    assert inner["next"] == ["authorize_payment"]
    interrupt = inner["tasks"][0]["interrupts"][0]
    assert interrupt["response_schema"]["required"] == ["approved"]
    assert interrupt["value"]["quote"]["total_eur"] > 100
    api.run(thread, "trip_planner", ["updates"], command={"resume": answer})
    state = api.state(thread)
    assert (state["next"], state["values"]["receipt"]["status"]) == ([], status)
    if status == "paid":
        assert state["values"]["receipt"]["card"] == "personal"


def test_writer_follows_its_context(api: Api) -> None:
    found = api.call("POST", "/assistants/search", {"graph_id": "brand_writer"})[0]
    schema = api.call("GET", f"/assistants/{found['assistant_id']}/schemas")["context_schema"]
    properties = schema["properties"]
    assert properties["model"]["enum"] == ["demo-large", "demo-small", "demo-creative"]
    assert (properties["temperature"]["minimum"], properties["temperature"]["maximum"]) == (0, 1)
    assert properties["system_prompt"]["langgraph_type"] == "prompt"
    short, plain = api.thread(), api.thread()
    request = {"product": "a tin kettle"}
    context = {"system_prompt": "Formal tone, please.", "max_words": 12, "model": "demo-small", "emoji": True}
    events = api.run(short, "brand_writer", ["messages-tuple"], input=request, context=context)
    assert any(
        data[0]["response_metadata"].get("model_name") == "demo-small" for name, data in events if name == "messages"
    )
    text = api.state(short)["values"]["final"]
    assert text.startswith("We are pleased")
    assert text.endswith("… 🌲")
    api.run(plain, "brand_writer", ["values"], input=request)
    assert "tin kettle" in api.state(plain)["values"]["final"]
    assert not api.state(plain)["values"]["final"].startswith("We are pleased")


def test_notes_outlive_the_thread_in_the_store(api: Api) -> None:
    context = {"user_id": "notes-test"}

    def say(text: str) -> str:
        thread = api.thread()
        body = {"input": {"messages": [{"role": "user", "content": text}]}, "context": context}
        api.run(thread, "memory_notes", ["updates"], **body)
        return str(api.state(thread)["values"]["messages"][-1]["content"])

    say("Remember that I like window seats")
    items = api.call("POST", "/store/items/search", {"namespace_prefix": ["notes", "notes-test"]})["items"]
    assert [item["value"]["text"] for item in items] == ["I like window seats"]
    assert "window seats" in say("What do you know about me?")
    say("forget about window seats")
    assert say("what do you remember about me") == "I know nothing about you yet."


def test_pipeline_fails_where_asked_with_the_whole_text(api: Api) -> None:
    thread = api.thread()
    events = api.run(thread, "flaky_pipeline", ["updates"], input={"fail_at": "validate"})
    assert events[-1][0] == "error"
    error = api.state(thread)["tasks"][0]["error"]
    assert "column 'amount'" in error
    assert "Fix the two columns" in error


def test_pipeline_recovers_by_retry(api: Api) -> None:
    thread = api.thread()
    request = {"fail_at": "load", "error": "ConnectionError", "fail_attempts": 2, "rows": 300}
    api.run(thread, "flaky_pipeline", ["updates"], input=request)
    values = api.state(thread)["values"]
    assert values["loaded_rows"] == 297
    assert values["log"][-1] == "loaded 297 rows in attempt 3"


def test_countdown_loops_longer_than_the_classic_recursion_limit(api: Api) -> None:
    thread = api.thread()
    events = api.run(thread, "long_countdown", ["custom", "updates"], input={"count": 40, "seconds": 0})
    progress = [data["progress"] for name, data in events if name == "custom"]
    assert len(progress) == 40
    assert progress == sorted(progress)
    assert api.state(thread)["values"]["status"] == "lift-off after 40 steps"


@pytest.mark.parametrize(
    ("graph_id", "given", "answer"),
    [
        ("trip_planner", {"destination": "Lisbon", "travellers": 10**18}, None),
        ("long_countdown", {"count": 3, "seconds": 0, "remaining": 10**30}, None),
        ("expense_approval", {"amount": 900, "purpose": "x"}, "many"),
    ],
)
def test_no_input_or_answer_makes_the_state_of_a_demo_graph_unreadable(
    api: Api, graph_id: str, given: Any, answer: str | None
) -> None:
    """Python servers answer 500 for good once a state holds what they cannot write as JSON."""
    thread_id = api.call("POST", "/threads", {})["thread_id"]
    api.call("POST", f"/threads/{thread_id}/runs/wait", {"assistant_id": graph_id, "input": given})
    if answer:
        edit = {
            "type": "edit",
            "args": {"action": "approve_expense", "args": {"amount_eur": answer, "extra": [answer]}},
        }
        body = {"assistant_id": graph_id, "command": {"resume": edit}}
        api.call("POST", f"/threads/{thread_id}/runs/wait", body)
        report = api.call("GET", f"/threads/{thread_id}/state")["values"]["report"]
        assert (report["amount_eur"], "extra" in report) == (900, False)
    assert "values" in api.call("GET", f"/threads/{thread_id}/state")
