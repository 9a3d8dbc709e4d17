"""Files that go with a message: what is sent, what is refused and in which words, and that nothing hangs."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from studio_tui.core.inputs.file_words import LONGEST, file_words, literal
from studio_tui.core.inputs.files import LARGEST, MOST_FILES, Look, Read, completed_word, look_at, named, read_files
from studio_tui.domain.message.content import parts_of
from studio_tui.jsonkit.value import JsonObject

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def read(text: str, folder: Path, seen: Look | None = None) -> Read:
    return read_files(file_words(text), folder, seen)


def blocks(text: str, folder: Path) -> tuple[JsonObject, ...]:
    got = read(text, folder)
    assert got.problem == ""
    return got.blocks


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_each_kind_of_file_has_its_block(tmp_path: Path) -> None:
    pdf, wav = b"%PDF-1.7\n\xff", b"RIFF\x00\x00\x00\x00WAVEfmt "
    files = {"a.png": PNG, "b.pdf": pdf, "c.wav": wav, "d.md": b"# hi\n", "e.svg": b"<svg/>", "f.bin": b"\x00\x01"}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    got = blocks(" ".join(f"@{name}" for name in files), tmp_path)
    assert list(got) == [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{b64(PNG)}"}},
        {"type": "file", "base64": b64(pdf), "mime_type": "application/pdf", "filename": "b.pdf"},
        {"type": "audio", "base64": b64(wav), "mime_type": "audio/wav"},
        {"type": "text", "text": "File: d.md\n\n# hi\n"},
        {"type": "text", "text": "File: e.svg\n\n<svg/>"},
        {"type": "file", "base64": "AAE=", "mime_type": "application/octet-stream", "filename": "f.bin"},
    ]
    shown = [(part.kind, part.size) for part in parts_of(list(got)) if part.kind != "text"]
    assert shown == [("image", len(PNG)), ("file", len(pdf)), ("audio", len(wav)), ("file", 2)]


def test_the_bytes_decide_not_the_name(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "picture.txt").write_bytes(PNG)
    kinds = [file.kind.words for file in look_at(file_words("@text.png @picture.txt"), tmp_path).files]
    assert kinds == ["text", "image/png"]


def test_wide_text_and_marks_are_read(tmp_path: Path) -> None:
    (tmp_path / "w.txt").write_bytes("é".encode("utf-16"))
    (tmp_path / "m.txt").write_bytes(b"\xef\xbb\xbf\xc3\xa9")
    assert [block["text"] for block in blocks("@w.txt @m.txt", tmp_path)] == ["File: w.txt\n\né", "File: m.txt\n\né"]


def test_punctuation_behind_a_path_is_none_of_it_unless_the_file_has_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("plain")
    (tmp_path / "b.txt.").write_text("dotted")
    assert [block["text"] for block in blocks("see @a.txt. And @b.txt.", tmp_path)] == [
        "File: a.txt\n\nplain",
        "File: b.txt.\n\ndotted",
    ]


def test_a_bare_word_is_a_file_only_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("all:")
    (tmp_path / "src").mkdir()
    got = read("@Makefile @mention @src @[red]x", tmp_path)
    assert (got.problem, len(got.blocks)) == ("", 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@gone.png", "There is no file gone.png in "),
        ("@./gone", "There is no file ./gone in "),
        ("@/no/such", "There is no file /no/such;"),
        ("@dir/", "dir/ is a folder"),
        ("@/dev/zero", "/dev/zero is a pipe, a device or a socket"),
        ("@pipe", "pipe is a pipe, a device or a socket"),
        ("@loop.txt", "loop.txt is a link that leads round in a circle"),
        ("@sparse.bin", "sparse.bin is too large: 4.3 GB, and at most 10.0 MB"),
        ("@latin.txt", "latin.txt is neither UTF-8 text nor"),
        ('@"half', "The quote after @ has no end: half"),
        ('@"a\\u0000b"', "There is no file a␀b in "),
        (f"@{'x' * 300}.png", "There is no file xxx"),
        ('@"[red]\\u001b[31m\\n"', "There is no file [red]␛[31m⏎ in "),
    ],
)
def test_what_cannot_be_sent_is_said_and_nothing_hangs(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "dir").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    with (tmp_path / "sparse.bin").open("wb") as file:
        file.truncate(4 << 30)
    for problem in (look_at(file_words(text), tmp_path).problem, read(text, tmp_path).problem):
        assert problem.startswith(said)
        assert problem.isprintable()
    assert read(text, tmp_path).blocks == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable for root")
def test_a_file_without_permission_is_said(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("x")
    (tmp_path / "secret.txt").chmod(0)
    assert "cannot be read: Permission denied" in read("@secret.txt", tmp_path).problem


def test_hostile_names_are_sent_as_they_are_shown(tmp_path: Path) -> None:
    raw = b"evil\n\x1b[31m\xe2\x80\xaegnp\xff.txt"
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + raw)).write_text("x")
    found = completed_word("ev", tmp_path)
    assert found is not None
    assert found[0].isprintable()
    [block] = blocks(found[0], tmp_path)
    assert block["text"] == "File: evil⏎␛[31m<U+202E>gnp<U+DCFF>.txt\n\nx"


def test_all_files_together_have_a_limit(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.bin").write_bytes(bytes(LARGEST // 2 + 1))
    assert read("@a.bin @b.bin", tmp_path).problem.startswith("The files together are too large")
    (tmp_path / "c.txt").write_text("x")
    assert read("@c.txt " * (MOST_FILES + 1), tmp_path).problem == "At most 20 files go with one message"


def test_what_only_looks_like_a_path_may_be_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    for word in ("@app.task", "@types/node"):
        text = f"{word} @a.txt"
        look = look_at(file_words(text), tmp_path)
        assert (look.askable, [file.name for file in look.files]) == (True, ["a.txt"])
        assert read_files(file_words(text), tmp_path, look, as_text=True).problem == ""
    for text in ("@./gone", '@"gone"', "@gone.txt @/dev/zero"):
        assert not look_at(file_words(text), tmp_path).askable
        assert read_files(file_words(text), tmp_path, as_text=True).problem


def test_a_text_too_long_for_the_line_names_no_file(tmp_path: Path) -> None:
    long = "@/etc/hosts @@x " + "x" * LONGEST
    assert file_words(long) == ()
    assert literal(long) == long


def test_a_file_that_became_another_is_told_first(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"x" * 5000)
    seen = look_at(file_words("@log.txt"), tmp_path)
    path.write_bytes(b"x" * 5400)
    assert read("@log.txt", tmp_path, seen).problem == ""  # a log that goes on
    path.write_bytes(b"x" * 2_000_000)
    got = read("@log.txt", tmp_path, seen)
    assert (got.problem, got.again) == (
        "log.txt has changed since it was shown: text 5.0 kB, now text 2.0 MB",
        True,
    )
    assert read("@log.txt", tmp_path, got.look).problem == ""
    path.unlink()
    assert read("@log.txt", tmp_path, seen).problem.startswith("There is no file log.txt")
    assert read("@log.txt", tmp_path, Look(problem="There is no file")).problem != ""


def test_an_endless_file_that_claims_to_be_empty_is_not_swallowed(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "grows.txt"
    path.write_bytes(b"x" * 100)
    look = look_at(file_words("@grows.txt"), tmp_path)
    monkeypatch.setattr("studio_tui.core.inputs.files.look_at", lambda _words, _folder, **_more: look)
    path.write_bytes(b"x" * 50_000)
    assert read("@grows.txt", tmp_path).problem == "grows.txt changes while it is read: 100 B, then 50.0 kB"


def test_paths_of_a_form_need_no_at(tmp_path: Path) -> None:
    (tmp_path / "two words").write_text("x")
    assert read_files(named(("two words",)), tmp_path).problem == ""
    assert read_files(named(("@gone",)), tmp_path).problem == f"There is no file @gone in …{str(tmp_path)[-40:]}"


def test_a_path_is_completed_as_far_as_all_agree(tmp_path: Path) -> None:
    for name in ("photo.png", "photos.txt", "my dir/x y.txt", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "loop").symlink_to("loop")

    def completed(path: str) -> tuple[str, str] | None:
        return completed_word(path, tmp_path)

    assert completed("ph") == ("@photo", "photo.png · photos.txt")
    assert completed("photos") == ("@photos.txt", "")
    assert completed("my") == ('@"my dir/', "")
    assert completed("my dir/") == ('@"my dir/x y.txt"', "")
    assert completed("") == ("@", "loop · my dir/ · photo.png · photos.txt")
    assert completed(".h") == ("@.hidden", "")
    assert completed("zz") is None
    assert completed("photo.png/") is None
    assert completed("\x00/") is None


def test_the_home_folder_is_the_one_of_all_other_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in_home.md").write_text("alpha")
    monkeypatch.setenv("HOME", "")  # as good as not set: the system knows
    monkeypatch.setattr("studio_tui.config.paths.pwd.getpwuid", lambda _uid: SimpleNamespace(pw_dir=str(tmp_path)))
    [file] = look_at(file_words("@~/in_home.md"), Path("/nowhere")).files
    assert file.path == tmp_path / "in_home.md"
    assert completed_word("~/in_h", Path("/nowhere")) == ("@~/in_home.md", "")
