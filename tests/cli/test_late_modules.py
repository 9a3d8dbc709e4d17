"""A module that waits for its use is then the real one, for everybody who imported it before or after."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from studio_tui.cli import late_modules
from studio_tui.cli.late_modules import LATE, LateModule
from tests.paths import ROOT

BEGIN = """
import sys
from studio_tui.cli import late_modules
late_modules.put_off()
Late = late_modules.LateModule
import asyncio
"""


def _ran(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", BEGIN + code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_what_imports_them_loads_none() -> None:
    code = """
import msgspec, studio_tui.core.studio
import studio_tui.ui.app.app
print(*(name for name in late_modules.LATE if type(sys.modules[name]) is not Late))
print({"_ssl", "_hashlib", "tempfile", "shutil", "textual.widgets._select", "textual.widgets._tree"} & set(sys.modules))
"""
    assert _ran(code) == ["set()"]


def test_with_its_first_use_a_module_is_the_real_one() -> None:
    code = """
import ssl as late
assert late is asyncio.base_events.ssl and type(late) is Late
late.SSLContext
import ssl
print(type(ssl) is Late, late.SSLContext is ssl.SSLContext, asyncio.base_events.ssl.SSLSocket is ssl.SSLSocket)
print(isinstance(ssl.create_default_context(), late.SSLContext), asyncio.sslproto.SSLProtocol.__name__)
print(asyncio.sslproto.ssl is ssl)
"""
    assert _ran(code) == ["False", "True", "True", "True", "SSLProtocol", "True"]


@pytest.mark.parametrize(
    "use",
    ["from ssl import SSLContext", "from ssl import *; SSLContext", "import ssl; ssl.create_default_context()",
     "import httpx; httpx.create_ssl_context()", "import msgspec; msgspec.inspect.type_info(int)",
     "import msgspec.inspect as i; i.type_info(int)", "import msgspec; msgspec.json.schema(int)",
     "from asyncio.sslproto import SSLProtocol", "import textwrap; textwrap.dedent('x')",
     "import mimetypes; mimetypes.guess_type('x.py')", "import inspect; inspect.getmodule(lambda: 0)",
     "from platformdirs import user_downloads_path as p; assert p().name == 'Downloads', p()",
     "from platformdirs import user_config_dir; user_config_dir()", "import platformdirs.unix",
     "import textual.command; from textual.types import DirEntry, IgnoreReturnCallbackType as i; i | str",
     "import importlib, ssl; importlib.reload(ssl).SSLContext", "import pydoc; pydoc.render_doc('ssl')"],
)  # fmt: skip
def test_all_ways_of_use_work(use: str) -> None:
    _ran(use)


def test_threads_that_use_it_at_once_see_all_of_it() -> None:
    code = """
import threading, ssl
found, ready = [], threading.Barrier(8)
def use(number):
    ready.wait()
    if number % 2:
        from ssl import SSLContext
    found.append(ssl.create_default_context and ssl.SSLContext)
threads = [threading.Thread(target=use, args=(number,)) for number in range(8)]
[thread.start() for thread in threads]; [thread.join() for thread in threads]
import ssl as real
print(len(found), set(found) == {real.SSLContext})
"""
    assert _ran(code) == ["8", "True"]


def test_what_is_loaded_stays_and_what_is_missing_fails_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import textwrap

    for name in LATE:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "textwrap", textwrap)
    monkeypatch.setattr(late_modules, "_ENGINES", {"ssl": "_no_such_engine"})
    late_modules.put_off()
    assert sys.modules["textwrap"] is textwrap
    assert "ssl" not in sys.modules
    assert isinstance(sys.modules["mimetypes"], LateModule)


def test_one_that_cannot_be_loaded_says_so() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module_at_all"):
        _ = LateModule("no_such_module_at_all").anything
    assert not hasattr(LateModule("no_such_module_at_all"), "__file__")


def test_one_that_needs_what_another_thread_is_importing_waits_for_no_lock_but_that(tmp_path: Path) -> None:
    (tmp_path / "module_being_imported.py").write_text(
        "import late_one, threads\nthreads.imports.set()\nassert threads.loads.wait(60)\nlate_one.value\n"
    )
    (tmp_path / "late_one.py").write_text("value = 1\n")
    (tmp_path / "late_other.py").write_text(
        "import threads\nthreads.loads.set()\nimport module_being_imported\nvalue = 2\n"
    )
    (tmp_path / "threads.py").write_text("import threading\nimports, loads = threading.Event(), threading.Event()\n")
    code = f"""
import faulthandler, threading
faulthandler.dump_traceback_later(30, exit=True)
sys.path.insert(0, {str(tmp_path)!r})
late_modules.LATE.clear()
late_modules.LATE.update(late_one="", late_other="")
late_modules.put_off()
import late_one, late_other, threads
importing = threading.Thread(target=lambda: __import__("module_being_imported"))
importing.start()
threads.imports.wait()
print(late_other.value, end=" ")
importing.join()
print(late_one.value)
"""
    assert _ran(code) == ["2", "1"]
