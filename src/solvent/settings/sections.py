"""Every setting and its default, by section."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  get_type_hints reads it
from dataclasses import dataclass, field
from typing import Any

from solvent.settings.pipelines import Blame, Pipelines
from solvent.settings.serving import Intake, Pages, Server, Storage


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
    history_files: int = 30
    """Files whose history in git is read, those with the longest prompts first; 0: none."""
    history_changes: int = 60
    """Newest changes of each file that are read."""
    history_seconds: float = 30.0
    """Time for reading history; files that it does not reach are left out."""


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
    audited: int = 1_000
    """Prompts that an audit reads."""
    audited_versions: int = 100
    """Newest versions of each that an audit reads."""


@dataclass(frozen=True, slots=True)
class Decompose:
    """When and how a long prompt is split into a core and modules."""

    max_share: float = 0.25
    """Share of a prompt from which a section is taken apart."""
    min_tokens: int = 150
    """Tokens that a module has at least; what is smaller stays in the core."""
    max_modules: int = 12
    """Modules that a router chooses from; the most similar topics are joined until they fit."""
    core_share: float = 0.6
    """Share of the recorded requests from which what they need belongs to the core."""
    min_saved: float = 0.2
    """Share of the prompt's tokens that a split must save, else the prompt stays whole."""
    max_requests: int = 2_000
    """Recorded requests that are looked at, whole traces drawn by a hash of their id."""


@dataclass(frozen=True, slots=True)
class Playground:
    """Who answers on the page where prompts are tried side by side, and how much it may ask."""

    provider: str = ""
    """openai:MODEL, anthropic:MODEL or replay:FILE; empty: nobody, and the page says how."""
    folder: str = "datasets"
    """Folder of the files of examples that the page offers, from the project's folder."""
    max_rows: int = 20
    """Examples of one run."""
    max_calls: int = 60
    """Model calls of one run."""
    max_tokens: int = 1000
    """Tokens of one answer."""
    kept: int = 20
    """Runs that the server remembers until it ends."""


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
class SecondOpinion:
    """A language model that is asked about what rules find by words alone.

    Its answers are shown beside the finding as what they are; they never take one away. The
    sentences that a finding quotes are sent to it.
    """

    provider: str = ""
    """openai:MODEL, anthropic:MODEL or replay:FILE; empty: nobody is asked."""
    max_questions: int = 20
    """Questions of one audit, those answered from memory among them."""
    max_doubtful: int = 5
    """Of these, questions about what words alone leave in doubt, once all findings were asked
    about."""
    max_tokens: int = 200
    """Tokens of one answer."""
    trust: float = 0.75
    """How often the model is taken to be right, above 0.5 and below 1, when its answer moves the
    confidence of a finding: an assumption until you have measured it."""


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
    pages: Pages = field(default_factory=Pages)
    ledger: Ledger = field(default_factory=Ledger)
    tracing: Tracing = field(default_factory=Tracing)
    evals: Evals = field(default_factory=Evals)
    code: Code = field(default_factory=Code)
    pipelines: Pipelines = field(default_factory=Pipelines)
    blame: Blame = field(default_factory=Blame)
    providers: Providers = field(default_factory=Providers)
    prompts: Prompts = field(default_factory=Prompts)
    decompose: Decompose = field(default_factory=Decompose)
    playground: Playground = field(default_factory=Playground)
    knowledge: Knowledge = field(default_factory=Knowledge)
    second_opinion: SecondOpinion = field(default_factory=SecondOpinion)
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Options of rules: `[rules.unused-tool] min_requests = 50`."""
