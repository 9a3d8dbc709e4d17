"""What is photographed: the pictures of the README, the tour, and the states of the matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.shots.drive import Stage, Until, answering, asking, ended, ready
from tests.shots.film import Film

WEATHER = "What's the weather in SF?"
FLIGHT = "What's the weather in SF, and find me a flight to Lisbon?"
CHARGED = "I was charged twice for my order"
EXPENSE = "960\nTeam offsite in Lisbon"
ORDER = "laptop"


@dataclass(frozen=True)
class Scene:
    """An assistant, what is typed, until when to wait, and keys after that."""

    name: str
    assistant: str = "travel_agent"
    message: str = WEATHER
    until: Until = ended
    keys: Sequence[str] = ()
    size: tuple[int, int] = (120, 36)
    theme: str = "studio-dark"

    async def play(self, stage: Stage) -> None:
        if self.message:
            await stage.type(self.message)
            await stage.press("ctrl+s" if "\n" in self.message else "enter")
        await stage.until(self.until)
        await stage.press(*self.keys)
        if self.until is not answering:
            await stage.rest()


def _said(command: str) -> tuple[str, ...]:
    """Return the keys that give a command by its name."""
    return (":", *command, "enter")


README = (Scene("paused", "expense_approval", EXPENSE, asking, ("escape", "c")),)

STATES = (
    Scene("new", message="", until=ready),
    Scene("running", message=FLIGHT, until=answering),
    Scene("messages", keys=("escape", "5")),
    Scene("state", keys=("escape", "4")),
    Scene("timeline", keys=("escape", "3")),
    Scene("graph", keys=("escape", "2")),
    Scene("raw", keys=("escape", "7")),
    Scene("diff", keys=("escape", "8", "j", "d")),
    Scene("threads", keys=("escape", "1")),
    Scene("paused", "expense_approval", EXPENSE, asking),
    Scene("failed", "flaky_pipeline", "v\n", ended),
    Scene("team", "support_team", CHARGED, keys=("escape", "2")),
    Scene("palette", keys=("escape", "ctrl+p")),
    Scene("help", keys=("escape", "f1")),
    Scene("theme", keys=("escape", "T")),
    Scene("edit", keys=("escape", "4", "e")),
    Scene("options", message="", until=ready, keys=("ctrl+o",)),
    Scene("assistants", "brand_writer", "", ready, ("escape", "a")),
    Scene("all-threads", keys=("escape", "w")),
    Scene("inbox", keys=("escape", "I")),
    Scene("stopped", message="", until=ready, keys=("escape", "2", "j", "b", "i", *"h", "i", "enter")),
    Scene("questions", "purchase_order", "laptop\n", asking),
    Scene("past", keys=("escape", "8", "j", "j")),
    Scene("team-running", "support_team", CHARGED, answering),
    Scene("team-zoomed", "support_team", CHARGED, keys=("escape", "2", "z")),
    Scene("node", keys=("escape", "2", "j", "enter")),
    Scene("runs", keys=("escape", *_said("runs"))),
    Scene("crons", keys=("escape", "J")),
    Scene("store", keys=("escape", "M")),
    Scene("connect", keys=("escape", *_said("connect"))),
    Scene("message-form", message="", until=ready, keys=("ctrl+n",)),
    Scene("command", "expense_approval", EXPENSE, asking, ("escape", "C")),
    Scene("copy-as", keys=("escape", "4", "Y")),
    Scene("breakpoints", keys=("escape", "2", "j", "b", "ctrl+b")),
    Scene("requests", keys=("escape", *_said("http"))),
    Scene("notices", keys=("escape", "4", "y", *_said("notices"))),
)
"""For the matrix: every state in every size and theme."""


async def tour(stage: Stage, film: Film) -> None:
    """A question and its answer, the graph, the way back in time: what the README promises, in half a minute."""
    film.take(1.0)
    for part in ("What's the ", "weather ", "in SF, and ", "find me ", "a flight ", "to Lisbon?"):
        await stage.type(part)
        film.take(0.25)
    film.take(0.4)
    await stage.press("enter")
    while not ended(stage.studio):
        await stage.rest(0.1)
        film.take(0.22)
    await stage.rest()
    film.take(2.5)
    for seconds, keys in (
        (1.2, ("escape",)),
        (1.6, ("2",)),
        (0.6, ("j",)),
        (1.4, ("j",)),
        (1.6, ("3",)),
        (2.0, ("4",)),
        (2.2, ("8",)),
        (0.7, ("j",)),
        (0.7, ("j",)),
        (0.9, ("j",)),
        (2.6, ("d",)),
        (1.2, ("escape",)),
        (1.8, ("ctrl+p",)),
        (1.8, ("r", "e", "s", "u", "m", "e")),
        (0.8, ("escape",)),
        (0.7, ("T",)),
    ):
        await stage.press(*keys)
        await stage.rest(0.3)
        film.take(seconds)
    await stage.press("escape")
    film.take(1.0)
