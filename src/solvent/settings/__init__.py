"""Every setting, its default and where it comes from: `solvent.toml`, then `SOLVENT_*`.

`SOLVENT_INTAKE_MAX_BODY_BYTES=1000000` overrides `[intake] max_body_bytes`. Unknown keys are
errors that list the known ones. No other module reads the environment.
"""

from solvent.settings.pipelines import Blame, Pipelines
from solvent.settings.reading import FILE, find_folder, load, prompts, require_data, tracing
from solvent.settings.sections import (
    Code,
    Decompose,
    Evals,
    Knowledge,
    Ledger,
    Playground,
    Prompts,
    Providers,
    SecondOpinion,
    Settings,
    Tracing,
)
from solvent.settings.serving import Intake, Pages, Server, Storage

__all__ = [
    "FILE",
    "Blame",
    "Code",
    "Decompose",
    "Evals",
    "Intake",
    "Knowledge",
    "Ledger",
    "Pages",
    "Pipelines",
    "Playground",
    "Prompts",
    "Providers",
    "SecondOpinion",
    "Server",
    "Settings",
    "Storage",
    "Tracing",
    "find_folder",
    "load",
    "prompts",
    "require_data",
    "tracing",
]
