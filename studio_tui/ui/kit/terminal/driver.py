"""Textual's driver for this program: survives a terminal that vanishes, odd signals, odd bytes and odd pastes.

Frames go through `FrameOutput`, which writes what has changed; all else is written as it comes."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import sys
import termios
import tty
from codecs import getincrementaldecoder
from threading import Event
from types import FrameType
from typing import Any

from textual import events
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.messages import TerminalSupportsSynchronizedOutput

from studio_tui.crossing import Crossing
from studio_tui.terminal import ALTERNATE_SCREEN, EARLY
from studio_tui.ui.contracts.services import services_of
from studio_tui.ui.kit.terminal.frame_output import FrameOutput
from studio_tui.ui.kit.terminal.link import LINK, TerminalWriter

_KEYS_ON, _KEYS_OFF = "\x1b[>25u", "\x1b[<u"
"""The keyboard mode that Textual asks for, and back; a terminal counts how often."""
_START, _END = "\x1b[200~", "\x1b[201~"
_ANSWER_SECONDS = 0.5
"""How long the end waits for an answer of the terminal: it would be typed into the shell."""
_KEY_SECONDS = 0.1
"""How long it may be open at most whether what came is a key or the beginning of one."""
_ESCAPE, _STAND_IN = "\x1b", "\ufdd0"
"""The stand-in is a code point that no text may hold."""


class Ending(Event):
    """Tells the thread that reads keys to end, and wakes it where it waits for one."""

    def __init__(self) -> None:
        super().__init__()
        self.woken, self._wakes = os.pipe()
        """What can be read from once the event is set."""
        os.set_blocking(self.woken, False)

    def set(self) -> None:
        super().set()
        os.write(self._wakes, b"\0")

    def clear(self) -> None:
        super().clear()
        with contextlib.suppress(BlockingIOError):
            os.read(self.woken, 64)


class TerminalDriver(LinuxDriver):
    """Takes the terminal, gives it back, and waits for no terminal that is gone."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.exit_event = self._ending = Ending()
        self._made: TerminalWriter | None = None
        self._active = False
        """The terminal is ours: its modes are set."""
        self._crossing = Crossing()
        self.frames = FrameOutput(self._send, lambda: self._made.pending if self._made is not None else 0)

    @property  # type: ignore[override]
    def _writer_thread(self) -> TerminalWriter | None:
        """Textual makes its own writer in the middle of taking the terminal; ours takes its place."""
        return self._made

    @_writer_thread.setter
    def _writer_thread(self, writer: object) -> None:
        self._made = None if writer is None or self._file is None else TerminalWriter(self._file, LINK, self._read_on)

    def _read_on(self) -> None:
        """The terminal has read what was written: a frame that waits may go. Called in any thread."""
        self._crossing.call(self.frames.turn)

    def write(self, data: str) -> None:
        """Write to the terminal; while another program has it, or after the end, nothing is written."""
        if data == ALTERNATE_SCREEN and EARLY.hand_over():
            return  # entered once more, the terminal would forget where its cursor was before
        if not self.frames.heard(data):
            self._send(data)

    def _send(self, data: str) -> None:
        if self._made is not None:
            self._made.write(data)

    def flush(self) -> None:
        self.frames.turn()

    def _get_terminal_size(self) -> tuple[int, int]:
        """Return what Textual's returns, which imports `shutil` for it, and with that what reads archives."""
        said = []
        for name in ("COLUMNS", "LINES"):
            try:
                said.append(max(0, int(os.environ[name])))
            except (KeyError, ValueError):
                said.append(0)
        try:
            found = os.get_terminal_size(sys.__stdout__.fileno()) if not all(said) else (0, 0)  # type: ignore[union-attr]
        except (AttributeError, ValueError, OSError):
            found = (0, 0)
        return said[0] or found[0] or 80, said[1] or found[1] or 24

    def start_application_mode(self) -> None:
        """Take the terminal, unless the program is about to end."""
        if LINK.hurried or self._active:
            return
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._watch_window()
        stands = EARLY.cells()
        if line := EARLY.take_line():  # it stayed silent until now: Textual never saw it as it was before
            self.attrs_before = line
        self._active = self._made is not None and self._made.is_alive()
        LINK.lent = not self._active
        if self._active:
            self.frames.begin(stands)

    def _watch_window(self) -> None:
        """Hear of every change of the window: Textual tells its size, but not that it was another one for a moment."""
        heard = signal.getsignal(signal.SIGWINCH)

        def changed(number: int, frame: FrameType | None) -> None:
            self.frames.window_changes()
            if callable(heard):
                heard(number, frame)

        signal.signal(signal.SIGWINCH, changed)

    def stop_application_mode(self) -> None:
        if self._active:
            self._active = False
            self.frames.end(0.0 if LINK.hurried else _ANSWER_SECONDS)
            super().stop_application_mode()

    def suspend_application_mode(self) -> None:
        LINK.lent = True
        super().suspend_application_mode()

    def close(self) -> None:
        writer, self._made = self._made, None
        if writer is not None:
            writer.stop()

    # -- signals of job control ---------------------------------------------------------------------------------

    def _sigtstp_application(self, *_: Any) -> None:
        if not LINK.hurried:
            super()._sigtstp_application()

    def _sigcont_application(self, *_: Any) -> None:
        """Take the terminal again after ctrl+z. Everybody may send this signal, a dying terminal does with SIGHUP."""
        if LINK.hurried or not self._auto_restart:
            return
        if self._active:
            self._claim()
        elif LINK.lent:
            self.resume_application_mode()
            self._crossing.call(self._repaint)

    def _claim(self) -> None:
        """Stopped and continued without our doing: whoever had the terminal meanwhile may have changed it."""
        try:
            attributes = termios.tcgetattr(self.fileno)
            attributes[tty.LFLAG] = self._patch_lflag(attributes[tty.LFLAG])
            attributes[tty.IFLAG] = self._patch_iflag(attributes[tty.IFLAG])
            termios.tcsetattr(self.fileno, termios.TCSANOW, attributes)
        except termios.error:
            return
        self.write("\x1b[?1049h\x1b[?25l\x1b[?1004h" + _KEYS_OFF + _KEYS_ON)
        self._enable_mouse_support()
        self._enable_bracketed_paste()
        self._crossing.call(self._repaint)

    def _repaint(self) -> None:
        """On the loop: the signal that led here may have come in the middle of a frame."""
        if self._active:
            self.frames.forget()
            self._app.refresh(layout=True)

    # -- input --------------------------------------------------------------------------------------------------

    def process_message(self, message: Message) -> None:
        if isinstance(message, TerminalSupportsSynchronizedOutput):
            self.frames.hear_answer()
            self._read_on()
        elif isinstance(
            message, events.Key | events.Paste | events.MouseDown | events.MouseScrollDown | events.MouseScrollUp
        ):
            self.frames.acted()
        if isinstance(message, events.Paste):
            message = events.Paste(pasted(message.text))
        if isinstance(message, events.Key | events.Paste):
            services_of(self._app).typeahead.arrives(message)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            super().process_message(message)

    def run_input_thread(self) -> None:
        """Read keys until told to end. The end of the input is the end of the terminal; odd bytes are no reason.

        Textual looks ten times a second whether it is to end; here nothing wakes while nobody presses a key.
        """
        parser = XTermParser(self._debug)
        pastes = WholePastes()
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._ending.woken, selectors.EVENT_READ)
            while not self._ending.is_set():
                ready = selector.select(None if parser._timeout_time is None else _KEY_SECONDS)
                if any(key.fd == self.fileno for key, _ in ready):
                    try:
                        data = os.read(self.fileno, 4096)
                    except BlockingIOError:
                        continue
                    except OSError:
                        data = b""
                    if not data:
                        LINK.lose()
                        return
                    if text := pastes.feed(decode(data)):  # an empty text would end the parser
                        for event in parser.feed(text):
                            self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
        with contextlib.suppress(EOFError, ParseError):
            for _event in parser.feed(""):
                pass


def paint_anew(app: App[Any]) -> None:
    """Write the whole screen again, whatever stands there: another program wrote on it, or it was drawn anew."""
    if isinstance(app._driver, TerminalDriver):
        app._driver.frames.forget()
        app._driver.frames.turn()


class WholePastes:
    """Hides escapes that are pasted, such as those of a coloured log, until the paste is over.

    Textual's parser takes one for the beginning of a key: what follows it would be typed, each new line an enter.
    """

    def __init__(self) -> None:
        self._inside = False
        self._kept = ""
        """Outside a paste the last characters, which were passed on; inside, held back: they may begin its end."""

    def feed(self, text: str) -> str:
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
