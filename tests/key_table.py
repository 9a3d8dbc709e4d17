"""Writes the generated key table into the README: `python -m tests.key_table`."""

from __future__ import annotations

from studio_tui.ui.app.catalog import key_table_markdown
from tests.paths import ROOT

README = ROOT / "README.md"
BEGIN, END = "<!-- keys:begin (generated: make keys) -->", "<!-- keys:end -->"


def main() -> None:
    """Replace what stands between the two marks."""
    text = README.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    _, tail = rest.split(END)
    README.write_text(f"{head}{BEGIN}\n\n{key_table_markdown()}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
