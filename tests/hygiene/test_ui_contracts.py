"""The parts of the ui know each other through `ui/contracts` only."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator

from textual.binding import Binding
from textual.dom import DOMNode

import studio_tui.ui
from studio_tui.text.hint import Hint
from studio_tui.ui.app.catalog import build_registry
from tests.paths import ROOT

UI = ROOT / "studio_tui" / "ui"
ASKS_FOR_ATTRIBUTES = {
    "kit/terminal/themes.py": "the colours of Textual's theme by name",
    "kit/terminal/saving.py": "an error of the system may have no words",
    "kit/terminal/lending.py": "drivers of Textual have no files in common",
    "kit/text_inputs.py": "Textual's own actions by name",
}


def test_what_a_panel_or_screen_can_do_is_asked_by_protocol() -> None:
    asks = re.compile(r"\b(getattr|hasattr)\(")
    found = {
        str(path.relative_to(UI))
        for path in UI.rglob("*.py")
        if asks.search(path.read_text(encoding="utf-8").replace("termios.tcgetattr(", ""))
    }
    assert found <= set(ASKS_FOR_ATTRIBUTES)


def test_messages_that_wait_inside_textual_are_taken_by_the_app_only() -> None:
    names = ("_message_queue", "_pending_message")
    found = {path.relative_to(UI).parts[0] for path in UI.rglob("*.py")
             if any(name in path.read_text(encoding="utf-8") for name in names)}  # fmt: skip
    assert found == {"app"}


SHADOWS = {
    # a screen's or widget's own key → the key of its base that it takes the place of
    "threads-mark": "list-toggle-row", "crons-mark": "list-toggle-row", "runs-mark": "list-toggle-row",
    "assistant-use": "list-open-row",
    "threads-runs": "list-expand-row",  # the same, named for what a row of this list does
    "resume": "list-open-row", "answers-together": "list-toggle-row",  # a question is answered as it is read
    "approve": "page-copy", "reject": "page-next",  # in the inbox as in the dock
}  # fmt: skip
SAME_IDEA = {"copy": "page-copy", "open": "list-open-row", "details": "list-open-row"}
"""The last word of a view's own command → the key of its base: the same, named for what the row is."""

IDEAS = {
    # one idea, one letter; further keys may do the same
    "ctrl+r": {"refresh", "assistant-reload", "threads-refresh", "runs-refresh", "crons-refresh", "store-refresh",
               "inbox-refresh"},
    "y": {"yank", "page-copy", "threads-copy", "runs-copy", "crons-copy", "store-copy", "content-copy", "error-copy",
          "progress-copy"},
    "slash": {"filter", "page-search"},
    "question_mark": {"help"},
    "escape": {"back", "page-back", "dialog-close"},
    "A": {"thread-new", "assistant-new", "crons-new", "store-new"},
    "D": {"delete", "assistant-delete", "threads-delete", "runs-delete", "crons-delete", "store-delete",
          "breakpoint-remove"},
    "e": {"edit", "crons-edit", "store-edit", "assistant-edit", "resume-edit"},
}  # fmt: skip


def _nodes(kind: type[DOMNode] = DOMNode) -> Iterator[type[DOMNode]]:
    for child in kind.__subclasses__():
        yield child
        yield from _nodes(child)


def _own(kind: type) -> list[Binding]:
    ours = kind.__module__.startswith("studio_tui.ui")
    return [item for item in vars(kind).get("BINDINGS", ()) if isinstance(item, Binding)] if ours else []


def _all_nodes() -> set[type[DOMNode]]:
    for module in pkgutil.walk_packages(studio_tui.ui.__path__, "studio_tui.ui."):
        importlib.import_module(module.name)
    return set(_nodes())


def _bound() -> list[type[DOMNode]]:
    return [kind for kind in _all_nodes() if _own(kind)]


def test_every_rule_of_style_is_for_a_class_that_exists() -> None:
    sheets = {path.name: path.read_text(encoding="utf-8") for path in UI.rglob("*.tcss")}
    for kind in _all_nodes():
        if kind.__module__.startswith("studio_tui.ui"):
            sheets[kind.__name__] = vars(kind).get("DEFAULT_CSS", "")
    named = {
        (sheet, name)
        for sheet, text in sheets.items()
        for selectors in re.findall(r"([^{};]*)\{", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
        for name in re.findall(r"(?<![\w.#:$&-])[A-Z]\w*", selectors)
    }
    assert ("ResourceScreen", "ResourceScreen") in named
    known = {kind.__name__ for kind in _all_nodes()}
    assert not {item for item in named if item[1] not in known}


def test_only_the_contract_of_commands_makes_bindings() -> None:
    made = re.compile(r"\bBinding\(")
    found = [str(path.relative_to(UI)) for path in UI.rglob("*.py") if made.search(path.read_text(encoding="utf-8"))]
    assert found == ["contracts/command.py"]


def test_every_key_is_a_command_and_every_command_with_keys_is_bound() -> None:
    bound = {item.id for kind in _bound() for item in _own(kind)}
    assert bound == {command.id for command in build_registry() if command.keys}


def test_a_key_that_writes_asks_first_whether_it_may() -> None:
    """In a read-only session `app.command` refuses it; questions are answered by their own views, which look too."""
    writes = {command.id for command in build_registry() if command.mutates}
    direct = {str(item.id) for kind in _bound() for item in _own(kind)
              if item.id in writes and item.action != f"app.command('{item.id}')"}  # fmt: skip
    assert direct == {"approve", "reject", "reject-words", "resume-edit", "resume"}


def test_what_a_screen_or_widget_binds_anew_is_meant() -> None:
    for kind in _bound():
        for outer in kind.__mro__[1:]:
            for item in _own(kind):
                for other in _own(outer):
                    if set(item.key.split(",")) & set(other.key.split(",")):
                        name = str(item.id)
                        meant = SHADOWS.get(name) or SAME_IDEA.get(name.rpartition("-")[2])
                        assert meant == other.id, f"{kind.__name__}: {name} before {other.id}"


def test_one_idea_has_one_letter() -> None:
    registry = build_registry()
    missing = {key: {name for name in names if key not in registry[name].keys} for key, names in IDEAS.items()}
    assert not {key: names for key, names in missing.items() if names}


LOWER = ("core", "present", "domain", "jsonkit", "wire", "client")
"""Rooms that know no keys and write sentences that faces show."""


def _trees(*rooms: str) -> Iterator[tuple[str, list[ast.AST]]]:
    """Every file of some rooms, with all that it is made of."""
    for room in rooms:
        for path in (UI.parent / room).rglob("*.py"):
            where = str(path.relative_to(UI.parent))
            yield where, list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def _sentences(*rooms: str) -> Iterator[tuple[str, str]]:
    """Every text that some rooms hold, with its file; no docstrings."""
    for where, nodes in _trees(*rooms):
        words = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in words:
                yield where, node.value


BY_HAND = re.compile(
    r"\b(?:ctrl|alt|shift)\+"
    r"|(?<![{\w])\^(?![pq]\b)[a-z]\b|\besc\b|\((?:[A-Za-z]|space)\)|\b[Pp]ress (?:[a-zA-Z?/]|space|backspace)(?: |$|\.)"
    r"|\benter (?:shows|opens)\b|\bwith [b-z]\."
    r"|(?:^ ?|[.;:,·] )(?:[b-zB-Z?/]|space|enter|backspace) "
    r"(?!on (?:or|most|some)|the\b|before|next|keeps|confirms|connects|sends)[a-z]+"
)
"""A sentence that names a key itself, or spells one as a config file does; ^p and ^q nobody can move.
Enter and tab in a field of text are no commands."""


def test_no_sentence_names_a_key_by_hand() -> None:
    for told in ("esc back · / search", "JSON (^t) works", "read it again (ctrl+r)", "Start another thread (A)",
                 "Press A to make one.", "It is kept: e goes on with it.", " u undoes it.", "3 more lines (space)",
                 "… enter shows the whole value", "Run it whole, or stop it with s.",
                 " as it is; s on it puts that right:"):  # fmt: skip
        assert BY_HAND.search(told)
    assert not [(where, text) for where, text in _sentences("ui", *LOWER) if " " in text and BY_HAND.search(text)]


NAMED = re.compile(r"\{([a-z]+(?:-[a-z]+)*)\}")


def test_every_command_named_in_a_line_of_hints_is_one() -> None:
    named = {name for _, text in _sentences("ui", *LOWER) for name in NAMED.findall(text)}
    assert named >= {"page-back", "dialog-close", "input", "server", "runs-cancel"}
    assert named <= set(build_registry().commands)


def test_below_the_ui_commands_are_named_in_hints_alone_which_hold_nothing_of_a_server() -> None:
    """The others are shown, printed and logged as they are; a template must be the program's own to its last letter."""
    found = 0
    for where, nodes in _trees(*LOWER):
        calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
        made = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id in ("Hint", "hint")]
        assert all(isinstance(part, ast.Constant) for node in made for part in node.args), where
        templates = {id(part) for node in made for part in node.args}
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAMED.search(node.value):
                assert id(node) in templates, f"{where}: {node.value}"
        for text in (node.args[0] for node in made if isinstance(node.func, ast.Name) and node.func.id == "Hint"):
            assert isinstance(text, ast.Constant)
            assert isinstance(text.value, str)
            assert NAMED.search(text.value), where
            assert "{" not in Hint(text.value).replace('{"messages": […]}', ""), f"{where}: keys stand in brackets"
            found += 1
    assert found > 20


def test_the_ui_shows_what_is_to_be_done_after_an_error_with_the_keys_in_force() -> None:
    shown = 0
    for where, nodes in _trees("ui"):
        calls = [node for node in nodes if isinstance(node, ast.Call)]
        functions = {id(node.func) for node in calls}
        inside = {id(part) for node in calls if _is_told(node.func) for part in node.args}
        for node in nodes:
            if isinstance(node, ast.Attribute) and node.attr == "hint" and isinstance(node.ctx, ast.Load):
                if id(node) in functions or ast.unparse(node).endswith("commands.hint"):
                    continue
                shown += id(node) in inside
                assert id(node) in inside or _only_asks(node, nodes), f"{where}:{node.lineno}"
    assert shown > 8


def _is_told(called: ast.expr) -> bool:
    return (isinstance(called, ast.Name) and called.id == "told") or ast.unparse(called).endswith("commands.told")


def _only_asks(node: ast.Attribute, nodes: list[ast.AST]) -> bool:
    """Whether a hint is only asked whether there is one, or goes on as the hint of its error."""
    return any(isinstance(item, ast.If) and item.test is node for item in nodes) or any(
        isinstance(item, ast.Assign) and isinstance(item.value, ast.BoolOp) and node in item.value.values
        for item in nodes
    )


def test_no_worker_fails_in_silence() -> None:
    """One function of the kit starts workers, and `Work` those that the user waits for: both tell what goes wrong."""
    starts = re.compile(r"\b(run_worker|run_in_thread|Worker)\(|^\s*@work\b", re.MULTILINE)
    found = {str(path.relative_to(UI)) for path in UI.rglob("*.py") if starts.search(path.read_text(encoding="utf-8"))}
    assert found == {"app/work.py", "kit/beside.py"}
