"""Pages whose lines are wrapped: what is left of a line hangs below its value."""

from __future__ import annotations

from studio_tui.present.kit.document import TextRows, coloured
from studio_tui.present.kit.wrapped import WrappedRows, hanging
from studio_tui.text.spans import Span, plain


def test_facts_and_json_of_a_page_hang_below_their_values() -> None:
    lines = TextRows(
        [
            (Span("  tools   ", "key"), Span("search_flights, search_hotels and more", "value")),
            (Span("  "), *coloured('  "question": "is there a budget for it",')),
        ]
    )
    rows = WrappedRows(lines)
    rows.hangs = lines.hang
    rows.set_width(40)
    rows.lay_out()
    assert [plain(rows.line(index, 40)) for index in range(len(rows))] == [
        "  tools   search_flights, search_hotels",
        "          and more",
        '    "question": "is there a budget for',
        '                 it",',
    ]


def test_a_wrapped_line_keeps_the_roles_of_its_words() -> None:
    value = Span('"You write for a friendly outdoor brand, in plain words"', "string")
    rows = hanging((Span("    system_prompt, of all: ", "key"), value, Span("  default", "muted")), 50)
    roles = [[span.role for span in row if span.text.strip()] for row in rows]
    assert roles == [["key", "string"], ["string"], ["muted"]]
