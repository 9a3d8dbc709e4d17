"""What gets started, where, and with which words it is refused; no process is started here."""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import socket
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from studio_tui.cli.grammar.parser import parse
from studio_tui.config.paths import find_paths
from studio_tui.errors import LocalServerError
from studio_tui.local import demo_server, watchdog
from studio_tui.local.dotenv import dotenv_values
from studio_tui.local.launch import (
    APP_FOLDER,
    PAGE_GUARD,
    DevOptions,
    Launch,
    demo_folder,
    demo_launch,
    free_port,
    install_command,
)
from studio_tui.local.project import find_config, first_graph, project_facts, project_launch, project_python
from studio_tui.local.server import LocalServer

PYTHON_CONFIG = {"dependencies": ["."], "graphs": {"agent": "./agent.py:graph"}}


def write_config(folder: Path, config: Any, name: str = "langgraph.json") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(config if isinstance(config, str) else json.dumps(config), encoding="utf-8")
    return path


def make_environment(folder: Path, *packages: str) -> Path:
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    for package in packages:
        (folder / "lib" / "python3.12" / "site-packages" / package).mkdir(parents=True)
    return python


def test_config_is_found_in_the_folder_above_it_and_by_name(tmp_path: Path) -> None:
    config = write_config(tmp_path, PYTHON_CONFIG)
    deep = tmp_path / "src" / "agents"
    deep.mkdir(parents=True)
    assert find_config(tmp_path) == config
    assert find_config(deep) == config
    other = write_config(tmp_path, PYTHON_CONFIG, "staging.json")
    assert find_config(other) == other


def test_nearest_config_wins(tmp_path: Path) -> None:
    write_config(tmp_path, PYTHON_CONFIG)
    inner = write_config(tmp_path / "inner", PYTHON_CONFIG)
    assert find_config(tmp_path / "inner") == inner


def test_missing_config_says_where_it_looked_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LocalServerError) as caught:
        find_config(tmp_path)
    assert caught.value.title == "No langgraph.json found"
    assert str(tmp_path) in caught.value.detail
    assert "studio-tui dev PATH" in caught.value.hint
    with pytest.raises(LocalServerError, match="No such folder"):
        find_config(tmp_path / "absent")


@pytest.mark.parametrize(
    ("config", "title"),
    [
        ("{not json", "langgraph.json is not valid JSON"),
        ("[" * 100_000, "langgraph.json is nested too deeply"),
        ("[]", "langgraph.json names no graphs"),
        ('{"graphs": {}}', "langgraph.json names no graphs"),
        ('{"graphs": ["./app.py:graph"]}', '"graphs" of langgraph.json is no object'),
        ('{"graphs": {"a": "./app.py"}}', "A graph of langgraph.json cannot be found"),
        ('{"graphs": {"a": {"path": ":graph"}}}', "A graph of langgraph.json cannot be found"),
        ('{"graphs": {"a": 3}}', "A graph of langgraph.json cannot be found"),
    ],
)
def test_unusable_config_is_refused_before_anything_starts(tmp_path: Path, config: str, title: str) -> None:
    write_config(tmp_path, config)
    with pytest.raises(LocalServerError) as caught:
        project_launch(tmp_path, {})
    assert (caught.value.title, caught.value.exit_code) == (title, 2)
    assert caught.value.hint


def test_python_project_runs_with_reload_in_its_own_folder(tmp_path: Path) -> None:
    write_config(tmp_path, PYTHON_CONFIG)
    plan = project_launch(tmp_path, {"MY_SETTING": "kept", "LANGSMITH_TRACING": "true"})
    assert plan.folder == tmp_path
    assert plan.command[:3] == (sys.executable, str(PAGE_GUARD), "dev")
    assert "--no-reload" not in plan.command
    assert plan.command[plan.command.index("--n-jobs-per-worker") + 1] == "10"
    assert (plan.env["MY_SETTING"], plan.env["LANGSMITH_TRACING"]) == ("kept", "true")
    assert not plan.private_copy


def test_config_with_another_name_is_passed_on(tmp_path: Path) -> None:
    config = write_config(tmp_path, PYTHON_CONFIG, "staging.json")
    command = project_launch(config, {}).command
    assert command[-2:] == ("--config", "staging.json")


def test_project_environment_is_preferred_when_it_can_serve(tmp_path: Path) -> None:
    assert project_python(tmp_path, {}) == sys.executable
    make_environment(tmp_path / ".venv")
    assert project_python(tmp_path, {}) == sys.executable
    own = make_environment(tmp_path / "venv", "langgraph_cli", "langgraph_api")
    assert project_python(tmp_path, {}) == str(own)


def test_active_environment_is_used_when_the_project_has_none(tmp_path: Path) -> None:
    active = make_environment(tmp_path / "active", "langgraph_cli", "langgraph_api")
    assert project_python(tmp_path / "project", {"VIRTUAL_ENV": str(tmp_path / "active")}) == str(active)


def test_javascript_project_uses_its_own_program_also_from_a_monorepo(tmp_path: Path) -> None:
    folder = tmp_path / "apps" / "agent"
    write_config(folder, {"node_version": "20", **PYTHON_CONFIG})
    program = tmp_path / "node_modules" / ".bin" / "langgraphjs"
    program.parent.mkdir(parents=True)
    program.touch()
    command = project_launch(folder, {"PATH": ""}).command
    assert command[:2] == (str(program), "dev")
    assert command[command.index("--host") + 1] == "127.0.0.1"


def test_javascript_project_without_server_names_the_command(tmp_path: Path) -> None:
    write_config(tmp_path, {"node_version": "20", **PYTHON_CONFIG})
    with pytest.raises(LocalServerError) as caught:
        project_launch(tmp_path, {"PATH": ""})
    assert caught.value.hint == "Install it with: npm install --save-dev @langchain/langgraph-cli"


def test_missing_extra_names_the_exact_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(LocalServerError) as caught:
        demo_server(find_paths())
    assert "langgraph_cli" in caught.value.detail
    assert "langgraph-cli[inmem]" in caught.value.hint
    assert "install" in caught.value.hint


@pytest.mark.parametrize(
    ("prefix", "command"),
    [
        ("/home/u/.local/share/pipx/venvs/studio-tui", "pipx inject studio-tui 'langgraph-cli[inmem]'"),
        (
            "/home/u/.local/share/uv/tools/studio-tui",
            "uv tool install --force --with 'langgraph-cli[inmem]' CHECKOUT_OR_WHEEL",
        ),
        (
            "/home/u/.cache/uv/archive-v0/x1y2",
            "uvx --with 'langgraph-cli[inmem]' --from CHECKOUT_OR_WHEEL studio-tui demo",
        ),
        ("/home/u/project/.venv", "/home/u/project/.venv/bin/python -m pip install 'langgraph-cli[inmem]'"),
    ],
)
def test_install_command_follows_the_tool_that_made_the_environment(prefix: str, command: str) -> None:
    assert install_command(Path(prefix)) == command


def test_install_command_for_an_environment_made_by_uv(tmp_path: Path) -> None:
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\nuv = 0.9.1\n")
    assert install_command(tmp_path) == "uv pip install 'langgraph-cli[inmem]'"


def test_install_command_names_what_the_program_was_installed_from(tmp_path: Path) -> None:
    prefix = tmp_path / "uv" / "tools" / "studio-tui"
    record = prefix / "lib" / "python3.12" / "site-packages" / "studio_tui-0.1.0.dist-info" / "direct_url.json"
    record.parent.mkdir(parents=True)
    record.write_text('{"url": "file:///home/u/my%20checkout", "dir_info": {}}')
    assert install_command(prefix).endswith(" '/home/u/my checkout'")


def test_demo_sees_no_keys_and_reports_to_nobody(tmp_path: Path) -> None:
    environ = {
        "HOME": str(tmp_path),
        "PATH": "/usr/bin",
        "OPENAI_API_KEY": "sk-1",
        "LANGSMITH_API_KEY": "ls-1",
        "LANGSMITH_TRACING": "true",
        "LANGCHAIN_TRACING_V2": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector",
        "STUDIO_TUI_DEMO_PACE": "2",
    }
    plan = demo_launch(find_paths(), environ)
    assert plan.env["LANGSMITH_TRACING"] == "false"
    assert plan.env["LANGGRAPH_CLI_NO_ANALYTICS"] == "1"
    assert plan.env["LANGGRAPH_NO_VERSION_CHECK"] == "true"
    assert (plan.env["PATH"], plan.env["STUDIO_TUI_DEMO_PACE"]) == ("/usr/bin", "2")
    foreign = {"OPENAI_API_KEY", "LANGSMITH_API_KEY", "LANGCHAIN_TRACING_V2", "OTEL_EXPORTER_OTLP_ENDPOINT"}
    assert not foreign & set(plan.env)
    assert "sk-1" not in repr(plan)
    assert "--no-reload" in plan.command


def test_each_demo_start_gets_a_private_folder_of_its_own(tmp_path: Path) -> None:
    first, second = demo_folder(tmp_path / "demo"), demo_folder(tmp_path / "demo")
    assert first != second
    assert first.stat().st_mode & 0o077 == 0
    graphs = json.loads((first / "langgraph.json").read_text())["graphs"]
    for graph in graphs.values():
        assert (first / graph["path"].split(":")[0]).is_file()
    assert {path.name for path in APP_FOLDER.glob("*.py")} == {path.name for path in first.glob("*.py")}


def test_old_folders_of_dead_demos_are_removed_and_others_kept(tmp_path: Path) -> None:
    dead, living, fresh, foreign = (tmp_path / name for name in (
        "4194999-0123abcd", f"{os.getpid()}-0123abcd", "4194998-0123abcd", "notes",
    ))  # fmt: skip
    old = time.time() - 3 * 24 * 3600
    for folder in (dead, living, fresh, foreign):
        folder.mkdir()
    for folder in (dead, living, foreign):
        os.utime(folder, (old, old))
    demo_folder(tmp_path)
    assert not dead.exists()
    assert living.exists()
    assert fresh.exists()
    assert foreign.exists()


def test_unwritable_state_folder_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("a file where a folder should be")
    with pytest.raises(LocalServerError) as caught:
        demo_folder(tmp_path / "demo")
    assert "private folder" in caught.value.title
    assert "XDG_STATE_HOME" in caught.value.hint


def test_free_port_skips_a_port_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        offers = iter([port - 20_000, port - 20_000, *range(4321, 10_000)])  # others may be in use by others
        monkeypatch.setattr(secrets, "randbelow", lambda _: next(offers))
        assert free_port() in range(24_321, 30_000)
        assert next(offers) > 4321


def test_the_first_graph_of_a_project_is_known(tmp_path: Path) -> None:
    assert first_graph(demo_launch(find_paths())) == "travel_agent"
    write_config(tmp_path, '{"graphs": {"b": "./b.py:g", "a": "./a.py:g"}, "dependencies": ["."]}')
    launch = project_launch(tmp_path)
    assert first_graph(launch) == "b"
    write_config(tmp_path, "{")
    assert first_graph(launch) == ""


def _javascript(folder: Path) -> Path:
    program = folder / "node_modules" / ".bin" / "langgraphjs"
    program.parent.mkdir(parents=True)
    program.touch()
    return program


@pytest.mark.parametrize(
    "graphs",
    [
        {"agent": "./src/agent/graph.ts:graph"},
        {"a": "./a.mjs:graph", "b": {"path": "./b.tsx:graph", "description": "x"}},
    ],
)
def test_the_files_of_the_graphs_say_that_a_project_is_javascript(tmp_path: Path, graphs: Any) -> None:
    write_config(tmp_path, {"dependencies": ["."], "graphs": graphs})
    program = _javascript(tmp_path)
    assert project_launch(tmp_path, {"PATH": ""}).command[:2] == (str(program), "dev")


def test_a_project_in_two_languages_is_refused_in_words(tmp_path: Path) -> None:
    write_config(tmp_path, {"graphs": {"a": "./a.ts:graph", "b": "./b.py:graph"}})
    with pytest.raises(LocalServerError, match="Python and JavaScript"):
        project_launch(tmp_path, {})


OPTIONS = DevOptions(allow_blocking=True, n_jobs_per_worker=3, debug_port=5678, wait_for_client=True)


def test_options_are_passed_through_to_the_python_server(tmp_path: Path) -> None:
    write_config(tmp_path, PYTHON_CONFIG)
    plan = project_launch(tmp_path, {}, OPTIONS)
    words = " ".join(plan.command)
    for option in ("--n-jobs-per-worker 3", "--allow-blocking", "--debug-port 5678", "--wait-for-client"):
        assert option in words
    assert plan.timeout > 600  # somebody has to start the debugger first
    assert plan.waits_for == "a debugger to attach to port 5678"
    assert (project_launch(tmp_path, {}).timeout, project_launch(tmp_path, {}).waits_for) == (90, "")


def test_a_javascript_project_takes_the_workers_and_refuses_what_is_for_python(tmp_path: Path) -> None:
    write_config(tmp_path, {"graphs": {"a": "./a.ts:graph"}})
    _javascript(tmp_path)
    command = project_launch(tmp_path, {"PATH": ""}, DevOptions(n_jobs_per_worker=3)).command
    assert command[-2:] == ("--n-jobs-per-worker", "3")
    with pytest.raises(LocalServerError, match="JavaScript"):
        project_launch(tmp_path, {"PATH": ""}, OPTIONS)


def test_relative_paths_count_from_where_they_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = write_config(tmp_path / "deploy", PYTHON_CONFIG)
    (tmp_path / "agent.py").touch()
    plan = project_launch(config, {})
    assert plan.folder == tmp_path
    assert plan.command[-2:] == ("--config", "deploy/langgraph.json")
    assert first_graph(plan) == "agent"
    (tmp_path / "deploy" / "agent.py").touch()
    plan = project_launch(config, {})
    assert plan.folder == tmp_path / "deploy"
    assert "--config" not in plan.command
    monkeypatch.chdir(tmp_path)
    assert project_launch(config, {}).folder == tmp_path / "deploy"
    write_config(tmp_path / "deploy", {"graphs": {"agent": "my_agent.graph:graph"}})
    assert project_launch(config, {}).folder == tmp_path / "deploy"  # installed, or nowhere
    (tmp_path / "src" / "my_agent").mkdir(parents=True)
    assert project_launch(config, {}).folder == tmp_path


@pytest.mark.parametrize(
    ("auth", "known"),
    [
        ({}, False),
        ({"auth": {"path": "./auth.py:auth"}}, True),
        ({"auth": {"path": "./auth.py:auth", "disable_studio_auth": True}}, False),
        ({"auth": "odd"}, False),
    ],
)
def test_a_project_with_auth_is_known_for_it(tmp_path: Path, auth: dict[str, Any], known: bool) -> None:
    write_config(tmp_path, {**PYTHON_CONFIG, **auth})
    assert project_launch(tmp_path, {}).has_auth is known


def test_no_server_of_ours_is_open_to_web_pages_unless_the_user_says_so(tmp_path: Path) -> None:
    write_config(tmp_path, PYTHON_CONFIG)
    for plan in (demo_launch(find_paths(), {}), project_launch(tmp_path, {})):
        assert plan.env["CORS_ALLOW_ORIGINS"] not in ("", "*")
        assert "://" not in plan.env["CORS_ALLOW_ORIGINS"]
    env = {"CORS_ALLOW_ORIGINS": "http://localhost:3000"}
    assert project_launch(tmp_path, env).env["CORS_ALLOW_ORIGINS"] == "http://localhost:3000"


def test_a_javascript_server_is_guarded_and_the_options_for_node_are_kept(tmp_path: Path) -> None:
    graphs = {"graphs": {"a": "./a.ts:graph"}}
    _javascript(tmp_path)
    write_config(tmp_path, graphs)
    guard = f'--require "{PAGE_GUARD.with_suffix(".cjs")}"'
    assert PAGE_GUARD.with_suffix(".cjs").exists()
    env = project_launch(tmp_path, {"PATH": ""}, DevOptions(hosts=("a.example", "b.example"))).env
    assert (env["NODE_OPTIONS"], env["STUDIO_TUI_DEV_PAGES"]) == (guard, "none")
    assert env["STUDIO_TUI_DEV_HOSTS"] == "a.example,b.example"
    own = {"PATH": "", "NODE_OPTIONS": "--inspect"}
    assert project_launch(tmp_path, own).env["NODE_OPTIONS"] == f"--inspect {guard}"
    write_config(tmp_path, {**graphs, "http": {"cors": {"allow_origins": []}}})
    assert project_launch(tmp_path, {"PATH": ""}).env["STUDIO_TUI_DEV_PAGES"] == "configured"


def test_the_guard_stands_beside_the_options_for_node_that_the_project_sets(tmp_path: Path) -> None:
    """The server would not read those of the project any more: what it would read is passed on with the guard."""
    _javascript(tmp_path)
    guard = f'--require "{PAGE_GUARD.with_suffix(".cjs")}"'

    def options(env: object, **environ: str) -> str:
        write_config(tmp_path, {"graphs": {"a": "./a.ts:graph"}, "env": env})
        return project_launch(tmp_path, {"PATH": "", **environ}).env["NODE_OPTIONS"]

    (tmp_path / ".env").write_text("A=1\r\nexport NODE_OPTIONS='--max-old-space-size=99' # room\r\n", newline="")
    assert options(".env") == options({"NODE_OPTIONS": "--max-old-space-size=99"}) == f"--max-old-space-size=99 {guard}"
    assert options(".env", NODE_OPTIONS="--inspect") == f"--inspect {guard}"
    assert options(".env", NODE_OPTIONS="") == options(".nowhere") == options({"NODE_OPTIONS": 1}) == guard


def test_an_env_file_is_read_as_the_javascript_server_reads_it() -> None:
    text = (
        "# NODE_OPTIONS=--no\nexport A = --a b # c\nB: 'it\\'s # no comment'\nC=\nD\nE.f-g=`two\nlines`\n"
        'H="x\\ny \\$z"\n  I=\'"q"\'  \nJ=a#b\nA=last\n'
    )
    read = dotenv_values(text)
    values = {"A": "last", "B": "it\\'s # no comment", "C": "", "E.f-g": "two\nlines", "H": "x\ny \\$z"}
    assert read == values | {"I": '"q"', "J": "a"}


def test_the_projects_own_packages_are_known(tmp_path: Path) -> None:
    write_config(tmp_path, PYTHON_CONFIG)
    for file in ("agent.py", "src/my_agent/graph.py", "tests/x.txt", "pyproject.toml"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    facts = project_facts(project_launch(tmp_path, {}))
    assert facts.own == {"agent", "my_agent"}
    assert "pyproject.toml" in facts.files


@pytest.mark.parametrize("name", ["*", "", " ", "http://x", "x.example:80", "a.example,b", "[::1]", "x.example."])
def test_a_host_name_that_no_request_could_name_is_refused_at_once(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(["dev", "--allow-host", name])
    assert "host name alone" in capsys.readouterr().err


def test_a_host_name_is_taken_as_browsers_send_it() -> None:
    assert parse(["dev", "--allow-host", "Ä.Example", "--allow-host", "10.0.0.5"]).allow_host == [
        "xn--4ca.example",
        "10.0.0.5",
    ]


def test_a_debug_port_is_a_port(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(["dev", "--debug-port", "65535"]).debug_port == 65535
    with pytest.raises(SystemExit):
        parse(["dev", "--debug-port", "65536"])
    assert "1 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize("base_url", ["", "http://127.0.0.1:9"])
def test_a_server_that_does_not_answer_yet_is_not_waited_for(tmp_path: Path, base_url: str) -> None:
    ours, theirs = os.pipe()
    server = LocalServer(Launch(("python",), tmp_path, {}, "a server"))
    server.base_url = base_url
    server._process = SimpleNamespace(stdin=os.fdopen(theirs, "wb", buffering=0))  # type: ignore[assignment]
    server.close()
    try:
        assert os.read(ours, 10) == (b"" if base_url else watchdog.HURRY)
    finally:
        os.close(ours)


def test_an_order_that_nobody_hears_leaves_no_pipe_open(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    server = LocalServer(Launch(("python",), tmp_path, {}, "a server"))
    stdin = os.fdopen(theirs, "wb", buffering=0)
    server._process = SimpleNamespace(stdin=stdin)  # type: ignore[assignment]
    server.close(hurry=True)
    assert stdin.closed
