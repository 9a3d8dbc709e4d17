"""Every sign that the program writes itself is in a font that terminals have, is one cell wide, and is no emoji.

`MONO` are the symbols of DejaVu Sans Mono (2.37), the monospaced font of most Linux systems; the font itself is not
needed here. It was made with fontconfig, from the ranges below U+2C00:

    fc-query --format '%{charset}' DejaVuSansMono.ttf
"""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from studio_tui.text.cells import width
from studio_tui.text.glyphs import ASCII, UNICODE
from tests.paths import ROOT

MONO = """
20-7e a0-1c3 2000-200a 2010-2023 2026 202f-2037 2039-203a 203c-203f 2045-2049 204b 205f 2070-2071 2074-208e 2090-209c
20a0-20b5 20b8-20ba 20bd 2102 2105 210d-210f 2115-2117 2119-211a 211d 2122 2124 2126 212a-212b 212e 2148 2150-2151
2153-215f 2189 2190-2213 2215 2217-2220 2223 2227-222d 2234-223d 2241-2269 226d-228b 228d-22a5 22b2-22b5 22b8 22c2-22c6
22cd-22d1 22da-22e9 22ef 2300-2306 2308-2315 2318-2319 231c-2321 2325-2328 232b 2335-237a 237d 2380-2383 2388-238b 2395
239b-23ae 23ce-23cf 2423 2500-262f 2638-268b 2690-269c 26a0-26a1 26b0-26b1 2701-2704 2706-2709 270c-2727 2729-274b 274d
274f-2752 2756 2758-275e 2761-2775 2794 2798-27af 27b1-27be 27c2 27c5-27c6 27dc 27e0 27e6-27eb 27f5-27f7 2987-2988
2997-2998 29eb 29fa-29fb 2a00 2a2f 2a6a-2a6b 2b05-2b0d 2b12-2b1a
"""
EMOJI = """
a9 ae 203c 2049 2122 2139 2194-2199 21a9-21aa 231a-231b 2328 23cf 23e9-23f3 23f8-23fa 24c2 25aa-25ab 25b6 25c0
25fb-25fe 2600-2604 260e 2611 2614-2615 2618 261d 2620 2622-2623 2626 262a 262e-262f 2638-263a 2640 2642 2648-2653
265f-2660 2663 2665-2666 2668 267b 267e-267f 2692-2697 2699 269b-269c 26a0-26a1 26a7 26aa-26ab 26b0-26b1 26bd-26be
26c4-26c5 26c8 26ce-26cf 26d1 26d3-26d4 26e9-26ea 26f0-26f5 26f7-26fa 26fd 2702 2705 2708-270d 270f 2712 2714 2716 271d
2721 2728 2733-2734 2744 2747 274c 274e 2753-2755 2757 2763-2764 2795-2797 27a1 27b0 27bf 2934-2935 2b05-2b07 2b1b-2b1c
2b50 2b55
"""
"""What Unicode (15.1, emoji-data.txt) calls an emoji below U+2C00: some terminals draw these wide or in colour."""

WRITES = ("present", "ui", "graphs", "cli", "text/glyphs.py", "text/fmt.py", "domain/forest.py")
LOOKED_FOR = {
    "ui/kit/terminal/layouts.py": "letters of keyboards",
    "ui/kit/terminal/picture.py": "ranges of what is uncertain",
    "ui/kit/terminal/driver.py": "a stand-in",
    "ui/kit/text_inputs.py": "what steers terminals",
    "present/kit/growing_text.py": "what joins characters",
    "present/kit/wrapped.py": "what joins characters",
}
"""Modules whose signs are looked for in texts, not written."""


def _within(sign: str, ranges: str) -> bool:
    bounds = [part.partition("-") for part in ranges.split()]
    return any(int(first, 16) <= ord(sign) <= int(last or first, 16) for first, _, last in bounds)


@cache
def _signs() -> dict[str, str]:
    """Return every character beyond ASCII in the strings of the modules that write: where it stands."""
    package = ROOT / "studio_tui"
    found: dict[str, str] = {}
    for part in WRITES:
        path = package / part
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            name = module.relative_to(package).as_posix()
            if name not in LOOKED_FOR:
                found |= dict.fromkeys(_beyond_ascii(module), name)
    return found


def _beyond_ascii(module: Path) -> Iterator[str]:
    tree = ast.parse(module.read_text())
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            # What has no width is looked for in texts.
            yield from (char for char in node.value if not char.isascii() and char.isprintable() and width(char))


def test_there_are_signs() -> None:
    assert {UNICODE.paused, UNICODE.mark, "╭", "┄", "▼"} <= _signs().keys()
    assert all((ROOT / "studio_tui" / name).is_file() for name in LOOKED_FOR)


def test_every_sign_can_be_drawn_by_any_terminal() -> None:
    for sign, module in sorted(_signs().items()):
        name = f"{sign} U+{ord(sign):04X} {unicodedata.name(sign)} in {module}"
        assert _within(sign, MONO), f"{name} is in no common font"
        assert not _within(sign, EMOJI), f"{name} is an emoji in some terminals"
        assert width(sign) == 1, name
        assert unicodedata.east_asian_width(sign) not in "WF", name


def test_the_font_lacks_what_was_a_pause_before() -> None:
    assert not _within("\u23f8", MONO)
    assert _within("\u23f8", EMOJI)


def test_signs_that_may_stand_beside_each_other_differ() -> None:
    """Whoever sees no colours tells states by their signs alone."""
    for signs in (UNICODE, ASCII):
        states = ("running", "done", "error", "paused", "queued", "breakpoint", "interrupt", "cancelled", "next")
        assert len({getattr(signs, state) for state in states}) == len(states)
