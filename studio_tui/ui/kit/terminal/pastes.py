"""Keeps what is pasted together on its way to Textual's parser."""

from __future__ import annotations

_START, _END = "\x1b[200~", "\x1b[201~"
_ESCAPE, _STAND_IN = "\x1b", "\ufdd0"
"""The stand-in is a code point that no text may hold."""


class WholePastes:
    """Hides escapes that are pasted, such as those of a coloured log, until the paste is over.

    Textual's parser takes one for the beginning of a key: what follows it would be typed, each new line an enter.
    """

    def __init__(self) -> None:
        self._inside = False
        self._kept = ""
        """Outside a paste the last characters, which were passed on; inside, held back: they may begin its end."""

    def feed(self, text: str) -> str:
        """Return what of the terminal's input goes to the parser now."""
        passed: list[str] = []
        while text:
            if self._inside:
                text = self._kept + text
                at = text.find(_END)
                if at < 0:
                    held = next(size for size in range(len(_END) - 1, -1, -1) if text.endswith(_END[:size]))
                    at = len(text) - held
                    self._kept, ended = text[at:], ""
                else:
                    self._kept, self._inside, ended = "", False, _END
                passed.append(text[:at].replace(_ESCAPE, _STAND_IN) + ended)
                text = text[at + len(_END) :]
            else:
                seen = self._kept + text
                at = seen.find(_START)
                if at < 0:
                    self._kept = seen[1 - len(_START) :]
                    passed.append(text)
                    break
                after = at + len(_START) - len(self._kept)
                passed.append(text[:after])
                text = text[after:]
                self._kept, self._inside = "", True
        return "".join(passed)


def pasted(text: str) -> str:
    """Return the text of a paste as it was before `WholePastes`."""
    return text.replace(_STAND_IN, _ESCAPE)
