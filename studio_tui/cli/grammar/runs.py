"""`run`, `resume`, `fork`, `cancel`, `tail`, `replay`, and `runs` with its verbs."""

from __future__ import annotations

import argparse

from studio_tui.cli.grammar.arguments import deep_link, not_negative, paging, positive, speed, thread
from studio_tui.cli.grammar.command import Command


def _run_options(parser: argparse.ArgumentParser) -> None:
    """What every command takes that starts a run: stream modes, stops, config, how the server carries it out."""
    from studio_tui.domain.stream_mode import MODES

    modes = [mode.value for mode in MODES]
    group = parser.add_argument_group("options of the run")
    group.add_argument(
        "--stream-mode", action="append", choices=modes, metavar="M", help="repeatable: " + " ".join(modes)
    )
    for when in ("before", "after"):
        group.add_argument(
            f"--interrupt-{when}", action="append", metavar="N",
            help=f"stop {when} node N (* for all; sub:N in a subgraph); repeatable",
        )  # fmt: skip
    group.add_argument("--config", metavar="JSON", help='run config, for example \'{"tags": ["test"]}\'')
    group.add_argument("--context", metavar="JSON", help="run context")
    group.add_argument("--recursion-limit", type=positive, metavar="N", help="most supersteps of the run")
    group.add_argument("--multitask", choices=("reject", "enqueue", "interrupt", "rollback"),
                       help="what to do when the thread is busy (default: reject)")  # fmt: skip
    group.add_argument("--durability", choices=("sync", "async", "exit"), help="when checkpoints are written")
    group.add_argument("--on-disconnect", choices=("continue", "cancel"), default="continue",
                       help="what becomes of the run when nobody follows it any more (default: continue)")  # fmt: skip
    group.add_argument("--metadata", metavar="JSON", help="metadata of the run")
    group.add_argument("--webhook", metavar="URL", default="", help="called by the server when the run has ended")
    group.add_argument("--after-seconds", type=not_negative, metavar="N", help="start it so many seconds later")
    group.add_argument("--force", action="store_true", help="send it although a check refused it, or could not be made")
    _record_flag(parser)


def _record_flag(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--record", metavar="FILE", default="", help="also write what the server tells to a new file")


def _run(run: argparse.ArgumentParser) -> None:
    run.add_argument("assistant", metavar="A", help="assistant id, name or graph id")
    run.add_argument(
        "--input", metavar="JSON|@FILE|-", help="the input (JSON, YAML); - reads standard input; absent: continue"
    )
    run.add_argument("--thread", metavar="T", default="", help="run on this thread (default: a new one)")
    run.add_argument("--checkpoint", metavar="C", default="", help="start from this checkpoint of --thread")
    _run_options(run)
    run.add_argument("--background", action="store_true", help="start it, print its ids and leave")
    run.add_argument("--stateless", action="store_true", help="run without a thread; nothing is kept")


def _resume(resume: argparse.ArgumentParser) -> None:
    thread(resume)
    resume.add_argument("value", nargs="?", metavar="VALUE", help="the answer, as JSON or plain text")
    resume.add_argument(
        "--id", metavar="INTERRUPT", default="", help="which question VALUE answers: its id, or the beginning of it"
    )
    resume.add_argument(
        "--answer", action="append", metavar="ID=JSON",
        help="answer the question with this id; repeatable, sent together",
    )  # fmt: skip
    resume.add_argument("--reask", action="store_true", help="run the nodes that ask again, so that they ask anew")
    resume.add_argument("--update", metavar="JSON", help="state update sent with the answer")
    resume.add_argument("--goto", action="append", metavar="N", help="also go to node N; repeatable")
    _run_options(resume)


def _fork(fork: argparse.ArgumentParser) -> None:
    thread(fork)
    fork.add_argument("--at", metavar="C", default="", help="checkpoint id (default: the head)")
    fork.add_argument("--set", metavar="JSON", help="keys and their new values")
    fork.add_argument(
        "--update", metavar="JSON", help="keys and what to write to them as a node would: reducers append, merge, add"
    )
    fork.add_argument("--as-node", metavar="N", default="", help="the node that the change counts as a write of")
    fork.add_argument("--run", action="store_true", help="run the new branch and print its stream")
    fork.add_argument("--dry-run", action="store_true", help="print what would be written, and write nothing")
    _run_options(fork)


def _cancel(cancel: argparse.ArgumentParser) -> None:
    thread(cancel)
    cancel.add_argument("run", nargs="?", default="", metavar="RUN", help="run id (default: every live run)")
    _rollback(cancel)


def _rollback(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--rollback", action="store_true", help="delete the run and its checkpoints, too; asks")


def _tail(tail: argparse.ArgumentParser) -> None:
    thread(tail)
    tail.add_argument("run", nargs="?", default="", metavar="RUN", help="run id (default: the live one)")
    _record_flag(tail)


def _replay(replay: argparse.ArgumentParser) -> None:
    replay.add_argument("file", metavar="FILE", help="what --record has written")
    replay.add_argument("--speed", type=speed, default=1.0, metavar="X", help="how fast (default: 1; 0: at once)")
    deep_link(replay)


COMMANDS = (
    Command(
        "run", "start one run and print its stream", _run,
        "  studio-tui run agent --input '{\"messages\": \"hello\"}'\n"
        "  studio-tui run agent --input @input.json --stream-mode updates --format jsonl\n"
        "  studio-tui run agent --thread 01a2… --interrupt-before tools\n"
        "  studio-tui run agent --input '{…}' --background --webhook https://my.host/done --after-seconds 60\n"
        "  studio-tui run agent --input '{…}' --record run.jsonl; studio-tui replay run.jsonl\n",
    ),
    Command(
        "resume", "answer a paused thread and print the stream", _resume,
        "  studio-tui resume 01a2… true\n  studio-tui resume 01a2… '{\"type\": \"accept\"}' --id 3f17…\n"
        "  studio-tui resume 01a2… --answer 3f17…=true --answer 8c02…='\"later\"'    several questions at once\n"
        "  studio-tui resume 01a2…                            continue after a breakpoint\n",
    ),
    Command(
        "fork", "go on from a checkpoint on a new branch, edited or as it is", _fork,
        "  studio-tui fork 01a2… --at 1f1e6fd2… --set '{\"nights\": 5}' --run\n"
        "  studio-tui fork 01a2… --at 1f1e6fd2… --run               re-run from there\n"
        "  studio-tui fork 01a2… --update '{\"log\": [\"one more\"]}'    edit the head\n",
    ),
    Command("cancel", "cancel the runs of a thread, or one run, and verify it", _cancel),
    Command("tail", "follow a running run from its beginning", _tail),
    Command(
        "replay", "open a recording in the studio, offline and read-only", _replay,
        "  studio-tui run agent --input '{…}' --record run.jsonl\n  studio-tui replay run.jsonl\n"
        "  studio-tui replay run.jsonl --format jsonl         print it instead\n",
    ),
)  # fmt: skip


def _of_thread(verb: argparse.ArgumentParser) -> None:
    thread(verb, help="thread id, or enough of it")


def _ls(ls: argparse.ArgumentParser) -> None:
    _of_thread(ls)
    ls.add_argument("--status", choices=("pending", "running", "success", "error", "timeout", "interrupted"),
                    default="", help="only these (interrupted means cancelled)")  # fmt: skip
    paging(ls)


def _show(show: argparse.ArgumentParser) -> None:
    _of_thread(show)
    show.add_argument("run", metavar="RUN", help="run id, or enough of it")


def _cancel_several(cancel: argparse.ArgumentParser) -> None:
    _of_thread(cancel)
    cancel.add_argument("run", nargs="*", metavar="RUN", help="run ids, or enough of them (default: every live run)")
    _rollback(cancel)


def _rm(rm: argparse.ArgumentParser) -> None:
    _of_thread(rm)
    rm.add_argument("run", nargs="+", metavar="RUN", help="run ids, or enough of them")


LIST = Command(
    "runs", "list, show, cancel and delete the runs of a thread",
    examples="  studio-tui runs ls 01a2…\n  studio-tui runs show 01a2… 01b3…\n"
    "  studio-tui runs cancel 01a2…\n  studio-tui runs rm 01a2… 01b3… --yes\n",
    verbs=(
        Command("ls", "list the runs of a thread, newest first", _ls),
        Command("show", "show one run: status, times, error, what it was started with", _show),
        Command("cancel", "cancel live runs and verify that they ended", _cancel_several),
        Command("rm", "delete runs that have ended, with their checkpoints", _rm),
    ),
)  # fmt: skip
