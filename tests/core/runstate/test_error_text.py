"""An error as people read it: its lines, also where the server wrote their ends as escapes; its trace apart."""

from __future__ import annotations

import warnings

import pytest

from studio_tui.core.runstate.error_text import error_text

LINES = "stopped at row 401\n  column 'amount': got '12,40 EUR'\nFix it."


@pytest.mark.parametrize(
    "raw",
    [
        f"KeyError({LINES!r})",
        f"KeyError: {LINES!r}",
        f"KeyError: {LINES}",
        "KeyError: \"stopped at row 401\\r\\n  column 'amount': got '12,40 EUR'\\nFix it.\"",
    ],
)
def test_escaped_line_ends_are_lines_whatever_the_server_made_of_the_message(raw: str) -> None:
    error = error_text(raw)
    assert (error.said, error.first_line) == (f"KeyError: {LINES}", "KeyError: stopped at row 401")


def test_a_body_inside_a_message_has_its_lines_and_keeps_its_quotes() -> None:
    said = error_text(r"Error code: 400 - {'error': {'message': 'too long:\n12 tokens', 'at': 'C:\\new'}}").said
    assert said == "Error code: 400 - {'error': {'message': 'too long:\n12 tokens', 'at': 'C:\\\\new'}}"


@pytest.mark.parametrize(
    "raw", [r"don't look in C:\new, it's empty", r"OSError: C:\new\table is no folder", "boom", ""]
)
def test_what_is_no_escape_in_quotes_stays_as_it_is(raw: str) -> None:
    assert error_text(raw).said == raw


def test_the_first_line_is_one_that_says_something() -> None:
    assert error_text("\n\nValueError:\n  row 3 is odd\nmore").first_line == "ValueError: row 3 is odd"


def test_the_whole_text_ends_with_the_trace() -> None:
    trace = "Traceback (most recent call last):\n  File …\nKeyError: 'a'"
    assert error_text(f"KeyError('a')\n{trace}").whole == f"KeyError: a\n\n{trace}"


@pytest.mark.parametrize(
    "text",
    [
        "x" + "\n" * 300_000 + "y",
        "x" + " \n" * 150_000 + "y",
        "x\n" + " " * 300_000 + "y",
        "KeyError: " + "'a \"" * 60_000,
        "KeyError: '" + "\\" * 300_000,
        "A(" + ") " * 100_000 + "x",
    ],
    ids=["line ends", "blank lines", "blanks", "quotes", "backslashes", "brackets"],
)
def test_an_error_of_any_shape_is_read_in_a_moment(text: str) -> None:
    assert (
        error_text(text).whole.replace("\n", "")[:1] == text[:1]
    )  # half an hour, where a trace was looked for in each line


def test_reading_a_message_warns_of_nothing() -> None:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert error_text("ValueError('a \\\x1b')").said == "ValueError: 'a \\\x1b'"
    assert not warned, "newer Pythons print them, with what the server wrote"
