"""What a machine with only Python and make gets: a lock that is closed, a wheel that is complete, lines that work."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import Marker, default_environment
from packaging.metadata import Metadata
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PYTHONS = ("3.11.0", "3.12.0", "3.13.0", "3.14.0")
PLATFORMS = (("linux", "Linux", "x86_64"), ("linux", "Linux", "aarch64"), ("darwin", "Darwin", "arm64"))


def environments() -> Iterator[dict[str, str]]:
    """The machines that the lock has to serve."""
    for python in PYTHONS:
        for platform, system, machine in PLATFORMS:
            yield {
                **{name: str(value) for name, value in default_environment().items()},
                "python_version": ".".join(python.split(".")[:2]),
                "python_full_version": python,
                "implementation_version": python,
                "sys_platform": platform,
                "platform_system": system,
                "platform_machine": machine,
                "extra": "",
            }


ENVIRONMENTS = list(environments())


@cache
def locked() -> dict[str, list[tuple[Version, Marker | None]]]:
    """What the lock pins: name to versions, each with the machines that it is for."""
    found: dict[str, list[tuple[Version, Marker | None]]] = {}
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        if line[:1].isalpha():
            pin = Requirement(line.rstrip(" \\"))
            [version] = pin.specifier
            assert version.operator == "=="
            found.setdefault(canonicalize_name(pin.name), []).append((Version(version.version), pin.marker))
    return found


def direct_requirements() -> list[Requirement]:
    """What the project itself asks for: dependencies, every extra, the group of its developers, the build."""
    project = PROJECT["project"]
    texts = [
        *project["dependencies"],
        *(text for extra in project["optional-dependencies"].values() for text in extra),
        *PROJECT["dependency-groups"]["dev"],
        *PROJECT["build-system"]["requires"],
    ]
    return [Requirement(text) for text in texts]


def unmet(environment: dict[str, str]) -> set[str]:
    """Requirements that are reached from the project on such a machine, extras included, and not in the lock."""
    pins = locked()
    missing: set[str] = set()
    seen: set[tuple[str, str]] = set()
    waiting = [(item, "") for item in direct_requirements()]
    while waiting:
        wanted, extra = waiting.pop()
        if wanted.marker is not None and not wanted.marker.evaluate({**environment, "extra": extra}):
            continue
        name = canonicalize_name(wanted.name)
        here = [
            v for v, marker in pins.get(name, ()) if marker is None or marker.evaluate({**environment, "extra": ""})
        ]
        if len(here) != 1 or not wanted.specifier.contains(here[0], prereleases=True):
            missing.add(f"{wanted} (Python {environment['python_version']}, {environment['sys_platform']})")
            continue
        for asked in ("", *wanted.extras):
            if (name, asked) not in seen:
                seen.add((name, asked))
                waiting += [(item, asked) for item in requirements_of(name)]
    return missing


def requirements_of(name: str) -> list[Requirement]:
    """Requirements of an installed package; of one for other machines nothing is known here."""
    try:
        return [Requirement(text) for text in metadata.requires(name) or ()]
    except metadata.PackageNotFoundError:
        return []


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda e: f"{e['python_version']}-{e['platform_machine']}")
def test_every_requirement_of_every_locked_package_is_locked(environment: dict[str, str]) -> None:
    assert not unmet(environment)


def test_what_is_installed_is_what_is_locked() -> None:
    here = {**default_environment(), "extra": ""}
    wanted = {
        name: version
        for name, pins in locked().items()
        for version, marker in pins
        if marker is None or marker.evaluate({key: str(value) for key, value in here.items()})
    }
    found: dict[str, Version] = {
        canonicalize_name(item.name): Version(item.version) for item in metadata.distributions()
    }
    assert {name: version for name, version in found.items() if name in wanted} == wanted


def test_every_pin_has_a_hash() -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text())
    assert not [entry.split()[0] for entry in entries if entry[:1].isalpha() and "--hash=sha256:" not in entry]


def test_pip_resolves_nothing_when_the_environment_is_built() -> None:
    """With --no-deps a newer release upstream cannot enter; with hashes no other file can."""
    recipe = subprocess.run(
        ["make", "--dry-run", "--always-make", "install"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    installs = [line for line in recipe.splitlines() if "pip install" in line]
    assert len(installs) == 3
    assert all("--no-deps" in line and "--no-build-isolation" in line for line in installs)
    assert all("--require-hashes" in line for line in installs[:-1])
    assert "-r requirements.lock" in installs[1]
    assert "pip check" in recipe


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    [path] = folder.glob("*.whl")
    return path


def test_the_wheel_says_the_truth_about_itself(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [item for item in archive.namelist() if item.endswith(".dist-info/METADATA")]
        raw = archive.read(name)
        [points] = [item for item in archive.namelist() if item.endswith("entry_points.txt")]
        assert "studio-tui = studio_tui.cli.main:main" in archive.read(points).decode()
    told = Metadata.from_email(raw, validate=True)
    assert told.name == "studio-tui"
    assert told.requires_python == ">=3.11"
    assert told.provides_extra == sorted(PROJECT["project"]["optional-dependencies"])
    assert message_from_bytes(raw).get_payload()


def test_the_wheel_holds_all_that_the_program_reads(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "studio_tui", "themes"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    wanted = {re.sub(r"^themes/", "studio_tui/_themes/", name) for name in tracked if (ROOT / name).exists()}
    assert wanted <= packed
    assert not [name for name in packed if name.startswith("tests/")]


INSTALL_LINE = re.compile(r"\b(?:pipx|uvx|pip|uv)\b[^\n`]*")


def test_no_line_installs_a_stranger_named_studio_tui() -> None:
    """No package of this name is published: what is installed is a checkout or a wheel."""
    readme = (ROOT / "README.md").read_text()
    lines = [line for line in INSTALL_LINE.findall(readme) if re.search(r"\binstall\b|--from", line)]
    assert lines
    for line in lines:
        sources = re.findall(r"(?:install|--from)\s+'?([^'\s]+)", line)
        assert sources, line
        assert all(re.match(r"\.|dist/", source) for source in sources), line


def test_the_readme_names_the_wheel_that_is_built(wheel: Path) -> None:
    assert f"dist/{wheel.name}" in (ROOT / "README.md").read_text()
