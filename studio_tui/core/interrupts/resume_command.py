"""How answers are spelled in a `resume`, and what a user typed as a command of resume, update and goto. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from studio_tui.domain.assistant import Schemas
from studio_tui.domain.checkpoint import Checkpoint, Interrupt
from studio_tui.domain.graph import END
from studio_tui.domain.server import ServerInfo
from studio_tui.errors import StudioError, UnsupportedError, UsageError
from studio_tui.jsonkit.typed import parse_json
from studio_tui.jsonkit.value import Json, JsonObject, as_list, as_object, is_list, is_object
from studio_tui.text.sanitize import clean


class CommandDraft(Struct, frozen=True):
    """The fields as typed; empty ones are not sent."""

    resume: str = ""
    question: str = ""
    """Key of the question that `resume` answers, where several are asked."""
    update: str = ""
    goto: str = ""


class CommandTarget(Struct, frozen=True):
    """What the command meets: the thread as it stands, the graph, the server."""

    questions: Sequence[Interrupt] = ()
    nodes: Sequence[str] = ()
    """Nodes of the root graph; empty when unknown."""
    waiting: Sequence[str] = ()
    """What runs next."""
    has_run: bool = True
    keys: frozenset[str] = frozenset()
    """Keys of the graph's state as far as they are known; empty when its schema is not."""
    server: ServerInfo | None = None


class Composed(Struct, frozen=True):
    """The command, None while a problem stands in the way; problems by field, warnings (display text)."""

    command: JsonObject | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def known_keys(schemas: Schemas | None, head: Checkpoint | None) -> frozenset[str]:
    """Return the keys of a graph's state: those of its schema and those that have a value; none without a schema."""
    schema = as_object(schemas.state if schemas is not None else None)
    declared = frozenset(as_object(schema.get("properties")))
    return declared | as_object(head.values if head is not None else None).keys() if declared else declared


def resume_value(answers: Mapping[str, Json], pending: Sequence[Interrupt], server: ServerInfo) -> Json:
    """Return the value of `resume`: always the map by id, except on servers whose questions have none.

    Raises UsageError or UnsupportedError for what such servers cannot take.
    """
    asked = {item.key: item for item in pending}
    if server.can("resume_map").works and all(asked[key].id for key in answers):
        return {asked[key].id or "": value for key, value in answers.items()}
    first = next(iter(asked), "")
    if len(answers) > 1 or next(iter(answers)) != first:
        node = clean(asked[first].node) or "first"
        hint = f"Answer the question of {node} first, alone; the next one waits."
        raise UsageError("This server takes one answer at a time, in its own order", "", hint)
    (value,) = answers.values()
    if value is None:
        raise UnsupportedError("This server cannot take null as an answer", "It fails on it.", "Answer with a value.")
    if is_object(value) and value and set(value) <= {item.id for item in pending if item.id}:
        raise UsageError("This answer reads like a map of answers by id", "", "Wrap it in a list or another object.")
    return value


def compose(draft: CommandDraft, target: CommandTarget) -> Composed:
    command: dict[str, Json] = {}
    problems: dict[str, str] = {}
    fields = (("resume", draft.resume, _resume), ("update", draft.update, _update), ("goto", draft.goto, _goto))
    for name, text, read in fields:
        if text.strip():
            try:
                command[name] = read(draft, target)
            except (ValueError, StudioError) as error:
                problems[name] = str(error)
    if problems:
        return Composed(None, problems)
    return Composed(command or None, {}, tuple(_warnings(command, target)))


def _read(text: str) -> Json:
    """Raises ValueError with the place of a problem."""
    value, problem = parse_json(text)
    if problem is not None:
        raise ValueError(str(problem))
    return value


def _resume(draft: CommandDraft, target: CommandTarget) -> Json:
    value, problem = parse_json(draft.resume)
    if problem is not None:
        if draft.resume.lstrip()[:1] in ("{", "["):
            raise ValueError(str(problem))
        value = draft.resume.strip()
    keys = [item.key for item in target.questions]
    ids = {item.id for item in target.questions if item.id}
    if not keys or target.server is None or (is_object(value) and value and set(value) <= ids):
        return value
    chosen = draft.question if draft.question in keys else keys[0] if len(keys) == 1 else ""
    if not chosen:
        raise ValueError(f"{len(keys)} questions wait: choose the one that this answers")
    return resume_value({chosen: value}, target.questions, target.server)


def _update(draft: CommandDraft, _target: CommandTarget) -> Json:
    value = _read(draft.update)
    if is_object(value) or (is_list(value) and all(_is_pair(part) for part in value)):
        return value
    raise ValueError("an update is an object of state keys, or a list of [key, value] pairs")


def _is_pair(value: Json) -> bool:
    return is_list(value) and len(value) == 2 and isinstance(value[0], str)


def _goto(draft: CommandDraft, target: CommandTarget) -> Json:
    places: list[Json]
    if draft.goto.lstrip()[:1] in ("{", "["):
        value = _read(draft.goto)
        places = list(value) if is_list(value) else [value]
    else:
        places = [name for part in draft.goto.split(",") if (name := part.strip())]
    names = [place.get("node") if is_object(place) else place for place in places]
    objects = [place for place in places if is_object(place)]
    named = bool(names) and all(isinstance(name, str) and name for name in names)
    if not named or any(place.keys() - {"node", "input"} for place in objects):
        raise ValueError('write node names, or {"node": …, "input": …}')
    mixed = target.server is not None and target.server.dialect.mixed_goto
    if 0 < len(objects) < len(places) and not mixed:
        raise ValueError("names and objects in one list are refused by this server (422): use one form for all")
    unknown = [str(name) for name in names if target.nodes and name not in (*target.nodes, END)]
    if unknown:
        raise ValueError(f"the graph has no node {clean(unknown[0], 60)}; the server would silently do nothing")
    return places[0] if len(places) == 1 else places


def _warnings(command: Mapping[str, Json], target: CommandTarget) -> list[str]:
    found: list[str] = []
    asked = ", ".join(sorted({clean(item.node, 40) or "the graph" for item in target.questions}))
    goes = _names(command.get("goto"))
    if "resume" in command and not target.has_run:
        found.append("This thread has never run: a resume fails on it.")
    elif "resume" in command and not target.questions and not target.waiting:
        found.append("The thread has finished and asks nothing: a resume does nothing.")
    elif "resume" in command and not target.questions:
        found.append("Nothing is asked now: the value goes to the next question of the waiting node, if it asks one.")
    update = command.get("update")
    named = update if is_object(update) else [as_list(pair)[0] for pair in as_list(update)]
    unknown = [str(key) for key in named if target.keys and key not in target.keys]
    if unknown:
        words = ", ".join(f"`{clean(key, 40)}`" for key in unknown[:3])
        found.append(f"{words} {'is no key' if len(unknown) == 1 else 'are no keys'} of this graph's state: ignored.")
    if "goto" in command and "resume" in command:
        found.append(f"{goes} runs in addition to the resumed node {asked}: what follows both may run twice.")
    elif "goto" in command and target.questions:
        found.append(f"{goes} runs while {asked} keeps waiting; its writes are committed with the answer.")
    elif "goto" in command and not target.waiting:
        found.append(f"The thread has finished: {goes} runs, and then what follows it in the graph.")
    if set(command) == {"update"} and target.questions:
        found.append("Without a resume the waiting nodes run again from their top and ask once more.")
    return found


def _names(goto: Json) -> str:
    places = goto if is_list(goto) else [goto]
    return ", ".join(clean(str(place.get("node") if is_object(place) else place), 40) for place in places)
