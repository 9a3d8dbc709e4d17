"""What a content block holds can be had, named, and measured; nothing of it is taken for what it is not."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_tui.domain.interrupts.question_words import preview_of
from studio_tui.domain.message.content import ContentPart, parts_of
from studio_tui.domain.message.file_name import MOST_BYTES, proposed_name
from studio_tui.domain.message.picture import mime_of_bytes, picture_in
from studio_tui.domain.thread import first_words
from studio_tui.jsonkit.diff import diff
from studio_tui.jsonkit.shorten import shortened
from studio_tui.present.kit.diff_rows import DiffRows
from studio_tui.present.kit.document import DocumentRows
from studio_tui.present.messages.content_page import content_lines, facts_of
from studio_tui.text.sanitize import is_safe
from studio_tui.text.spans import plain
from tests.pictures import coded, gif, jpeg, png, webp

PICTURE = png()
DATA = coded(PICTURE)


def only(block: dict[str, Any]) -> ContentPart:
    [part] = parts_of([block])
    return part


def page(block: dict[str, Any], graphics: str = "") -> str:
    lines, _ = content_lines(facts_of(only(block)), graphics, "human h1", str)
    return "\n".join(plain(line) for line in lines)


@pytest.mark.parametrize(
    ("block", "data"),
    [
        ({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{DATA}"}}, PICTURE),
        ({"type": "image_url", "image_url": f"data:image/png;charset=x;base64,{DATA}"}, PICTURE),
        ({"type": "input_image", "image_url": f"DATA:image/png;BASE64,{DATA}"}, PICTURE),
        ({"type": "image", "base64": DATA, "mime_type": "image/png"}, PICTURE),
        ({"type": "image", "source_type": "base64", "data": DATA, "mime_type": "image/png"}, PICTURE),
        ({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": DATA}}, PICTURE),
        ({"image": {"format": "png", "source": {"bytes": DATA}}}, PICTURE),
        ({"inlineData": {"mimeType": "image/png", "data": DATA}}, PICTURE),
        ({"type": "image", "url": DATA * 4}, None),
        ({"type": "file", "file": {"filename": "a.pdf", "file_data": "data:x/pdf;base64,JVBERi0="}}, b"%PDF-"),
        ({"type": "file", "file": {"filename": "a.pdf", "file_data": "JVBERi0="}}, b"%PDF-"),
        ({"type": "input_file", "filename": "a.pdf", "file_data": "JVBERi0"}, b"%PDF-"),
        ({"type": "file", "mime_type": "application/pdf", "base64": "JVBE\nRi0=\n"}, b"%PDF-"),
        ({"type": "input_audio", "input_audio": {"data": "-_-_", "format": "wav"}}, b"\xfb\xff\xbf"),
        ({"type": "document", "source": {"type": "text", "media_type": "x/y", "data": "wörter"}}, "wörter".encode()),
        ({"type": "text-plain", "text": "words", "mime_type": "text/plain"}, b"words"),
        ({"type": "file", "source_type": "text", "text": "words"}, b"words"),
        ({"type": "image_url", "image_url": {"url": "data:image/svg+xml,%3Csvg/%3E"}}, b"<svg/>"),
        ({"type": "image_generation_call", "result": DATA, "output_format": "png"}, PICTURE),
        ({"type": "image", "base64": "%%% no base64"}, None),
        ({"type": "image", "url": "https://e.example/cat.png"}, None),
        ({"type": "hologram", "data": "words"}, None),
        ({"type": "image_url", "image_url": "data:no comma"}, None),
    ],
)  # fmt: skip
def test_the_bytes_of_a_block_can_be_had_whoever_made_it(block: dict[str, Any], data: bytes | None) -> None:
    part = only(block)
    if block.get("url") == DATA * 4:
        assert part.held() is not None, "data where a link belongs"
        assert part.url == ""
        return
    assert part.data() == data
    if data is not None:
        assert part.size == len(data)
        assert part.url == ""
    assert DATA[:30] not in part.describe()


@given(st.binary(min_size=1, max_size=9), st.booleans())
def test_a_file_of_a_few_bytes_is_there_to_its_last_byte(data: bytes, padded: bool) -> None:
    text = base64.b64encode(data).decode()
    (part,) = parts_of([{"type": "file", "base64": text if padded else text.rstrip("=")}])
    held = part.held()
    assert held is not None
    assert held.data(100) == held.data() == data
    assert facts_of(part).holds
    assert not facts_of(part).broken


def test_broken_data_is_named_as_such_and_never_measured() -> None:
    part = only({"type": "image", "base64": "%%% no base64", "mime_type": "image/png"})
    assert part.describe() == "image · image/png · its data is no base64"
    assert "there is nothing to show or save" in page({"type": "image", "base64": "%%% no base64"})


def test_what_a_model_says_aloud_is_a_part() -> None:
    spoken: Any = {"audio": {"id": "a1", "data": "AAAA", "transcript": "Good morning."}}
    [part] = parts_of("", spoken)
    assert part.describe() == "audio · Good morning. · 3 B"
    assert part.data() == b"\0\0\0"


@pytest.mark.parametrize(
    ("head", "mime", "size"),
    [
        (PICTURE, "image/png", (64, 48)),
        (jpeg(), "image/jpeg", (640, 480)),
        (gif(), "image/gif", (20, 10)),
        (webp(), "image/webp", (300, 200)),
        (b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + (99 | 49 << 14).to_bytes(4, "little"), "image/webp", (100, 50)),
        (b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x40\x01\xf0\x00", "image/webp", (320, 240)),
        (b"BM" + b"\0" * 16 + (7).to_bytes(4, "little") + (5).to_bytes(4, "little"), "image/bmp", (7, 5)),
        (png()[:20], "image/png", None),
        (jpeg()[:400], "image/jpeg", None),
        (b"%PDF-1.7", "application/pdf", None),
        (b"", "", None),
    ],
)  # fmt: skip
def test_size_and_format_are_read_from_the_header(head: bytes, mime: str, size: tuple[int, int] | None) -> None:
    assert mime_of_bytes(head) == mime
    picture = picture_in(head)
    assert (picture and (picture.width, picture.height)) == size


@given(
    st.sampled_from([PICTURE, jpeg(), gif(), webp(), b"BM" + b"\0" * 30]), st.integers(0, 400), st.binary(max_size=40)
)
def test_a_damaged_header_is_no_picture_or_one_but_never_a_crash(good: bytes, cut: int, junk: bytes) -> None:
    picture = picture_in(good[:cut] + junk)
    assert picture is None or (picture.width > 0 and picture.height > 0)


@pytest.mark.parametrize(
    ("name", "kind", "mime", "proposed"),
    [
        ("plan.pdf", "file", "application/pdf", "plan.pdf"),
        ("Bericht März (2).pdf", "file", "application/pdf", "Bericht März (2).pdf"),
        ("../../.ssh/authorized_keys", "file", "text/plain", "authorized_keys.txt"),
        ("..\\..\\evil.bat", "file", "", "evil.bat"),
        ("/etc/", "file", "", "etc"),
        (".bashrc", "file", "text/plain", "bashrc.txt"),
        ("-rf", "file", "", "rf"),
        ("~root", "file", "", "root"),
        ("..", "image", "image/png", "image.png"),
        ("", "image", "image/jpeg; q=1", "image.jpg"),
        ("", "audio", "wav", "audio.wav"),
        ("a\x1b[31m\n\u202etxt.exe", "file", "", "a_[31m__txt.exe"),
        ("$(reboot) `x` ;.png", "image", "", "(reboot) _x_ _.png"),
        ("", "../x\x00", "", "x_"),
        ("", "", "what/ever", "content"),
    ],
)  # fmt: skip
def test_a_file_is_named_plainly_whatever_the_server_calls_it(name: str, kind: str, mime: str, proposed: str) -> None:
    assert proposed_name(name, kind, mime) == proposed


@given(st.text(max_size=300), st.text(max_size=30), st.sampled_from(["", "image/png", "x/y", "wav"]))
def test_no_name_leads_out_of_the_folder_or_hides(name: str, kind: str, mime: str) -> None:
    made = proposed_name(name, kind, mime)
    assert made
    assert made not in (".", "..")
    assert not made.startswith((".", "-", "~", " "))
    assert not set(made) & set("/\\\0")
    assert is_safe(made)
    assert len(made.encode()) <= MOST_BYTES


def test_the_page_tells_what_a_block_is_and_never_its_data() -> None:
    text = page({"type": "image", "base64": DATA, "mime_type": "image/png", "name": "a\x1b]0;x\x07.png"})
    for words in (
        "image/png",
        "156 B",
        "64 × 48 pixels, PNG",
        "human h1",
        "{content-save} saves it",
        "{content-picture} shows the picture",
    ):
        assert words in text
    assert DATA[:60] not in text
    assert "…" in text
    assert "of data)" in text
    assert all(is_safe(line) for line in text.split("\n"))


def test_the_page_says_where_type_and_bytes_differ_and_why_there_is_no_picture() -> None:
    text = page({"type": "image", "base64": DATA, "mime_type": "image/jpeg"}, graphics="this terminal takes PNG.")
    assert "image/jpeg; but its bytes are image/png" in text
    assert "No picture here: this terminal takes PNG. {content-save} saves it." in text
    assert "but its bytes" not in page({"type": "image", "base64": coded(jpeg()), "mime_type": "image/jpg"})
    assert "but its bytes" not in page({"image": {"format": "png", "source": {"bytes": DATA}}})


def test_a_link_is_shown_whole_and_said_not_to_be_fetched() -> None:
    link = "https://e.example/" + "a" * 500
    text = page({"type": "image_url", "image_url": link})
    assert link in text
    assert "nothing is fetched" in text
    assert "saves it" not in text


def test_blocks_inside_a_block_have_lines_that_open_them() -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": DATA}}
    result = [{"type": "text", "text": "see"}, image]
    part = only({"type": "tool_result", "tool_use_id": "u", "content": result})
    lines, opens = content_lines(facts_of(part), "", "", str)
    [(line, inner)] = opens.items()
    assert plain(lines[line]).strip() == "image · image/png · 156 B"
    assert inner.data() == PICTURE


def test_data_is_shortened_for_reading_and_whole_for_copying() -> None:
    big = coded(bytes(range(256)) * 4000)
    value: Any = {
        "a": [{"url": f"data:image/png;base64,{big}"}, "words"],
        "b": big,
        "c": "x" * 4000,
        "d": "long words " * 400,
    }
    made: Any = shortened(value)
    assert made["a"][0]["url"].startswith("data:image/png;base64,")
    assert len(made["a"][0]["url"]) < 120
    assert made["b"].endswith("(1.0 MB of data)")
    assert (made["c"], made["d"]) == (value["c"], value["d"]), "a text that only looks long is left as it is"
    assert shortened(made) is made
    rows = DocumentRows(value)
    assert rows.is_shortened
    assert max(len(rows.text(index)) for index in range(len(rows))) < 5000
    assert big in rows.source
    assert not DocumentRows(big).is_shortened, "one text alone is what was asked for"


def test_a_question_and_its_banner_show_no_data() -> None:
    from studio_tui.domain.checkpoint import Interrupt
    from studio_tui.domain.interrupts.answer_shape import shape_of
    from studio_tui.present.interrupts.question import QuestionRows

    value: Any = [{"type": "text", "text": "ok?"}, {"type": "image", "base64": DATA * 20}]
    rows = QuestionRows()
    rows.set_width(80)
    rows.show(Interrupt("q", value), shape_of(value, None).reviews[0])
    text = "\n".join(rows.text(index) for index in range(len(rows)))
    assert "3.1 kB of" in text
    assert len(rows) < 20
    assert "of data)" in preview_of(Interrupt("q", value))


def test_data_that_differs_looks_different_where_it_is_compared() -> None:
    one, other = coded(bytes(range(256)) * 400), coded(bytes(range(256)) * 399 + bytes(256))
    rows = DiffRows()
    rows.show("two", diff({"blob": one}, {"blob": other}))
    row = next(index for index in range(len(rows)) if "blob" in rows.text(index))
    rows.toggle(row)
    found = [rows.text(index) for index in range(row + 1, len(rows))]
    assert len(found) == 2, "one row for each, not hundreds"
    assert "102 kB of data, checksum" in found[0]
    assert found[0].strip("+- ") != found[1].strip("+- ")


def test_a_search_result_names_its_link() -> None:
    part = only(
        {"type": "web_search_result", "title": "Sky", "url": "https://s.example/", "encrypted_content": DATA * 9}
    )
    assert part.describe() == "result · Sky · web_search_result → https://s.example/"


def test_a_thread_that_begins_with_a_picture_is_named_by_it() -> None:
    image = {"type": "image", "base64": DATA, "mime_type": "image/png", "name": "cat.png"}
    assert first_words({"messages": [{"type": "human", "content": [image]}]}) == "image · image/png · cat.png · 156 B"
    spoken = {"type": "text", "text": "what is this?"}
    assert first_words({"messages": [{"type": "human", "content": [image, spoken]}]}) == "what is this?"
    assert first_words({"messages": [{"type": "human", "content": [{}, None, ""]}]}) in ("", "content")


def test_blocks_in_wrappings_without_end_are_read_and_shown() -> None:
    block: dict[str, Any] = {"type": "hologram", "x": 1}
    for _ in range(5000):
        block = {"type": "non_standard", "value": block}
    assert only(block).kind == "hologram"
    deep: Any = "end"
    for _ in range(5000):
        deep = [deep]
    part = only({"type": "hologram", "x": deep})
    content_lines(facts_of(part), "", "", str)
    assert "cannot be written" in DocumentRows(dict(part.block or {})).source
