"""The keys of lists, dialogs and fields, wherever one of these stands."""

from __future__ import annotations

from functools import partial

from studio_tui.ui.contracts.command import Command, act

_list = partial(Command, group="Lists", scope="list", hidden=True)
LIST = (
    _list("list-next-row", "Next row", "Go down a row.", act("move(1)"), ("j", "down")),
    _list("list-previous-row", "Previous row", "Go up a row.", act("move(-1)"), ("k", "up")),
    _list("list-first-row", "First row", "Go to the first row.", act("first_row"), ("g", "home")),
    _list("list-last-row", "Last row", "Go to the last row, and follow what arrives.", act("last_row"), ("G", "end")),
    _list("list-half-page-down", "Half page down", "Go down half a page.", act("page(0.5)"), ("ctrl+d",)),
    _list("list-half-page-up", "Half page up", "Go up half a page.", act("page(-0.5)"), ("ctrl+u",)),
    _list("list-page-down", "Page down", "Go down a page.", act("page(1.0)"), ("pagedown",)),
    _list("list-page-up", "Page up", "Go up a page.", act("page(-1.0)"), ("pageup",)),
    _list("list-select-down", "Select down", "Select this row and the next; move on for more.", act("select_rows(1)"),
          ("shift+down",)),
    _list("list-select-up", "Select up", "Select this row and the one before.", act("select_rows(-1)"), ("shift+up",)),
    _list("list-open-row", "Open", "Open the row.", act("row('open')"), ("enter",)),
    _list("list-toggle-row", "Expand or mark", "Expand, fold or mark the row.", act("row('toggle')"), ("space",)),
    _list("list-collapse-row", "Collapse", "Collapse the row, or go to its parent.", act("row('fold')"), ("h", "left")),
    _list("list-expand-row", "Expand", "Expand the row, or go into it.", act("row('unfold')"), ("l", "right")),
)  # fmt: skip
SELECT = (
    Command(
        "copy-selection", "Copy selection", "Copy the text that is selected.", act("copy_selection"),
        ("ctrl+c", "super+c"), "Lists", "selection", hidden=True,
    ),
)  # fmt: skip

_text = partial(Command, group="Texts", hidden=True)
# ctrl+z suspends, as everywhere in a terminal.
TEXT = (_text("text-undo", "Undo", "Take back what was typed.", act("undo"), ("ctrl+underscore",), scope="text"),)
FIELD = (
    _text("text-new-line", "New line", "Break the line; enter sends it.", act("newline"),
          ("alt+enter", "ctrl+j", "shift+enter", "ctrl+enter"), scope="field"),
)  # fmt: skip
PATH = (
    _text("path-complete", "Complete", "Complete the path.", act("complete"), ("tab",), scope="path", everywhere=True),
)
PROMPT = (
    _text("line-close", "Close", "Leave the prompt.", act("close"), ("escape",), scope="line", everywhere=True),
    _text("line-complete", "Complete", "Complete the word.", act("complete"), ("tab",), scope="line", everywhere=True),
    _text("line-older", "Older line", "Bring back the line before.", act("recall(-1)"), ("up",), scope="line",
          everywhere=True),
    _text("line-newer", "Newer line", "Bring back the line after.", act("recall(1)"), ("down",), scope="line",
          everywhere=True),
)  # fmt: skip

_dialog = partial(Command, group="Dialogs", hidden=True)
DIALOG = (
    _dialog("dialog-close", "Close", "Close without an answer.", act("cancel"), ("escape",), scope="dialog-box"),
    _dialog("dialog-help", "Help", "The keys of the dialog.", act("app.command('help')"), ("f1",), scope="dialog-box"),
)
CONFIRM = (
    _dialog("dialog-yes", "Yes", "Answer yes.", act("answer(True)"), ("y",), scope="confirm"),
    _dialog("dialog-no", "No", "Answer no.", act("answer(False)"), ("n",), scope="confirm"),
)
ERROR = (
    _dialog("error-copy", "Copy", "Copy the error.", act("copy"), ("y",), scope="error"),
    _dialog("error-close", "Close", "Close the error.", act("cancel"), ("enter",), scope="error"),
)
PICKER = (
    _dialog("picker-down", "Next choice", "Go to the next choice.", act("move(1)"), ("down",), scope="picker"),
    _dialog("picker-up", "Choice before", "Go to the choice before.", act("move(-1)"), ("up",), scope="picker"),
    _dialog("picker-page-down", "Page down", "Go down ten choices.", act("move(10)"), ("pagedown",), scope="picker"),
    _dialog("picker-page-up", "Page up", "Go up ten choices.", act("move(-10)"), ("pageup",), scope="picker"),
)
_in_list = partial(Command, group="Dialogs", scope="pick-list", hidden=True)
PICK_LIST = (
    _in_list("pick-down", "Next row", "Go down a row.", act("move(1)"), ("j", "down")),
    _in_list("pick-up", "Row before", "Go up a row.", act("move(-1)"), ("k", "up")),
    _in_list("pick-first", "First row", "Go to the first row.", act("first"), ("g", "home")),
    _in_list("pick-last", "Last row", "Go to the last row.", act("last"), ("G", "end")),
    _in_list("pick-half-down", "Half page down", "Go down half a page.", act("half_page(1)"), ("ctrl+d",)),
    _in_list("pick-half-up", "Half page up", "Go up half a page.", act("half_page(-1)"), ("ctrl+u",)),
    _in_list("pick-page-down", "Page down", "Go down a page.", act("page_down"), ("pagedown",)),
    _in_list("pick-page-up", "Page up", "Go up a page.", act("page_up"), ("pageup",)),
)
"""Of a list that has the focus itself; below a field the keys of the picker move."""
CHECKED = (
    _dialog("checked-switch", "Switch", "Switch the choice on or off.", act("switch"), ("space",), scope="checked"),
    _dialog("checked-take", "Take", "Take what is switched on.", act("take"), ("enter",), scope="checked",
            everywhere=True),
)  # fmt: skip
PROGRESS = (
    _dialog("progress-close", "Close", "Close it once it is over.", act("close"), ("enter",), scope="progress"),
    _dialog("progress-copy", "Copy", "Copy the account, with every id.", act("copy"), ("y",), scope="progress"),
)

_form = partial(Command, group="Forms", hidden=True)
CHECKS = (
    _form("checks-down", "Next box", "Go to the next box.", act("move(1)"), ("down",), scope="checks"),
    _form("checks-up", "Box before", "Go to the box before.", act("move(-1)"), ("up",), scope="checks"),
    _form("checks-switch", "Switch", "Switch the box.", act("switch"), ("space", "enter"), scope="checks"),
)
CHOICE = (
    _form("choice-previous", "Value before", "Take the value before.", act("step(-1)"), ("left",), scope="choice"),
    _form("choice-next", "Next value", "Take the next value.", act("step(1)"), ("right",), scope="choice"),
    _form("choice-pick", "Choose", "Choose from a list.", act("pick"), ("space",), scope="choice"),
    _form("choice-enter", "Next field", "Go on to the next field.", act("submit"), ("enter",), scope="choice"),
    _form("choice-up", "Field above", "Go to the field above.", act("leave(-1)"), ("up",), scope="choice"),
    _form("choice-down", "Field below", "Go to the field below.", act("leave(1)"), ("down",), scope="choice"),
    _form("choice-clear", "Not set", "Set no value.", act("clear"), ("backspace", "delete"), scope="choice"),
)
BETWEEN = (
    _form("field-next", "Next field", "Go to the next field.", act("app.focus_next"), ("tab",), scope="form",
          everywhere=True),
    _form("field-previous", "Field before", "Go to the field before.", act("app.focus_previous"), ("shift+tab",),
          scope="form", everywhere=True),
)  # fmt: skip
"""Of dialogs with several fields: tab goes from one to the next, also out of a text."""


def commands() -> list[Command]:
    return [
        *LIST, *SELECT, *TEXT, *FIELD, *PATH, *PROMPT, *DIALOG, *CONFIRM, *ERROR, *PICKER, *PICK_LIST, *CHECKED,
        *PROGRESS, *CHECKS, *CHOICE, *BETWEEN,
    ]  # fmt: skip
