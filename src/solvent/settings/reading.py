"""Reading settings: defaults, then `solvent.toml`, then the environment."""

from __future__ import annotations

import os
import tomllib
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from solvent.errors import Invalid, NotFound
from solvent.settings.sections import Prompts, Settings, Tracing

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "solvent.toml"


def load(folder: Path | str = ".", environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of a folder: defaults, then `solvent.toml`, then the environment.

    Raises:
        Invalid: The file is not TOML, a key is unknown or a value has the wrong type.
    """
    environ = os.environ if environ is None else environ
    path = Path(folder) / FILE
    table: dict[str, Any] = {}
    if path.is_file():
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Invalid(f"`{path}` is not TOML: {error}", hint="see `solvent rule`") from error
    settings: Settings = _fill(Settings(), table, str(path), "")
    settings = _from_environment(settings, environ)
    where = str(Path(folder) / settings.storage.path)
    data = str(Path(folder) / settings.data) if settings.data else ""
    files = replace(
        settings.prompts,
        folder=str(Path(folder) / settings.prompts.folder),
        lock=str(Path(folder) / settings.prompts.lock),
    )
    storage = replace(settings.storage, path=where)
    examples = str(Path(folder) / settings.playground.folder)
    tried = replace(settings.playground, folder=examples)
    return replace(settings, data=data, storage=storage, prompts=files, playground=tried)


def tracing(environ: Mapping[str, str] | None = None) -> Tracing:
    """Return the tracing settings of the environment alone, as an instrumented app reads them.

    Raises:
        Invalid: A variable's name is unknown or its value has the wrong type.
    """
    environ = os.environ if environ is None else environ
    ours = {key: text for key, text in environ.items() if key.startswith("SOLVENT_TRACING_")}
    found = _from_environment(Settings(), ours).tracing
    aliases = {
        "endpoint": (
            "SOLVENT_ENDPOINT",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
        ),
        "headers": ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"),
        "project": ("SOLVENT_PROJECT",),
    }
    for name, variables in aliases.items():
        given = next((environ[key] for key in variables if environ.get(key)), "")
        if given and f"SOLVENT_TRACING_{name.upper()}" not in ours:
            change: dict[str, Any] = {name: given}
            found = replace(found, **change)
    return found


def prompts(environ: Mapping[str, str] | None = None) -> Prompts:
    """Return the prompt settings of the environment alone, as an application reads them.

    Raises:
        Invalid: A variable's name is unknown or its value has the wrong type.
    """
    environ = os.environ if environ is None else environ
    ours = {key: text for key, text in environ.items() if key.startswith("SOLVENT_PROMPTS_")}
    return _from_environment(Settings(), ours).prompts


def find_folder(start: Path | str = ".") -> Path:
    """Return the nearest folder at or above `start` with a `solvent.toml`, else `start`."""
    here = Path(start).resolve()
    for folder in (here, *here.parents):
        if (folder / FILE).is_file():
            return folder
    return here


def _fill(target: Any, table: Mapping[str, Any], source: str, prefix: str) -> Any:
    hints = get_type_hints(type(target))
    known = {f.name for f in fields(target)}
    changes: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            close = get_close_matches(key, known, 1)
            hint = f"did you mean `{close[0]}`?" if close else f"known: {', '.join(sorted(known))}"
            raise Invalid(f"`{prefix}{key}` in `{source}` is not a setting", hint=hint)
        current = getattr(target, key)
        if key == "rules" and isinstance(value, dict):
            changes[key] = value
        elif isinstance(value, dict):
            changes[key] = _fill(current, value, source, f"{prefix}{key}.")
        else:
            changes[key] = _cast(value, hints[key], f"{prefix}{key}", source)
    return replace(target, **changes)


def _cast(value: Any, hint: Any, key: str, source: str) -> Any:
    wanted = str(hint)
    if hint is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if hint is bool and isinstance(value, bool):
        return value
    if "float" in wanted and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if hint is str and isinstance(value, str):
        return value
    if "tuple" in wanted and isinstance(value, list) and all(isinstance(v, str) for v in value):
        return tuple(value)
    name = getattr(hint, "__name__", wanted)
    raise Invalid(f"`{key}` in `{source}` is {value!r}", hint=f"give a value of type {name}")


def _from_environment(settings: Settings, environ: Mapping[str, str]) -> Settings:
    sections = {f.name for f in fields(settings) if is_dataclass(getattr(settings, f.name))}
    for key, text in environ.items():
        if not key.startswith("SOLVENT_"):
            continue
        name = key.removeprefix("SOLVENT_").lower()
        section, _, rest = name.partition("_")
        if section in sections and rest:
            part = getattr(settings, section)
            part = _fill(part, {rest: _parse(part, rest, text)}, key, "")
            settings = replace(settings, **{section: part})
        elif name in {f.name for f in fields(settings)}:
            settings = _fill(settings, {name: _parse(settings, name, text)}, key, "")
    return settings


def _parse(target: Any, name: str, text: str) -> Any:
    wanted = str(get_type_hints(type(target)).get(name, ""))
    if "tuple" in wanted:
        return [part.strip() for part in text.split(",") if part.strip()]
    if "bool" in wanted:
        return {"1": True, "true": True, "0": False, "false": False}.get(text.lower(), text)
    if "int" in wanted or "float" in wanted:
        try:
            return float(text) if "float" in wanted else int(text)
        except ValueError:
            return text
    return text


def require_data(settings: Settings) -> Path:
    """Return the folder of public data sets.

    Raises:
        NotFound: `data` is not set, or the folder is not there.
    """
    folder = Path(settings.data)
    if not settings.data or not folder.is_dir():
        raise NotFound("the public data sets are not here", hint="set SOLVENT_DATA=<folder>")
    return folder
