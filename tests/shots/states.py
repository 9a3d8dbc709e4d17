"""The states of the matrix: each in every size and look, with the words that prove it is the state it is called."""

from __future__ import annotations

from tests.shots.drive import Stage, answering, asking, at_breakpoint, counting, ended, failed, fanned_out
from tests.shots.scenes import CHARGED, EXPENSE, ORDER, WEATHER, WEEKEND, Scene, said, typed

QUESTION = "Night trains in Europe"
COUNTDOWN = "40\n0.5"
FAILING = (*typed("3600"), "tab", *["right"] * 4)
"""Rows, and `fail_at` on validate."""
BROKEN = ("escape", *said("break tools"), "i", *typed("weather in Rome"))


async def _lose(stage: Stage) -> None:
    assert stage.relay is not None
    await stage.relay.cut()


STUDIO = (
    Scene("first-run", ("new thread",), hides=("wait (I)",), bare=True),
    Scene("new", ("Message",)),
    Scene("form", ("eur",), "purchase_order", form=True),
    Scene("form-wrong", ("Not sent",), "purchase_order", form=True, keys=(*typed("chair\nmuch"), "ctrl+s")),
    Scene("running", ("RUNNING", "Stop"), message=WEEKEND, until=answering),
    Scene("team-running", ("RUNNING",), "support_team", CHARGED, answering),
    Scene("fan-out", ("RUNNING", "research_topic"), "research_report", f"{QUESTION}\n", fanned_out, ("escape", "2")),
    Scene("counting", ("RUNNING", "tick"), "long_countdown", COUNTDOWN, counting, ("escape", "3")),
    Scene("messages", ("San Francisco", "get_weather"), message=WEATHER, until=ended, keys=("escape", "5")),
    Scene("markdown", ("Lisbon",), opens="weekend", keys=("escape", "5")),
    Scene("state", ("messages",), message=WEATHER, until=ended, keys=("escape", "4")),
    Scene("timeline", ("tools",), message=WEATHER, until=ended, keys=("escape", "3")),
    Scene("graph", ("agent",), message=WEATHER, until=ended, keys=("escape", "2")),
    Scene("graph-edges", ("only seen",), message=WEATHER, until=ended, keys=("escape", "2", "O")),
    Scene("graph-heat", ("visits in this turn",), message=WEATHER, until=ended, keys=("escape", "2", "O", "O")),
    Scene("graph-opened", ("payment",), "trip_planner", opens="tokyo", keys=("escape", *said("xray on"), "2", "z")),
    Scene("graph-heat-nested", ("time",), "trip_planner", opens="tokyo", keys=("escape", *said("observed time"), "2")),
    Scene("graph-order", ("sign",), "purchase_order", f"{ORDER}\n1890", asking, ("escape", "2", "z")),
    Scene("raw", ("values",), message=WEATHER, until=ended, keys=("escape", "7")),
    Scene("diff", ("messages",), message=WEATHER, until=ended, keys=("escape", "8", "j", "d")),
    Scene("threads", ("Weekend in Lisbon",), opens="weekend", keys=("escape", "1")),
    Scene("titled", ("Quarterly review",), opens="titled", keys=("escape", "5")),
    Scene("team", ("supervisor",), "support_team", CHARGED, ended, ("escape", "2")),
    Scene("team-zoomed", ("supervisor", "Unzoom"), "support_team", CHARGED, ended, ("escape", "2", "z")),
    Scene("failed", ("FAILED in validate",), "flaky_pipeline", FAILING, failed, form=True, keys=("escape", "3")),
    Scene(
        "failed-error",
        ("Fix the two columns",),
        "flaky_pipeline",
        FAILING,
        failed,
        form=True,
        keys=("escape", "3", "E"),
    ),
    Scene("stopped", ("PAUSED", "tools"), message=BROKEN, until=at_breakpoint, keys=("escape", "2")),
    Scene("past", ("THE PAST",), opens="weekend", keys=("escape", "8", "j", "j")),
    Scene("compare", ("THE PAST", " M "), opens="weekend", keys=("escape", "8", "j", "m", "j", "j")),
    Scene("search", ("Clear search",), opens="weekend", keys=("escape", "5", "/", *typed("hotel"), "enter")),
    Scene("lost", ("lost",), opens="weekend", losable=True, keys=("escape",), then=_lose),
    Scene("readonly", ("READONLY",), opens="weekend", readonly=True, keys=("escape",)),
    Scene("readonly-no", ("READONLY",), opens="weekend", readonly=True, keys=("escape", "4", "e")),
    Scene("notice", ("Copied",), opens="weekend", keys=("escape", "4", "y")),
    Scene("prompt", (":run",), opens="weekend", keys=("escape", ":", *typed("run"))),
    Scene("nested", ("authorize_payment",), "trip_planner", opens="tokyo", keys=("escape", "2")),
)

QUESTIONS = (
    Scene("paused", ("ASKS YOU", "Ana Reis"), "expense_approval", opens="offsite"),
    Scene(
        "answering",
        ("ASKS YOU",),
        "expense_approval",
        EXPENSE,
        asking,
        ("escape", "c", "enter", *typed("which landlord?")),
    ),
    Scene("approving", ("y again",), "expense_approval", opens="offsite", keys=("escape", "c", "y")),
    Scene("questions", ("2 questions", "budget"), "purchase_order", f"{ORDER}\n1890", asking),
    Scene("question-form", ("approved",), "trip_planner", opens="tokyo", keys=("escape", "c", "enter")),
    Scene("inbox", ("approve_expense", "4 threads wait"), keys=("escape", "I")),
    Scene("inbox-long", ("landlord",), keys=("escape", "I", "/", *typed("4310"), "enter", "tab")),
    Scene("command", ("resume, update, goto",), "expense_approval", opens="offsite", keys=("escape", "C")),
)

DIALOGS = (
    Scene("palette", ("Now",), opens="weekend", keys=("escape", "ctrl+p")),
    Scene("palette-query", ("Breakpoints",), opens="weekend", keys=("escape", "ctrl+p", *typed("break"))),
    Scene("help", ("Help",), opens="weekend", keys=("escape", "f1")),
    Scene("theme", ("studio-light",), opens="weekend", keys=("escape", "T")),
    Scene("copy-as", ("checkpoint id",), opens="weekend", keys=("escape", "4", "Y")),
    Scene(
        "breakpoints",
        ("before tools", "Remove"),
        opens="weekend",
        keys=("escape", *said("break tools"), *said("break agent after"), "ctrl+b"),
    ),
    Scene("notices", ("Notices",), opens="weekend", keys=("escape", "4", "y", *said("notices"))),
    Scene("picker", ("Sort threads by",), keys=("escape", "w", "o")),
    Scene("delete", ("Delete",), opens="weekend", keys=("escape", "1", "D")),
    Scene("options", ("Run options",), keys=("ctrl+o",)),
    Scene("message-form", ("human",), keys=("ctrl+n", *typed("and hotels?"))),
    Scene("node", ("Node tools",), opens="weekend", keys=("escape", "2", "/", *typed("tools"), "enter", "enter")),
    Scene(
        "node-subgraph",
        ("Node bookings",),
        "trip_planner",
        opens="tokyo",
        keys=("escape", "2", "/", *typed("bookings"), "enter", "enter"),
    ),
    Scene("export-graph", ("Mermaid",), opens="weekend", keys=("escape", "2", "p")),
    Scene("edit-what", ("Edit what",), opens="weekend", keys=("escape", "4", "e")),
    Scene("edit", ("messages",), opens="weekend", keys=("escape", "4", "e", *typed("[0]"), "enter")),
    Scene("edit-wrong", ("line 1",), opens="weekend", keys=("escape", "4", "e", *typed("[0]"), "enter", "{")),
    Scene("cron-form", ("New cron", "At 09:30"), keys=("escape", "J", "A", *typed("30 9 * * 1-5"))),
    Scene("connect", ("Connect to a LangGraph server", "READONLY"), keys=("escape", *said("server"))),
)

VIEWS = (
    Scene("all-threads", ("Weekend in Lisbon",), keys=("escape", "w")),
    Scene("threads-marked", ("3 marked",), keys=("escape", "w", "space", "down", "space", "down", "space")),
    Scene("runs", ("done", "1 run"), opens="weekend", keys=("escape", *said("runs"))),
    Scene("assistants", ("Mountain hut",), "brand_writer", keys=("escape", "a")),
    Scene("assistant-form", ("Mountain hut",), "brand_writer", keys=("escape", "a", "down", "e")),
    Scene("versions", ("Mountain hut",), "brand_writer", keys=("escape", "a", "down", "v")),
    Scene("versions-diff", ("Mountain hut",), "brand_writer", keys=("escape", "a", "down", "v", "d")),
    Scene("store", ("prefers-aisle", "9 items"), keys=("escape", "M")),
    Scene("store-item", ("I like window seats",), keys=("escape", "M", "tab", "enter")),
    Scene("crons", ("Berlin", "1 paused"), keys=("escape", "J")),
    Scene("cron", ("next_times",), keys=("escape", "J", "enter")),
    Scene("requests", ("/threads/search",), opens="weekend", keys=("escape", "@")),
    Scene("server-log", ("Joined thread stream",), opens="weekend", local=True, keys=("escape", "ctrl+l")),
)

STATES = (*STUDIO, *QUESTIONS, *DIALOGS, *VIEWS)
