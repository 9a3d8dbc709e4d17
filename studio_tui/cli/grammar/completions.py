"""Shell completion, made of the grammar: commands, verbs, flags and their choices for bash, zsh and fish.

A script is self-contained: completing starts no program and asks no server.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from studio_tui.cli.grammar.command import Parser
from studio_tui.cli.grammar.parser import build_parser, subcommands

_FILES = {"F", "FILE", "PATH", "JSON|@FILE", "JSON|@FILE|-"}


class Flag(Struct, frozen=True):
    """One flag of a command."""

    names: tuple[str, ...]
    help: str
    takes_value: bool
    choices: tuple[str, ...] = ()
    is_file: bool = False


class Command(Struct, frozen=True):
    """What can follow a command: its verbs, its flags, the choices and files of its arguments."""

    path: tuple[str, ...]
    verbs: tuple[tuple[str, str], ...]
    """Name and help."""
    flags: tuple[Flag, ...]
    choices: tuple[str, ...] = ()
    takes_files: bool = False


def script(shell: str) -> str:
    """Return the completion script for bash, zsh or fish."""
    commands = list(walk(build_parser(), ()))
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](commands)


def walk(parser: Parser, path: tuple[str, ...]) -> Iterator[Command]:
    """Yield the commands of a parser, the outermost first."""
    group = subcommands(parser)
    helps = {item.dest: item.help or "" for item in group._choices_actions} if group is not None else {}
    flags: list[Flag] = []
    choices: list[str] = []
    takes_files = False
    for action in parser._actions:
        if action is group:
            continue
        values = tuple(str(choice) for choice in action.choices or ())
        is_file = action.metavar in _FILES
        if action.option_strings:
            flags.append(Flag(tuple(action.option_strings), action.help or "", action.nargs != 0, values, is_file))
        else:
            choices += values
            takes_files = takes_files or is_file
    verbs = tuple((name, helps.get(name, "")) for name in group.choices) if group is not None else ()
    yield Command(path, verbs, tuple(flags), tuple(choices), takes_files)
    for name, inner in (group.choices if group is not None else {}).items():
        yield from walk(inner, (*path, name))


def _bash(commands: list[Command]) -> str:
    lines = [
        "# bash completion for studio-tui. Use it with:  source <(studio-tui completion bash)",
        "_studio_tui() {",
        '    local cur="${COMP_WORDS[COMP_CWORD]}" prev="" path="" word i skip=0',
        '    [ "$COMP_CWORD" -gt 0 ] && prev="${COMP_WORDS[COMP_CWORD-1]}"',
        "    for ((i = 1; i < COMP_CWORD; i++)); do",
        '        word="${COMP_WORDS[i]}"',
        '        if [ "$skip" = 1 ]; then skip=0; continue; fi',
        '        case "$path $word" in',
        *(f"            {_quoted(names)}) path={_quoted(' '.join(found))} ;;" for names, found in _steps(commands)),
        *_valued(commands),
        "        esac",
        "    done",
        '    local words="" files=0',
        '    case "$path" in',
    ]
    for command in commands:
        lines += [f"        {_quoted(' '.join(command.path))})", '            case "$prev" in']
        for flag in command.flags:
            if flag.takes_value:
                what = (
                    f'words="{" ".join(flag.choices)}"' if flag.choices else "files=1" if flag.is_file else "return 0"
                )
                lines.append(f"                {'|'.join(flag.names)}) {what} ;;")
        own = [name for name, _ in command.verbs] + list(command.choices)
        flags = [name for flag in command.flags for name in flag.names if name.startswith("--")]
        files = "; files=1" if command.takes_files else ""
        lines += [
            '                *) case "$cur" in',
            f'                    -*) words="{" ".join(flags)}" ;;',
            f'                    *) words="{" ".join(own)}"{files} ;;',
            "                esac ;;",
            "            esac ;;",
        ]
    lines += [
        "    esac",
        "    COMPREPLY=()",
        '    [ -n "$words" ] && COMPREPLY=($(compgen -W "$words" -- "$cur"))',
        '    [ "$files" = 1 ] && COMPREPLY+=($(compgen -f -- "$cur"))',
        "    return 0",
        "}",
        "complete -o bashdefault -F _studio_tui studio-tui",
    ]
    return "\n".join(lines) + "\n"


def _steps(commands: list[Command]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Path and next word of every command that has verbs, and the path that they lead to."""
    for command in commands:
        for name, _ in command.verbs:
            yield " ".join((" ".join(command.path), name)), (*command.path, name)


def _valued(commands: list[Command]) -> list[str]:
    """A case for each flag whose next word is its value, so that the value is not taken for a command."""
    return [f"            *\\ {name}) skip=1 ;;" for name in _taking_values(commands)]


def _taking_values(commands: list[Command]) -> list[str]:
    return sorted({name for command in commands for flag in command.flags if flag.takes_value for name in flag.names})


def _zsh(commands: list[Command]) -> str:
    lines = [
        "#compdef studio-tui",
        "# zsh completion for studio-tui. Use it with:  source <(studio-tui completion zsh)",
        "_studio_tui() {",
        '    local cur="${words[CURRENT]}" prev="${words[CURRENT-1]}" where="" word i skip=0',
        "    local -a found",
        "    for ((i = 2; i < CURRENT; i++)); do",
        '        word="${words[i]}"',
        '        if [[ "$skip" = 1 ]]; then skip=0; continue; fi',
        '        case "$where $word" in',
        *(f"            {_quoted(names)}) where={_quoted(' '.join(found))} ;;" for names, found in _steps(commands)),
        *_valued(commands),
        "        esac",
        "    done",
        '    case "$where" in',
    ]
    for command in commands:
        lines += [f"        {_quoted(' '.join(command.path))})", '            case "$prev" in']
        for flag in command.flags:
            if flag.takes_value:
                values = f"compadd -- {' '.join(map(_quoted, flag.choices))}" if flag.choices else ""
                what = values or ("_files" if flag.is_file else ":")
                lines.append(f"                {'|'.join(flag.names)}) {what}; return ;;")
        lines += ["            esac", '            if [[ "$cur" = -* ]]; then', "                found=("]
        for flag in command.flags:
            lines += [f"                    {_quoted(_described(name, flag.help))}" for name in flag.names]
        lines += [
            "                )",
            "                _describe flag found",
            "            else",
            "                found=(",
        ]
        lines += [f"                    {_quoted(_described(name, text))}" for name, text in command.verbs]
        lines += [f"                    {_quoted(choice)}" for choice in command.choices]
        files = ["                _files"] if command.takes_files else []
        lines += [
            "                )",
            "                (( $#found )) && _describe command found",
            *files,
            "            fi ;;",
        ]
    lines += ["    esac", "}", "compdef _studio_tui studio-tui"]
    return "\n".join(lines) + "\n"


def _fish(commands: list[Command]) -> str:
    lines = [
        "# fish completion for studio-tui. Use it with:  studio-tui completion fish | source",
        "function __studio_tui_at",
        "    set -l words (commandline -opc)",
        "    set -l where",
        "    set -l skip 0",
        "    for word in $words[2..-1]",
        "        if test $skip = 1",
        "            set skip 0",
        "            continue",
        "        end",
        '        switch "$where $word"',
        *(f"            case {_quoted(word)}\n              set where {' '.join(to)}" for word, to in _steps(commands)),
        *(f"            case {_quoted(f'* {name}')}\n                set skip 1" for name in _taking_values(commands)),
        "        end",
        "    end",
        '    test "$where" = "$argv"',
        "end",
        "complete -c studio-tui -f",
    ]  # fmt: skip
    for command in commands:
        at = f"-n '__studio_tui_at {' '.join(command.path)}'".replace("at '", "at'")
        for name, text in command.verbs:
            lines.append(f"complete -c studio-tui {at} -a {_quoted(name)} -d {_quoted(_brief(text))}")
        for choice in command.choices:
            lines.append(f"complete -c studio-tui {at} -a {_quoted(choice)}")
        if command.takes_files:
            lines.append(f"complete -c studio-tui {at} -F")
        for flag in command.flags:
            names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in flag.names)
            values = f" -xa {_quoted(' '.join(flag.choices))}" if flag.choices else ""
            value = values or (" -rF" if flag.is_file else " -x" if flag.takes_value else "")
            lines.append(f"complete -c studio-tui {at} {names}{value} -d {_quoted(_brief(flag.help))}")
    return "\n".join(lines) + "\n"


def _described(name: str, text: str) -> str:
    return f"{name}:{_brief(text).replace(':', ' ')}" if text else name


def _brief(text: str) -> str:
    return " ".join(text.split())[:80]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
