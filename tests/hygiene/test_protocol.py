"""What is known of the servers stands in one file, and what the program does about it in one dataclass."""

from __future__ import annotations

import re
from pathlib import Path

from studio_tui.domain.dialect import FAMILIES, Dialect, ServerKind

ROOT = Path(__file__).parents[2]
PROTOCOL = ROOT / "studio_tui" / "wire" / "PROTOCOL.md"
BUILT_OR_SHOWN = {
    "client/identity.py",
    "client/probe.py",
    "core/recording/replay.py",
    "domain/dialect.py",
    "domain/server.py",
    "wire/decode.py",
}
"""Where the family of a server may be named: what makes a dialect of it, and what holds it to be shown."""


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


def test_every_section_that_a_comment_cites_exists() -> None:
    known = set(re.findall(r"^#+ (\d+(?:\.\d+)?)\.? ", PROTOCOL.read_text("utf-8"), re.MULTILINE))
    cited = {
        (str(path.relative_to(ROOT)), number)
        for path in sources("studio_tui", "tests")
        for list_ in re.findall(r"PROTOCOL (§[\d.]*\d(?:, §[\d.]*\d)*)", path.read_text("utf-8"))
        for number in re.findall(r"[\d.]*\d", list_)
    }
    cited |= {("PROTOCOL.md", number) for number in re.findall(r"§(\d+(?:\.\d+)?)", PROTOCOL.read_text("utf-8"))}
    assert len(cited) > 30
    assert {(path, number) for path, number in cited if number not in known} == set()


def test_every_test_and_fixture_that_the_protocol_names_exists() -> None:
    text = PROTOCOL.read_text("utf-8")
    defined = {name for path in sources("tests") for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))}
    named = set(re.findall(r"\btest_\w+\b(?!\.py)", text))
    assert len(named) > 40
    assert named - defined == set()
    assert [path for path in re.findall(r"`(tests/[\w./-]+)`", text) if not (ROOT / path).exists()] == []
    servers = [line for line in text.split("\n## ", 1)[0].splitlines() if line.startswith("| ")][1:]
    folders = re.findall(r"`([\w.-]+)`", "\n".join(line.rsplit("|", 2)[1] for line in servers))
    assert len(folders) > 6
    assert [name for name in folders if not (ROOT / "tests" / "fixtures" / name).is_dir()] == []


def test_every_field_of_a_dialect_is_explained() -> None:
    section = PROTOCOL.read_text("utf-8").split("## 18. ", 1)[1].split("\n## ", 1)[0]
    table = {name for line in section.splitlines() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line)}
    assert set(Dialect.__struct_fields__) <= table
    assert set(FAMILIES) == set(ServerKind)


def test_the_family_of_a_server_is_named_only_where_its_dialect_is_made() -> None:
    package = ROOT / "studio_tui"
    naming = {
        str(path.relative_to(package)) for path in sources("studio_tui") if "ServerKind" in path.read_text("utf-8")
    }
    assert naming == BUILT_OR_SHOWN
