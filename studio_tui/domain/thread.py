"""Threads as lists show them: never their values, which are a cache and may be megabytes (PROTOCOL §4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from studio_tui.domain.ids import AssistantId, RunId, ThreadId
from studio_tui.domain.message.content import parts_of
from studio_tui.domain.run import elapsed
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, as_str
from studio_tui.text.cells import cut
from studio_tui.text.prose import one_line, unmarked


class ThreadStatus(StrEnum):
    """A thread's status as the server names it; `interrupted` means the head has a `next`."""

    IDLE = "idle"
    BUSY = "busy"
    INTERRUPTED = "interrupted"
    ERROR = "error"
    UNKNOWN = "unknown"


class Thread(Struct, frozen=True):
    """One row of the thread list; times are unix seconds."""

    thread_id: ThreadId
    status: ThreadStatus = ThreadStatus.UNKNOWN
    graph_id: str = ""
    assistant_id: str = ""
    title: str = ""
    """`metadata.title` or `metadata.name`, else empty."""
    words: str = ""
    """The first words that a human said there, on one line and cut; raw. Empty where the server cannot pick them."""
    words_known: bool = False
    """Whether `words` is what there is: the list brought what it takes to know."""
    created_at: float | None = None
    updated_at: float | None = None
    interrupt_count: int = 0
    metadata: JsonObject = field(default_factory=dict)
    raw: JsonObject = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)
    """Texts of the state keys that a list was asked to show, by their paths; raw."""

    @property
    def label(self) -> str:
        """What to call the thread: its title, else its first words, without marks; else nothing; raw."""
        title = self.title if len(self.title) <= TITLE_LIMIT else self.title[: TITLE_LIMIT - 1] + "…"
        return unmarked(title) or self.words

    def called(self, words: Mapping[ThreadId, str]) -> str:
        """Return what to call the thread, `words` being what was read here; raw.

        What was read goes before the row's own words: those may be values of the moment, and a name stays.
        """
        return (self.label if self.title else "") or words.get(self.thread_id, "") or self.words

    def is_nameless(self, words: Mapping[ThreadId, str]) -> bool:
        """Whether nothing is known to call it by, in `words` neither, and reading may tell: its first words, or, where
        nobody said any, the values of what its graph takes."""
        return not self.called(words) and not (self.words_known and not self.graph_id)


WORD_KEYS = ("question", "query", "topic", "input", "prompt")
"""Where graphs without messages commonly keep what a human asked; servers pick at most ten paths out of a thread."""
TITLE_LIMIT = 500
"""Characters of a title that a thread is called by: any client may have written a whole document there."""
WORDS_LIMIT = 120
"""Characters kept of a thread's first words."""


_VALUES = 3
"""Values that name a thread nobody said anything in."""
_VALUE_CHARACTERS = 48
_SECRET = re.compile("key|token|secret|password|credential", re.IGNORECASE)
"""Names of values that are never shown as a name."""
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{18,}", re.IGNORECASE)


def first_words(values: Json) -> str:
    """Return what to call a thread with these values: `said_words`, else `value_words`; raw, on one line."""
    return said_words(values) or value_words(values)


def value_words(values: Json) -> str:
    """Return the first values of a thread without messages: texts, then numbers with their names; raw, on one line.

    They are of the state, which nodes change: it is a name of the moment in which it is read.
    """
    texts: list[str] = []
    numbers: list[str] = []
    for key, value in as_object(values).items():
        if key == "messages" or key.startswith("_") or _SECRET.search(key):
            continue
        if isinstance(value, str):
            text = one_line(value[: 4 * WORDS_LIMIT])
            if text and not _ID.fullmatch(text):
                texts.append(cut(text, _VALUE_CHARACTERS))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            numbers.append(f"{one_line(key[:WORDS_LIMIT])} {value:g}" if abs(value) < 1e6 else f"{key} {value}")
    return _short(" · ".join([*texts, *numbers][:_VALUES]))


def said_words(values: Json) -> str:
    """Return the first words of a human among the first two messages of a thread's values; raw, on one line.

    Without any it is the text under the first of `WORD_KEYS` that holds one.
    """
    found = as_object(values)
    messages = [as_object(item) for item in as_list(found.get("messages"))[:2]]
    said = [item for item in messages if as_str(item.get("type") or item.get("role")) in ("human", "user", "")]
    texts = [_text(item.get("content")) for item in said]
    texts += [as_str(found.get(key))[: 4 * WORDS_LIMIT] for key in WORD_KEYS]
    text = next((words for words in (one_line(text) for text in texts) if words), "")
    return _short(text)


def _short(text: str) -> str:
    return text if len(text) <= WORDS_LIMIT else text[: WORDS_LIMIT - 1] + "…"


def _text(content: Json) -> str:
    if isinstance(content, str):
        return content[: 4 * WORDS_LIMIT]
    blocks = as_list(content)[:20]
    text = " ".join(as_str(as_object(block).get("text"))[: 4 * WORDS_LIMIT] for block in blocks)
    if text.strip():
        return text
    return " ".join(part.describe() for part in parts_of(blocks)[:1])


class RunInfo(Struct, frozen=True):
    """One run of a thread as the server lists it. `interrupted` there means cancelled (PROTOCOL §6.1)."""

    run_id: RunId
    thread_id: ThreadId
    assistant_id: AssistantId
    status: str = "pending"
    """pending, running, success, error, timeout or interrupted."""
    created_at: float | None = None
    updated_at: float | None = None
    metadata: JsonObject = field(default_factory=dict)
    kwargs: JsonObject = field(default_factory=dict)
    error: str = ""
    raw: JsonObject = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        """Whether the run has not ended."""
        return self.status in ("pending", "running")

    @property
    def seconds(self) -> float | None:
        """How long it took by the server's clock; None while it has not ended, or where that is not known."""
        return None if self.is_live else elapsed(self.created_at, self.updated_at)

    @property
    def is_known(self) -> bool:
        """Whether its status is one that servers are known to have."""
        return self.is_live or self.status in ("success", "error", "timeout", "interrupted")
