"""No server text drives or deceives the terminal, and nothing hidden in it stays hidden."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_tui.text.sanitize import SHOWN_LIMIT, clean, clean_block, clean_copy, hidden_count, is_safe

HOSTILE = {
    "clear screen": "\x1b[2J",
    "colour": "\x1b[31mred\x1b[0m",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "title": "\x1b]0;pwned\x1b\\",
    "link": "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\",
    "device query": "\x1b[c\x1b[6n",
    "C1 CSI": "\x9b2J",
    "C1 OSC": "\x9d52;c;x\x9c",
    "C1 next line": "a\x85b",
    "NUL and BEL": "a\x00b\x07c",
    "backspace": "safe\b\b\b\bevil",
    "carriage return": "rm -rf /\rls      ",
    "DEL": "a\x7fb",
    "form feed": "a\x0c\x0bb",
    "bidi override": "a\u202eexe.gpj\u202c",
    "bidi isolate": "a\u2066b\u2069",
    "marks": "a\u200e\u200f\u061cb",
    "zero width": "pass\u200bword\u200c\u2060\ufeff",
    "joiner between letters": "a\u200db",
    "soft hyphen": "pay\u00adpal",
    "hangul filler": "a\u3164\u115f\u1160\uffa0b",
    "braille blank": "a\u2800b",
    "line separators": "a\u2028b\u2029c",
    "tags": "hi\U000e0041\U000e0042\U000e007f",
    "variation selectors": "a\ufe00b\U000e0100c",
    "lone surrogates": "a\ud800b\udfffc",
    "private use": "a\ue000b\U000f0000c\U0010fffdd",
    "noncharacters": "a\ufdd0b\ufdd1c\uffffd",
    "interlinear": "a\ufff9b\ufffac\ufffb",
    "reserved ignorables": "a\ufff0b\ufff8\u2065",
    "shorthand and hieroglyph controls": "a\U0001bca0b\U00013430",
    "emoji style on a letter": "a\ufe0fb\ufe0f\ufe0f",
    "musical controls": "a\U0001d173b",
    "mongolian": "a\u180eb\u180bc",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("scrub", [clean, clean_block])
def test_hostile_text_becomes_visible(text: str, scrub: type[str]) -> None:
    shown = scrub(text)
    assert is_safe(shown)
    assert not is_safe(text)
    assert hidden_count(text) > 0 or text.startswith("rm -rf")
    shown.encode("utf-8")
    assert len(shown) >= len(text), "nothing was dropped"


def test_what_people_see() -> None:
    assert clean("\x1b]52;c;x\x07") == "␛]52;c;x␇"
    assert clean("a\u202eb\x9b\x7f") == "a<U+202E>b<U+009B>␡"
    assert clean("\ud800\U000e0041") == "<U+D800><U+E0041>"
    assert clean("one\r\ntwo\nthree\tfour\rfive") == "one⏎two⏎three    four␍five"
    assert clean_block("one\r\ntwo\n\tthree\rfour") == "one\ntwo\n    three␍four"


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "é e\u0301 ñ",
        "漢字かな한글",
        "👩‍👩‍👧‍👦 👩🏽‍🚀 🏳️‍🌈 ❤️‍🔥",
        "🇩🇪 1️⃣ ☺️",
        "العربية עברית",
        "→ ✓ ● ░",
        "",
    ],
)
def test_honest_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == clean_block(text) == text
    assert hidden_count(text) == 0


def test_a_joiner_outside_an_emoji_is_shown() -> None:
    assert clean("\u200d👩") == "<U+200D>👩"
    assert clean("👩\u200da") == "👩<U+200D>a"
    assert clean("👩\u200d\u200d👧") == "👩<U+200D><U+200D>👧"
    assert hidden_count("\ufdd0👩\ufdd1👧") == 2, "the marks used inside cannot be brought in from outside"
    assert clean("\ufdd0\ufdd1").isascii()


def test_hidden_characters_are_counted() -> None:
    assert hidden_count("a\u202eb\u200bc\x1b") == 3
    assert hidden_count("two\nlines\tand\r\ntabs 👩‍🚀") == 0


ANY = st.text(alphabet=st.characters(codec=None, exclude_categories=()) | st.sampled_from("".join(HOSTILE.values())))


@given(ANY)
def test_what_is_copied_cannot_drive_the_shell_that_it_is_pasted_into(text: str) -> None:
    copied = clean_copy(text)
    assert is_safe(copied.replace("\t", " "))
    for indent in (None, 2):
        whole = json.dumps({"a": [text]}, indent=indent, ensure_ascii=False)
        copied = clean_copy(whole)
        assert is_safe(copied)
        assert json.loads(copied) == {"a": [text]}, "an escape in JSON is the same value"


def test_a_copy_is_whole_and_keeps_tabs_and_lines() -> None:
    assert clean_copy("a\x1b[201~rm\r\n\tb\u202e") == "a␛[201~rm\n\tb<U+202E>"
    assert clean_copy('{"a": "\x9b漢👩\u200d🚀\x7f"}') == '{"a": "\\u009b漢👩\u200d🚀\\u007f"}'
    assert clean_copy("{[not JSON\x1b") == "{[not JSON␛"
    assert len(clean_copy("\x85" + "x" * 1_000_000)) > 1_000_000


def test_long_text_is_cut_and_says_so() -> None:
    for scrub in (clean, clean_block):
        assert scrub("x" * 100, 10) == "xxxxxxxxxx… (90 more characters)"
        assert len(scrub("x" * 10_000_000)) < SHOWN_LIMIT + 100
    assert is_safe(clean("👩‍🚀" * 10, 5))


@given(ANY)
def test_any_text_is_safe_when_cleaned(text: str) -> None:
    line, block = clean(text), clean_block(text)
    assert is_safe(line)
    assert is_safe(block)
    assert "\n" not in line
    bad = {"Cc", "Cs", "Co", "Zl", "Zp"}
    assert not {unicodedata.category(char) for char in line + block.replace("\n", "")} & bad
    line.encode("utf-8")


@given(ANY)
def test_cleaning_again_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert clean_block(clean_block(text)) == clean_block(text)


@given(ANY, st.integers(0, 20))
def test_cut_text_is_safe_too(text: str, limit: int) -> None:
    assert is_safe(clean(text, limit))
    assert is_safe(clean_block(text, limit))
