"""Code of a fence as lines of spans, coloured by what the words are: by roles, in the language that the fence names.

Only languages of this list are coloured, and no language is guessed: lexers are patterns that run over what a server
sent, so they are few, the text is bounded, and whoever takes too long is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter

from studio_tui.text.spans import Line, Span

MOST_CHARS = 16 * 1024
"""Longer codes are shown in one colour."""
SECONDS = 0.1
"""After so long the rest of a code is shown in one colour."""
_LEXERS = {
    "python": "PythonLexer", "py": "PythonLexer", "python3": "PythonLexer", "json": "JsonLexer",
    "jsonc": "JsonLexer", "bash": "BashLexer", "sh": "BashLexer", "shell": "BashLexer", "zsh": "BashLexer",
    "console": "BashLexer", "sql": "SqlLexer", "yaml": "YamlLexer", "yml": "YamlLexer", "toml": "TOMLLexer",
    "ini": "IniLexer", "javascript": "JavascriptLexer", "js": "JavascriptLexer", "jsx": "JavascriptLexer",
    "typescript": "TypeScriptLexer", "ts": "TypeScriptLexer", "tsx": "TypeScriptLexer", "html": "HtmlLexer",
    "xml": "XmlLexer", "css": "CssLexer", "go": "GoLexer", "rust": "RustLexer", "rs": "RustLexer",
    "java": "JavaLexer", "kotlin": "KotlinLexer", "c": "CLexer", "cpp": "CppLexer", "c++": "CppLexer",
    "csharp": "CSharpLexer", "cs": "CSharpLexer", "ruby": "RubyLexer", "rb": "RubyLexer", "php": "PhpLexer",
    "diff": "DiffLexer", "patch": "DiffLexer", "dockerfile": "DockerLexer",
}  # fmt: skip
_ROLES = {
    "Comment": "muted italic", "Keyword.Constant": "number", "Keyword": "accent", "Name.Function": "key",
    "Name.Class": "key", "Name.Decorator": "key", "Name.Tag": "key", "Name.Attribute": "accent",
    "Name.Builtin": "info", "Literal.String": "string", "Literal.Number": "number", "Generic.Inserted": "diff-add",
    "Generic.Deleted": "diff-del", "Generic.Heading": "muted", "Generic.Subheading": "accent",
    "Operator.Word": "accent",
}  # fmt: skip
PLAIN = "value"
_JOINS = ("\u200d", "\ufe0f")
"""What belongs to the character before it."""


def coloured_lines(code: str, name: str, now: Callable[[], float] = perf_counter) -> list[Line]:
    """Return the lines of a code (safe text); `name` is what its fence says after the marks."""
    lexer = _LEXERS.get(name.split(maxsplit=1)[0].lower().strip("{}.") if name.split() else "")
    if lexer is None or len(code) > MOST_CHARS:
        return [(Span(line, PLAIN),) for line in code.split("\n")]
    lines: list[Line] = []
    line: list[Span] = []
    for text, role in _tokens(code, lexer, now):
        first, *more = text.split("\n")
        last = line[-1] if line else None
        if last is not None and (last.role == role or first[:1] in _JOINS or last.text[-1:] in _JOINS):
            line[-1] = Span(last.text + first, last.role)
        else:
            line.append(Span(first, role))
        for part in more:
            lines.append(tuple(span for span in line if span.text))
            line = [Span(part, role)]
    lines.append(tuple(span for span in line if span.text))
    return lines


def _tokens(code: str, lexer: str, now: Callable[[], float]) -> Iterator[tuple[str, str]]:
    """Yield all of the code in parts with their roles."""
    from pygments import lexers

    deadline, at = now() + SECONDS, 0
    roles: dict[object, str] = {}
    for start, kind, text in getattr(lexers, lexer)().get_tokens_unprocessed(code):
        if start != at or now() > deadline:
            break
        role = roles.get(kind)
        if role is None:
            role = roles[kind] = _role(str(kind))
        yield text, role
        at += len(text)
    if at < len(code):
        yield code[at:], PLAIN


def _role(kind: str) -> str:
    """Return the role of a kind of token, such as `Token.Literal.String.Double`, or of what it is a kind of."""
    kind = kind.removeprefix("Token.")
    while kind:
        if kind in _ROLES:
            return _ROLES[kind]
        kind = kind.rpartition(".")[0]
    return PLAIN
