"""Keys are repeated by no output, also not in pieces; everything else is, and as soon as it may."""

from __future__ import annotations

import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_tui.cli.output.stdout import Output
from studio_tui.text.secrets import MASK, Secrets

KEY = "lsv2_pt_0123456789"
OTHER = "lsv2_pt_other-one"


def printer(*keys: str) -> tuple[Output, io.StringIO]:
    written = io.StringIO()
    out = Output("text", written)
    out.keep_secret(keys or (KEY, OTHER))
    return out, written


@pytest.mark.parametrize("at", range(1, len(KEY)))
def test_a_key_that_is_cut_over_pieces_is_never_printed(at: int) -> None:
    out, written = printer()
    for piece in ("the key is ", KEY[:at], KEY[at:], ", keep it"):
        out.piece(piece)
        assert KEY[:4] not in written.getvalue()
    out.end_line()
    assert written.getvalue() == f"the key is {MASK}, keep it\n"


def test_one_letter_at_a_time() -> None:
    out, written = printer()
    for letter in f"a {KEY} b {OTHER} c":
        out.piece(letter)
    out.line("next")
    assert written.getvalue() == f"a {MASK} b {MASK} c\nnext\n"


def test_what_turns_out_to_be_no_key_is_printed_at_once_and_whole() -> None:
    out, written = printer()
    out.piece("the l")
    assert written.getvalue() == "the "  # a key might begin here
    out.piece("sv1 is older")
    assert written.getvalue() == "the lsv1 is older"
    out.piece(" l")
    out.end_line()
    assert written.getvalue() == "the lsv1 is older l\n"
    out.piece("l")
    out.line("not glued")
    assert written.getvalue().endswith("\nl\nnot glued\n")


@given(st.text("lsv2_ptab", max_size=60), st.lists(st.integers(1, 5), max_size=60))
def test_without_a_key_in_it_a_text_arrives_whole_however_it_is_cut(text: str, sizes: list[int]) -> None:
    out, written = printer("lsv2", "ptpt")
    rest = text
    for size in itertools.chain(sizes, itertools.repeat(7)):
        if not rest:
            break
        out.piece(rest[:size])
        rest = rest[size:]
    out.end_line()
    whole, expected = printer("lsv2", "ptpt")
    whole.piece(text)
    whole.end_line()
    assert written.getvalue() == expected.getvalue()
    if "lsv2" not in text and "ptpt" not in text:
        assert written.getvalue() == (f"{text}\n" if text else "")


def test_a_screen_keeps_its_width_and_shows_no_part_of_a_key() -> None:
    secrets = Secrets()
    secrets.keep([KEY])
    dots = "•" * len(KEY)
    assert secrets.shade(f"x {KEY} y") == f"x {dots} y"
    assert secrets.shade(f"text {KEY[:12]}  ") == f"text {'•' * 12}  "  # it goes on below, or is still streaming
    assert secrets.shade(f" {KEY[12:]} text") == f" {KEY[12:]} text"  # too little to be given away
    assert secrets.shade(f" {KEY[6:]} text") == f" {'•' * 12} text"
    assert secrets.shade("lsv2_pt is a prefix") == "lsv2_pt is a prefix"
    secrets.forget()
    assert secrets.shade(KEY) == KEY


def test_of_two_keys_that_begin_alike_the_longer_one_is_hidden_whole() -> None:
    secrets = Secrets()
    secrets.keep(["lsv2", KEY])
    assert secrets.hide(f"{KEY} lsv2") == f"{MASK} {MASK}"
