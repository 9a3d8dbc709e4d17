"""Finding a command by what somebody calls it: by title, id, the words that people use, its help, or a few letters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from studio_tui.ui.commands.synonyms import SYNONYMS
from studio_tui.ui.contracts.command import Command

Section = Literal["Now", "Not now", "Perhaps"]
SURE = 4
"""Ranks up to this one are what was meant; worse ones (a word of the help, scattered letters) are guesses."""
_NAVIGATION = "Panels"
_MOVES = {"panel-next", "panel-previous", "tab-next", "tab-prev", "filter-next", "filter-previous"}
"""Keys more than commands: nobody looks for them."""


class Candidate(Struct, frozen=True):
    """A command that is offered, and how it stands at this moment."""

    command: Command
    title: str
    """Told apart from every other one."""
    help: str
    problem: str = ""
    """Why it cannot be done now, or empty."""
    argument: str = ""
    """What the command is done with, where that is one of many: an assistant, a thread."""
    called: str = ""
    """Names of that one (raw text)."""


class Found(Struct, frozen=True):
    """One row of what was found."""

    section: Section
    candidate: Candidate
    rank: tuple[int, int] = (0, 0)
    """How well it fits, the least is the best."""


def titled_apart(commands: Iterable[Command]) -> dict[str, str]:
    """Return the title of each command by its id; of those that are called alike, with where they belong."""
    every = list(commands)
    seen: dict[str, int] = {}
    for command in every:
        seen[command.title.lower()] = seen.get(command.title.lower(), 0) + 1
    titles = {item.id: item.title if seen[item.title.lower()] == 1 else f"{item.title}: {item.group}" for item in every}
    twice = [title for title in titles.values() if list(titles.values()).count(title) > 1]
    return {name: f"{title} ({name})" if title in twice else title for name, title in titles.items()}


def find(candidates: Sequence[Candidate], typed: str, first: Sequence[str] = ()) -> list[Found]:
    """Return what matches `typed`, best first, by section, what can be done first; nothing typed: all, those of the
    ids `first` first, navigation last.

    One of many is found by a word of its name, or by what is done with it (`use`).
    """
    words = typed.lower().split()
    place = {command_id: index for index, command_id in enumerate(first)}
    ranked: list[tuple[tuple[int, int], Candidate]] = []
    for index, item in enumerate(candidates):
        if not words:
            if item.argument:
                continue  # many; who looks for one names it
            at = place.get(item.command.id, len(first) + index)
            ranked.append(((int(item.command.group == _NAVIGATION and item.command.id not in place), at), item))
        elif (found := rank(item, words)) is not None:
            ranked.append((found, item))
    ranked.sort(key=lambda entry: entry[0])
    are_sure = bool(words) and any(found[0] <= SURE for found, _ in ranked)
    sections: dict[Section, list[Found]] = {"Now": [], "Not now": [], "Perhaps": []}
    for found, item in ranked:
        guess = are_sure and found[0] > SURE
        section: Section = "Perhaps" if guess else "Not now" if item.problem else "Now"
        sections[section].append(Found(section, item, found))
    return [item for rows in sections.values() for item in rows]


def meant_instead(rows: Sequence[Found]) -> Found | None:
    """Return what was meant more than the first row, where that cannot be done now."""
    blocked = [row for row in rows if row.section == "Not now"]
    first = next(iter(rows), None)
    is_other = first is not None and first.section == "Now" and not first.candidate.argument
    return blocked[0] if is_other and first is not None and blocked and blocked[0].rank < first.rank else None


def is_called(commands: Iterable[Command], typed: str, here: frozenset[str]) -> bool:
    """Tell whether people call a command so that is offered where the keys of `here` work."""
    words = typed.lower().split()
    found = (rank(Candidate(item, item.title, ""), words) for item in commands if item.offered(here))
    return any(rank_ is not None and rank_[0] < SURE for rank_ in found)


def rank(item: Candidate, words: Sequence[str]) -> tuple[int, int] | None:
    """Return how well a command matches words (lower case), (0, 0) is best; None: not at all."""
    typed, title = " ".join(words), item.title.lower()
    if item.argument:
        if len(words) <= 2 and title.split()[: len(words)] == list(words):
            return SURE, 1  # what is done, whichever it is done with
        own = (*item.called.lower().split(), *_parts(item.called.lower()))
        if not any(_begins(word, own) for word in words) or not all(
            _begins(word, (*own, *_parts(title))) for word in words
        ):
            return None
        return (1, 0) if typed in own else (1, 2)
    names = item.command.names
    called = SYNONYMS.get(item.command.id, "").split()
    parts = [*_parts(title), *(part for name in names for part in name.split("-"))]
    if item.command.id in _MOVES:
        return (3, 0) if all(_begins(word, (*parts, *called)) for word in words) else None
    if title.startswith(typed) or typed in names:
        return 0, int(typed not in names)
    if f"{' '.join(called)} ".startswith(f"{typed} "):
        return 1, 0
    if all(_begins(word, parts) for word in words) or _begins(typed, names):
        return 1, 1
    if all(word in called or word in parts for word in words):
        return 2, called.index(words[0]) if words[0] in called else 0
    if all(_begins(word, (*parts, *called)) for word in words):
        return 3, 0
    if typed in title:
        return SURE, 0
    if all(_begins(word, (*parts, *called, *_parts(item.help.lower()))) for word in words):
        return SURE + 1, 0
    return (SURE + 2, 0) if _scattered("".join(words), title) else None


def _parts(text: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in text).split()


def _begins(word: str, parts: Iterable[str]) -> bool:
    return any(part.startswith(word) for part in parts)


def _scattered(letters: str, title: str) -> bool:
    """Whether the letters stand in the title in this order, the first one at the beginning of a word."""
    for start in (0, *(at + 1 for at, char in enumerate(title) if char == " ")):
        if not title.startswith(letters[:1], start):
            continue
        at = start
        for letter in letters:
            at = title.find(letter, at) + 1
            if not at:
                break
        else:
            return True
    return False
