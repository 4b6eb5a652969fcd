"""Every setting, its default and where it comes from: `solvent.toml`, then `SOLVENT_*`.

`SOLVENT_INTAKE_MAX_BODY_BYTES=1000000` overrides `[intake] max_body_bytes`. Unknown keys are
errors that list the known ones. No other module reads the environment.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping  # noqa: TC003  get_type_hints reads it
from dataclasses import dataclass, field, fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_type_hints

from solvent.errors import Invalid, NotFound

FILE = "solvent.toml"


@dataclass(frozen=True, slots=True)
class Intake:
    """Bounds on what is taken in. What is over a bound is refused, with the bound's name."""

    max_body_bytes: int = 64 * 1024 * 1024
    """Bytes of one request body as it arrives."""
    max_inflated_bytes: int = 256 * 1024 * 1024
    """Bytes of one request body after decompression."""
    max_span_bytes: int = 4 * 1024 * 1024
    """Bytes of one span with all its attributes and events."""
    max_attribute_bytes: int = 1024 * 1024
    """Bytes of one attribute value; a span with a larger one is rejected."""
    max_attributes: int = 2000
    """Attributes of one span, and of each of its events and links."""
    max_events: int = 5000
    """Events of one span, and links of one span."""
    max_nesting: int = 64
    """Depth of nested attribute values and JSON documents."""
    max_spans_per_request: int = 50_000
    """Spans in one request."""
    max_messages: int = 5_000
    """Messages of one imported conversation; each step refers to all messages before it."""
    max_backlog_bytes: int = 512 * 1024 * 1024
    """Bytes acknowledged but not yet queryable; above it senders are asked to wait (429)."""
    preview_chars: int = 120
    """Characters of the input and output previews on lists."""
    commit_spans: int = 4096
    """Spans gathered into one commit; the embedded store is cheapest with its own group's size."""
    group_bytes: int = 16 * 1024 * 1024
    """Bytes of journalled requests gathered into one commit."""


@dataclass(frozen=True, slots=True)
class Storage:
    """Where data is kept, and for how long."""

    path: str = ".solvent"
    """Folder of the embedded stores."""
    spans_url: str = ""
    """Empty: the embedded DuckDB file under `path`."""
    records_url: str = ""
    """Empty: the embedded SQLite file under `path`."""
    retention_days: int = 0
    """Traces older than this are erased once a day; 0 keeps them."""
    min_free_mb: int = 32
    """Free space on the disk below which no spans are stored: the engine needs it to bring its log
    into its tables. The journal stops at twice that."""
    memory_mb: int = 64
    """Memory of the embedded engine while serving; the process needs some 150 MB beside it."""
    audit_memory_mb: int = 1400
    """Memory of the embedded engine during an audit."""
    threads: int = 0
    """Threads of the embedded engine; 0: as many as there are cores."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where the pages and the intake listen."""

    host: str = "127.0.0.1"
    port: int = 7117
    token: str = ""
    """Required on any other address than loopback: a bearer token, or what signs a browser in."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """How findings are priced."""

    cost_of_failure_usd: float | None = None
    """What one failed trace is worth to you; unset: failures are counted, not priced."""
    cost_of_hour_usd: float | None = None
    """What an hour of an engineer costs; unset: payoff orders by dollars per hour of work only."""
    scale_min_days: float = 1.0
    """Windows shorter than this are reported as observed, not scaled to 30 days."""
    prices: str = ""
    """A price table of your own (JSON, the shape of the shipped one); it wins."""


@dataclass(frozen=True, slots=True)
class Code:
    """How a repository is scanned."""

    tests: bool = False
    """Read tests too."""
    exclude: tuple[str, ...] = ()
    """Files and folders not to read, from the root of the scan."""
    max_file_bytes: int = 2 * 1024 * 1024
    """Bytes of one file; a larger one is named and skipped."""
    max_files: int = 100_000
    """Files that are read; what is beyond is named and skipped."""
    max_prompt_chars: int = 200_000
    """Characters of one prompt; what is over is cut."""
    processes: int = 0
    """Processes that read; 0: as many as there are cores, at most eight."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """The prompt registry: who may change what, the files it is kept in step with, its client."""

    protected: tuple[str, ...] = ()
    """Aliases that move only when somebody else approves, such as `production`."""
    truth: str = "registry"
    """Where an edit in the page goes: `registry` makes a version, `files` a branch in git."""
    folder: str = "prompts"
    """Folder of prompt files, from the project's folder."""
    lock: str = "prompts.lock"
    """File that pins what an application starts with when no server answers."""
    max_chars: int = 400_000
    """Characters of one version, all messages together."""
    max_rendered_chars: int = 2_000_000
    """Characters of a prompt with its inputs in place."""
    max_steps: int = 200_000
    """Rounds of all loops and calls of one rendering."""
    max_depth: int = 8
    """Prompts that include one another in a row."""
    refresh_seconds: float = 30.0
    """How old an alias may be in an application before it is asked for again."""
    timeout_seconds: float = 3.0
    """How long an application waits for the registry."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the application answers from, and how much of its use is read in one audit."""

    schema: tuple[str, ...] = ()
    """Files that describe tables (CREATE TABLE, COMMENT ON, lists of columns, JSON), beside what
    prompts and documents say."""
    max_retrievals: int = 2_000
    """Retrievals whose documents are read; of more, whole traces drawn by a hash of their id, and
    what they cost counts for all."""
    max_queries: int = 5_000
    """Statements of SQL that are parsed, literals aside, those used most first."""


@dataclass(frozen=True, slots=True)
class Evals:
    """How prompts are tried on datasets, and what counts as better."""

    max_calls: int = 2_000
    """Model calls of one optimization or ablation; nothing is begun that cannot end within them."""
    threads: int = 4
    """Calls at a time."""
    held_out: float = 0.4
    """Share of a dataset that an optimizer never sees and that alone decides, 0 to 1."""
    margin: float = 0.05
    """Loss of score that still counts as equal, 0 to 1."""
    rounds: int = 6
    """Proposals that an optimizer tries on all examples."""
    turns: bool = False
    """Whether a prompt may show examples as turns of the conversation."""
    copy_words: int = 8
    """Words in a row that count as copied from the examples."""
    max_examples: int = 100_000
    """Rows of one dataset."""
    max_tokens: int = 0
    """Tokens of one answer; 0: as many as the provider allows by itself."""
    seed: int = 0
    """Of searches and intervals."""


@dataclass(frozen=True, slots=True)
class Tracing:
    """What an instrumented application sends, where to, and what it may keep in memory."""

    endpoint: str = "http://127.0.0.1:7117"
    """Address of the receiver; also SOLVENT_ENDPOINT and OTEL_EXPORTER_OTLP_ENDPOINT."""
    headers: str = ""
    """`name=value,name=value` for each request; also OTEL_EXPORTER_OTLP_HEADERS."""
    project: str = ""
    """Project the spans belong to; also SOLVENT_PROJECT."""
    queue_size: int = 4096
    """Ended spans kept while the receiver cannot be reached; later ones are dropped, counted."""
    queue_bytes: int = 64 * 1024 * 1024
    """Bytes of contents in the queue beyond one batch; above it spans are dropped, counted."""
    max_content_bytes: int = 256 * 1024
    """Bytes of one input or output; what is over is cut and marked."""
    timeout_seconds: float = 10.0
    """Longest wait for the receiver's answer to one request."""
    exit_seconds: float = 5.0
    """Longest wait for unsent spans when the process ends."""


@dataclass(frozen=True, slots=True)
class Providers:
    """How language models are asked; keys are read from OPENAI_API_KEY and ANTHROPIC_API_KEY."""

    openai_base_url: str = ""
    """Address of an endpoint of the OpenAI shape; empty: OPENAI_BASE_URL, else OpenAI's own."""
    anthropic_base_url: str = ""
    """Address of an endpoint of the Anthropic shape; empty: ANTHROPIC_BASE_URL, else its own."""
    timeout_seconds: float = 60.0
    """Longest wait for an endpoint to say something, for each try."""
    max_retries: int = 2
    """Tries after the first one, when an endpoint is busy, broken or cannot be reached."""
    max_tokens: int = 4096
    """Tokens of an answer when a request does not say, where the wire format wants a bound."""
    replay_seed: int = 0
    """Chooses among several recorded answers to one request."""
    replay_likeness: float = 1.0
    """Likeness of wording, 0 to 1, from which the recorded answer to another wording is given, and
    said to be one; 1: only to the same words."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a project folder."""

    project: str = "default"
    """Project that commands work on when none is named."""
    select: tuple[str, ...] = ()
    """Rules to run (names, codes or prefixes such as `TS`); empty: all."""
    ignore: tuple[str, ...] = ()
    """Rules not to run."""
    outcome: tuple[str, ...] = ()
    """Outcome expressions for imported files, such as `reward>=1`."""
    model: str = ""
    """Model of imported logs that do not name one."""
    data: str = ""
    """Folder of the public data sets that tests, demo and benchmarks read when it is there."""
    intake: Intake = field(default_factory=Intake)
    storage: Storage = field(default_factory=Storage)
    server: Server = field(default_factory=Server)
    ledger: Ledger = field(default_factory=Ledger)
    tracing: Tracing = field(default_factory=Tracing)
    evals: Evals = field(default_factory=Evals)
    code: Code = field(default_factory=Code)
    providers: Providers = field(default_factory=Providers)
    prompts: Prompts = field(default_factory=Prompts)
    knowledge: Knowledge = field(default_factory=Knowledge)
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Options of rules: `[rules.unused-tool] min_requests = 50`."""


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
    return replace(settings, data=data, storage=storage, prompts=files)


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
