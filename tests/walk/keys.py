"""What a walk presses: single keys, ways into screens that chance seldom finds, texts, sizes."""

from __future__ import annotations


def _ways(text: str) -> tuple[str, ...]:
    return tuple(" ".join(way.split()) for way in text.replace("\n", "·").split("·") if way.strip())


SIZES = ((120, 36), (80, 24), (60, 16), (59, 15), (200, 60), (100, 30), (40, 10), (20, 5), (161, 48), (300, 90))
OPENERS = """
ctrl+o question_mark f1 at colon slash a S T R K V I B J M w e u m d b C ctrl+p ctrl+b ctrl+f ctrl+l f g G U v Y
""".split()  # noqa: SIM905
MOVES = """
up down left right home end pageup pagedown tab shift+tab j k h l g G left_square_bracket right_square_bracket
""".split()  # noqa: SIM905
WORDS = ["{", "}", '"', "1", "x", "space", "ф", "界", "backspace", "left", "comma", "exclamation_mark", "ctrl+w"]
SENDS = {"enter", "ctrl+s", "ctrl+j", "ctrl+m", "ctrl+enter", "shift+enter", "alt+enter", "y", "ctrl+d", "ctrl+t"}
"""What may send, answer or confirm somewhere, without being a command that is known to write."""
NEVER = {"ctrl+q", "q", "ctrl+z", "ctrl+c", "ctrl+e", "E"}
"""What ends the walk, or gives the terminal away."""

LOOKS = _ways("""
w s · w o · w C · w v · w i · w l · w f · w slash · w question_mark · w space a u · J question_mark · M tab
M f · M question_mark · I r · a v · a d · a o · a tab · a slash · at j · at slash · ctrl+l F · 5 slash · 7 v
3 right_square_bracket · 4 v · 2 x · 2 O · S down · T down · Y down · ctrl+p down · ctrl+b j · ctrl+o tab
1 slash · z z · i ctrl+o tab · i ctrl+f · comma d · comma m full_stop d · i ctrl+n x · i ctrl+n tab escape
:modes down space · :modes slash · :compare enter · :compare enter j space · :compare down enter
:compare enter enter · a down d · a down d slash · a down v down d · ctrl+l slash · ctrl+l enter
""")
"""Ways into screens and dialogs where nothing is written, whatever each of their keys meets; `:name` is a command."""
DEEDS = _ways("""
w D · w a D · w R · w t · w c · w V · w P · w l enter · w l s · w l D · w enter · J A · J enter · J D · M enter
M A · M D · a e · a A · a e ctrl+s · a u · a s · a D · a v enter · I y · I n · I enter · C · e · e ctrl+t
e ctrl+n · e ctrl+o · e ctrl+b · f · R · 2 enter · 3 enter · 3 right_square_bracket enter · 4 enter · 5 enter
5 y · 5 e · 5 f · 5 g j enter
5 g j enter p · 5 g j enter question_mark · 5 g j enter s escape
5 g j enter s enter · 5 g j enter s tab · :modes space enter · a down v enter · a down e x ctrl+s
i ctrl+n x ctrl+s · i ctrl+n ctrl+n ctrl+d
6 x · 3 right_square_bracket d · 2 enter y
7 enter · 1 enter · 1 D · n · c · s · comma e · comma f · comma R · u · U · m comma d
""")
"""Ways to what writes, or asks before it does."""
LINES = _ways("""
history · compare · message · block
modes · multitask · thread · runs · join · live · at · name-branch x · thread-status
filter-next · breakpoints · screenshot · nosuch · assistant · reask · copy-until · background · palette
""")
"""What is given by name at the `:` prompt."""
LINES_THAT_WRITE = {"reask", "copy-until", "background", "join"}
PASTES = ("two\nlines", "x" * 5000, '{"a": [1, 2', "\x1b[31mred\x07", "- a: 1\n- b: [", "\u202e\u200bhidden", "")
BYTES = (
    "\x1b[200~three\nlines\n\x1b[201~", "\x1b[200~", "\x1b[201~", "\x1bOA\x1b[B", "\x1b[<64;30;10M", "\x1b[O\x1b[I",
    "\x1b", "\x1b[1;5A", "\x1b[99;5u", "\x1b[?2026;2$y", "\x1b]11;rgb:00/00/00\x07", "\x1b[M !!", "\x1b[27;5;106~",
    "ab12", "\x00\x7f",
)  # fmt: skip
"""What a terminal sends: bracketed pastes, also torn ones, wheel, focus, answers to questions, half sequences."""
_NAMES = {
    "space": " ", "colon": ":", "slash": "/", "comma": ",", "question_mark": "?", "exclamation_mark": "!", "at": "@",
    "left_square_bracket": "[", "right_square_bracket": "]", "full_stop": ".", "minus": "-",
}  # fmt: skip
NAMED = {character: name for name, character in _NAMES.items()}


def character_of(key: str) -> str | None:
    """Return the character that a key types."""
    return key if len(key) == 1 else _NAMES.get(key)


def typed(text: str) -> list[str]:
    """Return the keys that type a text."""
    found = (NAMED.get(character, "enter" if character == "\n" else character) for character in text)
    return [key for key in found if key.isprintable()]
