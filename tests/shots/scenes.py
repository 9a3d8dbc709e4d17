"""What a scene is; the pictures of the README, and the tour."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tests.shots.drive import Stage, Until, asking, ended, ready
from tests.shots.film import Film

WEATHER = "What's the weather in SF?"
WEEKEND = "Plan a weekend in Lisbon"
CHARGED = "I was charged twice for my order"
EXPENSE = "960\nTeam offsite in Lisbon"
ORDER = "laptop"


@dataclass(frozen=True)
class Scene:
    """What is opened, what is typed, until when to wait, keys after that, and what proves that it is there."""

    name: str
    shows: Sequence[str] = ()
    """What then stands on the screen, at any size."""
    assistant: str = "travel_agent"
    message: str | Sequence[str] = ""
    """What is sent: a line, the fields of a form with line ends between them, or keys that write it."""
    until: Until = ready
    keys: Sequence[str] = ()
    then: Callable[[Stage], Awaitable[None]] | None = None
    hides: Sequence[str] = ()
    form: bool = False
    """The keys of `message` are for a form, which comes with the graph's schema."""
    opens: str = ""
    """The name of a thread that is there already."""
    bare: bool = False
    """The server holds nothing yet."""
    readonly: bool = False
    losable: bool = False
    local: bool = False
    size: tuple[int, int] = (120, 36)
    theme: str = "studio-dark"

    async def prove(self, stage: Stage, *, ascii: bool = False) -> None:
        """Wait until the screen proves the state; where there is only ASCII, by its ASCII words.

        Raises AssertionError when it does not.
        """
        await stage.sees(*(text for text in self.shows if not ascii or text.isascii()))
        for text in self.hides:
            assert text not in stage.text, f"there is text {text!r}"

    async def play(self, stage: Stage, *, ascii: bool = False) -> None:
        """Bring the app to the state, and wait until the screen proves it. Raises AssertionError when it does not."""
        if self.form:
            await stage.form()
        if isinstance(self.message, str):
            await stage.type(self.message)
        else:
            await stage.press(*self.message)
        if self.message:
            await stage.press("ctrl+s" if "\n" in self.message or not isinstance(self.message, str) else "enter")
        await stage.until(self.until)
        await stage.press(*self.keys)
        if self.then is not None:
            await self.then(stage)
        await self.prove(stage, ascii=ascii)


def said(command: str) -> tuple[str, ...]:
    """Return the keys that give a command by its name."""
    return (":", *typed(command), "enter")


def typed(text: str) -> tuple[str, ...]:
    """Return the keys that write a text."""
    return tuple(_KEYS.get(character, character) for character in text)


_KEYS = {" ": "space", "\n": "enter"}

README = (Scene("paused", ("ASKS YOU",), "expense_approval", EXPENSE, asking, ("escape", "c")),)


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
