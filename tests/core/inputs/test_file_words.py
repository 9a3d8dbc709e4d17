"""Files named in a chat line: which words are files, and that plain text never becomes one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_tui.core.inputs.file_words import escaped, file_words, literal, spelled, word_at

TEXT = st.text(st.one_of(st.sampled_from(list('@@@"\\ \n\t./~a,:)')), st.characters()), max_size=40)
PATHS = st.text(st.one_of(st.sampled_from(list('@"\\ \n./~a,')), st.characters()), min_size=1, max_size=30)


def names(text: str) -> list[tuple[str, ...]]:
    return [word.names for word in file_words(text)]


def certain(text: str) -> list[str]:
    return [word.names[-1] for word in file_words(text) if word.certain]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("look at @photo.png, please", ["photo.png"]),
        ("(see @a/b) @../c.txt! @~/x", ["a/b", "../c.txt", "~/x"]),
        ('@"my file.txt" and @"a\\"b\\\\c\\n\\u202e"', ["my file.txt", 'a"b\\c\n\u202e']),
        ("@/etc/hosts?", ["/etc/hosts"]),
        ("@[red]x.txt", []),
        ("me@example.org @mention @1.2 @v2.0 @ 5pm", []),
        ('@app.get("/x") @cache(maxsize=1) @dataclass', []),
        ("@@photo.png @@/etc/hosts @@@x/y", []),
        ("", []),
    ],
)
def test_what_is_a_file_whatever_is_on_the_disk(text: str, paths: list[str]) -> None:
    assert certain(text) == paths


def test_other_words_are_files_where_one_of_that_name_exists() -> None:
    assert names("@Makefile @[red]x.txt, a@b") == [("Makefile",), ("[red]x.txt,", "[red]x.txt")]


def test_a_quote_without_an_end_is_no_text() -> None:
    [word] = file_words('say @"half a name\nnext line')
    assert (word.names, word.certain, word.closed) == (("half a name",), True, False)


def test_two_ats_are_one() -> None:
    assert literal("@@bob @@@x a@@b @@ @bob") == "@bob @@x a@@b @ @bob"


@given(TEXT)
def test_escaped_text_is_sent_as_it_is_and_names_no_file(text: str) -> None:
    assert literal(escaped(text)) == text
    assert file_words(escaped(text)) == ()


@given(TEXT)
def test_words_stand_in_order_at_the_start_of_a_word(text: str) -> None:
    end = 0
    for word in file_words(text):
        assert end <= word.start < word.end <= len(text)
        assert text[word.start] == "@"
        assert word.start == 0 or text[word.start - 1].isspace()
        assert word.names
        end = word.end


@given(PATHS)
def test_every_path_can_be_spelled(path: str) -> None:
    [word] = file_words(f"see {spelled(path)} now")
    assert word.names[0] == path
    assert word.closed


@given(TEXT, st.integers(0, 45))
def test_the_word_under_the_cursor_is_one_of_the_words(text: str, offset: int) -> None:
    word = word_at(text, min(offset, len(text)))
    if word is not None:
        assert word.start < min(offset, len(text)) <= word.end
        assert word in file_words(text) or word.names == ("",)
