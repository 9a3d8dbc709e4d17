"""Settings merge in the promised order, refuse what they do not know, and a project's file is not trusted."""

from __future__ import annotations

import os
import pwd
import stat
import tempfile
from pathlib import Path
from typing import Any

import pytest

from studio_tui.config.load import load_settings
from studio_tui.config.paths import Paths, expanded, find_paths, here
from studio_tui.config.private_store import write_private
from studio_tui.config.schema import Settings
from studio_tui.config.state import Remembered, read_state, write_state
from studio_tui.errors import UsageError


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    env = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "c"), "XDG_STATE_HOME": str(tmp_path / "s")}
    return find_paths(env, tmp_path / "project")


def _load(paths: Paths, user: str = "", project: str = "", env: dict[str, str] | None = None, **flags: Any) -> Settings:
    for file, text in ((paths.config_file, user), (paths.project_file, project)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return load_settings(paths, env or {}, flags)


def test_each_source_overrides_the_one_before(paths: Paths) -> None:
    user, project = 'theme = "a"\nbase_url = "http://u"', 'theme = "b"'
    assert _load(paths, user).theme == "a"
    assert _load(paths, user, project).theme == "b"
    assert _load(paths, user, project, {"STUDIO_TUI_THEME": "c"}).theme == "c"
    assert _load(paths, user, project, {"STUDIO_TUI_THEME": "c"}, theme="d").theme == "d"
    assert _load(paths, user, project).base_url == "http://u"


def test_a_flag_that_was_not_typed_overrides_nothing(paths: Paths) -> None:
    assert _load(paths, "ascii = true", ascii=None).ascii is True


def test_a_url_named_later_beats_a_profile_named_earlier(paths: Paths) -> None:
    user = 'profile = "prod"\n[profiles.prod]\nbase_url = "http://p"'
    settings = _load(paths, user, base_url="http://flag")
    assert (settings.profile, settings.base_url, settings.base_url_source) == ("", "http://flag", "flag")
    assert (
        _load(paths, 'base_url = "http://u"\n' + user.replace('profile = "prod"\n', ""), profile="prod").base_url == ""
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('thme = "x"', "Did you mean `theme`?"),
        ("theme = 3", "must be a text in quotes"),
        ('ascii = "yes"', "must be true or false"),
        ("profiles = 3", "must be a table"),
        ("[profiles.p]", "no base_url"),
        ('[profiles.p]\nbase_url = "http://x"\nreadnly = true', "Did you mean `profiles.p.readonly`?"),
        ("[keys]\nstep = 3", "keys.step"),
        ("theme = ", "not valid TOML"),
        (f"theme = {'9' * 5000}", "not valid TOML"),
        (f"theme = {'[' * 5000}", "nested too deeply"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_the_way_out(paths: Paths, text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        _load(paths, text)
    said = f"{caught.value.title} {caught.value.detail} {caught.value.hint}"
    assert words in said
    assert str(paths.config_file) in said


@pytest.mark.parametrize("text", ['[profiles.p]\nbase_url="http://x"', '[keys]\nstep="x"', 'api_key_env = "HOME"'])
def test_a_project_file_may_not_define_servers_keys_or_secrets(paths: Paths, text: str) -> None:
    with pytest.raises(UsageError, match="not allowed in a project file"):
        _load(paths, project=text)


def test_a_bad_environment_switch_is_refused(paths: Paths) -> None:
    assert _load(paths, env={"STUDIO_TUI_READONLY": "1"}).readonly
    with pytest.raises(UsageError, match="STUDIO_TUI_READONLY"):
        _load(paths, env={"STUDIO_TUI_READONLY": "maybe"})


def test_relative_xdg_folders_are_ignored(tmp_path: Path) -> None:
    found = find_paths({"HOME": str(tmp_path), "XDG_CONFIG_HOME": "oops"}, tmp_path)
    assert found.config_dir == tmp_path / ".config" / "studio-tui"


@pytest.mark.parametrize("home", [None, "", "relative/home"])
@pytest.mark.parametrize("xdg", [None, "", "relative/xdg"])
def test_no_setting_of_the_environment_leads_below_the_root_or_the_working_folder(
    tmp_path: Path, home: str | None, xdg: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"HOME": home, "XDG_CONFIG_HOME": xdg, "XDG_STATE_HOME": xdg}
    for name, value in told.items():
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    real = Path(pwd.getpwuid(os.getuid()).pw_dir)
    found = find_paths(cwd=tmp_path)
    assert found.config_dir == real / ".config" / "studio-tui"
    assert found.state_dir == real / ".local" / "state" / "studio-tui"
    assert (found.homeless, found.note) == (False, "")
    assert expanded("~/x.json") == real / "x.json"
    assert expanded("~") == real
    assert expanded("x.json") == Path("x.json")
    assert str(expanded("~nobody-of-this-name/x")) == "~nobody-of-this-name/x"


def test_without_any_home_everything_is_in_a_private_temporary_folder_and_this_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(_: int) -> object:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    env = {"HOME": ""}
    monkeypatch.setenv("HOME", "")
    paths = find_paths(env)
    own = tmp_path / f"studio-tui-{os.getuid()}"
    assert paths.state_dir.is_relative_to(own)
    assert not own.exists()  # nothing is made by naming it
    assert "No home folder is known" in paths.note
    assert str(paths.state_dir) in paths.note
    assert str(expanded("~/x")) == "~/x"
    own.mkdir(mode=0o700)
    assert find_paths(env) == paths
    own.chmod(0o755)  # somebody may have written there
    other = find_paths(env)
    assert not other.state_dir.is_relative_to(own)
    assert other == find_paths(env)
    made = next(folder for folder in other.state_dir.parents if folder.parent == tmp_path)
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    named = find_paths({"XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s"})
    assert (named.config_dir, named.state_dir, named.note) == (Path("/c/studio-tui"), Path("/s/studio-tui"), "")


def test_a_working_folder_that_was_removed_is_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    monkeypatch.setenv("PWD", str(gone))
    gone.rmdir()
    assert here() == gone
    assert find_paths({"HOME": str(tmp_path)}).project_file.parent == gone


def test_private_files_are_private_and_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "er" / "secret.txt"
    write_private(file, "one")
    write_private(file, "two \ud800")
    assert file.read_text(errors="surrogatepass") == "two \ud800"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert list(file.parent.iterdir()) == [file]


def test_remembered_servers_are_newest_first_without_repeats(tmp_path: Path) -> None:
    state = Remembered()
    for url in ("http://a", "http://b", "http://a"):
        state.used(url, assistant=f"of {url}")
    write_state(tmp_path / "state.json", state)
    again = read_state(tmp_path / "state.json")
    assert again.servers == ["http://a", "http://b"]
    assert again.last["http://b"] == {"assistant": "of http://b"}


@pytest.mark.parametrize(
    "text", ["", "[]", '{"servers": 3, "last": [1]}', "{" * 100_000, '{"servers": [1, "http://x"]}']
)
def test_a_damaged_memory_is_an_empty_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    assert read_state(tmp_path / "state.json").servers in ([], ["http://x"])
