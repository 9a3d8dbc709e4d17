"""What a paused thread asks, with the ids that answers name, and the answers that a command line gives."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from studio_tui.cli.context import json_argument
from studio_tui.cli.output.states import SHOWN, asked
from studio_tui.cli.output.stderr import say
from studio_tui.domain.checkpoint import Interrupt
from studio_tui.domain.form.conforms import misfits
from studio_tui.domain.interrupts.answer_shape import schema_answer, shape_of
from studio_tui.errors import UsageError
from studio_tui.jsonkit.value import Json
from studio_tui.text.fmt import plural, short_for
from studio_tui.text.sanitize import clean


def how_to_answer(thread_id: str, pending: Sequence[Interrupt]) -> str:
    """Return the command line that answers these questions, or goes on where nothing is asked."""
    start = f"studio-tui resume {thread_id}"
    if len(pending) < 2 or not all(item.id for item in pending):
        return f"{start} VALUE" if pending else start
    return " ".join([start, *(f"--answer {item.id}=JSON" for item in pending)])


def answers_in(args: argparse.Namespace, pending: Sequence[Interrupt]) -> dict[str, Json]:
    """Return the answers of `resume` by the keys of their questions; all are checked. Raises UsageError."""
    answers: dict[str, Json] = {}
    for text in args.answer or ():
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise UsageError(f"`{clean(text, 80)}` is no answer", "", "Write --answer ID=JSON.")
        _add(answers, named(name, pending), value, force=args.force)
    if args.id and args.value is None:
        raise UsageError("--id needs an answer", "", "Give VALUE, as JSON or plain text (null is an answer, too).")
    if args.value is not None:
        if args.id:
            _add(answers, named(args.id, pending), args.value, force=args.force)
        elif args.answer:
            raise UsageError("VALUE does not say which question it answers", "", "Write it as --answer ID=JSON, too.")
        else:
            _add(answers, _only(pending), args.value, force=args.force)
    if not args.force:
        _check(answers, pending)
    return answers


def named(text: str, pending: Sequence[Interrupt]) -> Interrupt:
    """Return the question with this id, or the only one whose id begins so. UsageError lists what is asked."""
    found = short_for(text, pending, lambda item: item.id or "")
    if len(found) == 1:
        return found[0]
    if not pending:
        raise _nothing_asked()
    what = f"stands for {len(found)} questions" if found else "is no question of this thread"
    raise UsageError(f"`{clean(text, 80)}` {what}", _listed(pending), "Give the id, or enough of its beginning.")


def unanswered(thread_id: str, pending: Sequence[Interrupt]) -> UsageError:
    """Return the error for a `resume` that answers nothing where something is asked."""
    title = f"The thread waits for {'an answer' if len(pending) == 1 else f'{len(pending)} answers'}"
    hint = f"Answer with: {how_to_answer(thread_id, pending)} (--reask runs the node again from its top)"
    return UsageError(title, _listed(pending), hint)


def _only(pending: Sequence[Interrupt]) -> Interrupt:
    if not pending:
        raise _nothing_asked()
    if len(pending) > 1 and not any(item.id for item in pending):
        say(f"This server takes one answer at a time: {clean(pending[0].node) or 'the first question'} gets it.")
    elif len(pending) > 1:
        title = f"{len(pending)} questions are open: one answer would not say which is meant"
        raise UsageError(title, _listed(pending), "Write --answer ID=JSON for each that you answer.")
    return pending[0]


def _nothing_asked() -> UsageError:
    return UsageError("The thread asks nothing", "It stands at a breakpoint.", "Leave the answer out to go on.")


def _add(answers: dict[str, Json], question: Interrupt, text: str, *, force: bool) -> None:
    if question.key in answers:
        raise UsageError(f"{clean(question.id or question.node)} is answered twice", "", "Answer each question once.")
    try:
        answers[question.key] = json_argument(text, "The answer")
    except UsageError as error:
        # The rule of the dialog: what begins as an object or a list was meant as JSON, all else is plain text.
        if text.lstrip()[:1] in ("{", "[") and not force:
            hint = "Correct it, or pass --force to answer with this very text. Nothing was sent."
            raise UsageError(error.title, error.detail, hint) from error
        answers[question.key] = text


def _check(answers: dict[str, Json], pending: Sequence[Interrupt]) -> None:
    """Refuse answers that a question's contract or its own schema does not take; nothing has been sent.

    A plain yes or no is spelled as the schema wants it, as the dock does, and that is said.
    """
    for item in pending:
        if item.key not in answers:
            continue
        answer = answers[item.key]
        wrong = shape_of(item.value, item.response_schema).problem(answer)
        if wrong:
            title = f"The answer is not what {clean(item.node) or 'the graph'} asks for"
            raise UsageError(title, f"{clean(wrong, SHOWN)}.", "Correct it, or pass --force. Nothing was sent.")
        if not item.response_schema:
            continue
        problems = misfits(item.response_schema, answer)
        spelled = schema_answer(item.response_schema, answer) if problems and isinstance(answer, bool) else None
        if spelled is not None and not misfits(item.response_schema, spelled):
            say(f"{'yes' if answer else 'no'} is sent as {json.dumps(spelled)}, as {item.node or 'the graph'} wants it")
            answers[item.key] = spelled
            continue
        if problems:
            title = f"The answer does not fit what {clean(item.node) or 'the graph'} asks for"
            raise UsageError(title, f"{'; '.join(problems)}.", "Correct it, or pass --force. Nothing was sent.")


def _listed(pending: Sequence[Interrupt]) -> str:
    return f"{plural(len(pending), 'question')}: " + " · ".join(asked(item) for item in pending)
