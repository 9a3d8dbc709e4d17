"""Every row of keys, on every screen and in every dialog, is written in one grammar: `key Word  key Word`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio_tui import ui
from studio_tui.ui.app.catalog import build_registry
from studio_tui.ui.kit.key_line import read_hints

REGISTRY = build_registry()
SOURCES = sorted(Path(ui.__path__[0]).rglob("*.py"))
_NAMES = ("hints", "HINT", "HINTS", "_HINTS", "_KEYS", "_SENDS")
"""What templates of keys are called where they are constants of a class or module."""
_DIALECTS = re.compile(r"\{[a-z-]+\}: |\} [a-z]+ · |· \{|^enter: |(?:ctrl|alt)\+[a-z] [a-z]+ · ")
"""Colons behind keys, dots between them, and keys that are written out."""
_SENTENCES = {
    "composer/editors.py": "a sentence in the text's place",
    "assistants/assistants_screen.py": "two sentences below a title",
    "app/opening.py": "a clause of a sentence",
    "messages/panel.py": "what enter opens, before what it is",
    "commands/command_line.py": "told beside what is typed",
}
"""Where keys are told in the middle of words, which is no row of keys."""


def _is_of_self(node: ast.expr | ast.stmt) -> bool:
    return not isinstance(node, ast.Attribute) or (isinstance(node.value, ast.Name) and node.value.id == "self")


def templates() -> Iterator[tuple[str, str]]:
    """Yield every template of a row of keys in the UI, with where it is."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            value: ast.expr | None = None
            if isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(isinstance(target, ast.Name) and target.id in _NAMES for target in targets):
                    value = node.value
            elif isinstance(node, ast.Call) and node.args and _is_of_self(node.func):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                is_row = name == "KeyRow" or (name == "hint" and isinstance(node.func, ast.Attribute))
                value = node.args[0] if is_row else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and "{" in value.value:
                yield f"{path.parent.name}/{path.name}:{value.lineno}", value.value


def test_a_row_of_keys_is_keys_and_words_with_a_capital_the_way_back_last() -> None:
    found = dict(templates())
    assert len(found) >= 20
    for where, template in found.items():
        hints = read_hints(REGISTRY, template)
        assert "·" not in template, where
        for hint in hints:
            assert hint.word[0].isupper() or hint.word[0] == "$", (where, hint)
            assert not hint.word.endswith((".", ":", ",")), (where, hint)
            assert all(key[:1] != "{" for key in hint.keys.split()), (where, hint)
        leaving = [index for index, hint in enumerate(hints) if hint.keys == "esc"]
        assert leaving in ([], [len(hints) - 1]), where


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_other_dialect_is_written_anywhere(path: Path) -> None:
    if f"{path.parent.name}/{path.name}" in _SENTENCES:
        return
    texts = [
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert [text for text in texts if _DIALECTS.search(text)] == []
