"""Merges defaults, the user's file, the project's file, the environment and typed flags into `Settings`.

Strict: an unknown name or a wrong type is an error that names the file, the key and the nearest match.
A project's file comes from a directory that the user may not have written: it may not run commands, read
environment variables into headers, or define keys. `readonly` is only ever made stricter: any source can ask for it,
none can take it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from studio_tui.config.paths import Paths
from studio_tui.config.schema import KeySetting, Profile, Settings
from studio_tui.errors import UsageError

_PLAIN: dict[str, type] = {
    "base_url": str,
    "profile": str,
    "api_key_env": str,
    "theme": str,
    "ascii": bool,
    "reduced_motion": bool,
    "readonly": bool,
    "log_file": str,
}
_PROFILE: dict[str, type] = {
    "base_url": str,
    "api_key_env": str,
    "headers": dict,
    "readonly": bool,
    "color": str,
    "assistant": str,
}
_PROJECT = {"base_url", "theme", "ascii", "reduced_motion", "readonly"}
_ENV_PREFIX = "STUDIO_TUI_"
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def load_settings(paths: Paths, environ: Mapping[str, str], flags: Mapping[str, Any]) -> Settings:
    """Return the merged settings. `flags` holds only what the user typed. Raises UsageError."""
    settings = Settings()
    for path, source in ((paths.config_file, "user"), (paths.project_file, "project")):
        if path.is_file():
            settings = _merge(settings, _checked(_read(path), path, source), source)
            settings = replace(settings, files=(*settings.files, path))
    settings = _merge(settings, _from_env(environ), "env")
    typed = {name: value for name, value in flags.items() if name in _PLAIN and value is not None}
    return _merge(settings, typed, "flag")


def _merge(settings: Settings, values: Mapping[str, Any], source: str) -> Settings:
    names = set(Settings.__struct_fields__)
    changes = {name: value for name, value in values.items() if name in names}
    if values.get("base_url"):
        changes["base_url_source"] = source
        # A URL named later replaces a profile named earlier, and the other way round.
        changes.setdefault("profile", "")
        if source != "project":
            changes["own_urls"] = (*settings.own_urls, values["base_url"])
    elif values.get("profile"):
        changes["base_url"] = changes["base_url_source"] = ""
    if values.get("theme"):
        changes["theme_source"] = source
    if settings.readonly or values.get("readonly"):
        changes["readonly"] = True
        changes["readonly_source"] = settings.readonly_source or source
    merged = replace(settings, **changes)
    if values.get("api_key_env"):
        profile = merged.profiles.get(values.get("profile", ""))
        for_url = values.get("base_url") or (profile.base_url if profile is not None else "")
        merged = replace(
            merged, key_settings=(*merged.key_settings, KeySetting(values["api_key_env"], source, for_url))
        )
    return merged


def _read(path: Path) -> dict[str, Any]:
    import tomllib  # most users have no such file

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # bad TOML, bad UTF-8, or an integer of thousands of digits
        raise UsageError(f"{path} is not valid TOML", str(error), "Correct the file or move it away.") from error
    except RecursionError as error:
        raise UsageError(f"{path} is nested too deeply", "", "Correct the file or move it away.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read", error.strerror or "", "Check its permissions.") from error


def _checked(table: dict[str, Any], path: Path, source: str) -> dict[str, Any]:
    allowed = {**_PLAIN, "keys": dict, "profiles": dict}
    values: dict[str, Any] = {}
    for name, value in table.items():
        _check_name(name, allowed, str(path), "")
        if source == "project" and name not in _PROJECT:
            raise UsageError(
                f"{path}: `{name}` is not allowed in a project file",
                "A project may set only " + ", ".join(sorted(_PROJECT)) + ".",
                "Put it into your own config file: `studio-tui info` shows where that is.",
            )
        _check_type(name, value, allowed[name], str(path))
        values[name] = value
    if "keys" in values:
        for name, key in values["keys"].items():
            _check_type(f"keys.{name}", key, str, str(path))
    if "profiles" in values:
        values["profiles"] = {name: _profile(name, body, path) for name, body in values["profiles"].items()}
    return values


def _profile(name: str, body: object, path: Path) -> Profile:
    where = f"profiles.{name}"
    if not isinstance(body, dict):
        raise UsageError(f"{path}: `{where}` must be a table", "", f"Write [profiles.{name}] and its keys below it.")
    for key, value in body.items():
        _check_name(key, _PROFILE, str(path), where + ".")
        _check_type(f"{where}.{key}", value, _PROFILE[key], str(path))
    if not body.get("base_url"):
        raise UsageError(f"{path}: `{where}` has no base_url", "", 'Add base_url = "https://…".')
    for key, value in body.get("headers", {}).items():
        _check_type(f"{where}.headers.{key}", value, str, str(path))
    return Profile(name=name, **body)


def _check_name(name: str, allowed: Mapping[str, type], where: str, prefix: str) -> None:
    if name in allowed:
        return
    from difflib import get_close_matches  # only for who mistyped

    near = get_close_matches(name, allowed, n=1)
    hint = f"Did you mean `{prefix}{near[0]}`?" if near else "Known: " + ", ".join(sorted(allowed)) + "."
    raise UsageError(f"{where}: unknown setting `{prefix}{name}`", "", hint)


def _check_type(name: str, value: object, wanted: type, where: str) -> None:
    if isinstance(value, wanted):
        return
    words = {str: "a text in quotes", bool: "true or false", dict: "a table"}[wanted]
    raise UsageError(f"{where}: `{name}` must be {words}", f"It is {value!r}.", "Correct the value.")


def _from_env(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, kind in _PLAIN.items():
        text = environ.get(_ENV_PREFIX + name.upper())
        if text is None:
            continue
        if kind is bool:
            if text.lower() not in _TRUE | _FALSE:
                raise UsageError(f"{_ENV_PREFIX}{name.upper()} must be 1 or 0", f"It is {text!r}.", "Correct it.")
            values[name] = text.lower() in _TRUE
        elif text:
            values[name] = text
    return values
