"""What an audit of paths reads: code, prompt files, traces, and what a project folder keeps.

| path | what is read |
|---|---|
| `-` | standard input, as one prompt |
| a file of program text | its prompts, model calls and tools |
| any other text file | the prompts in it; the whole of it where none is marked |
| a folder with program text | the same of all files in it that are code or prompts |
| any other file or folder | traces; where there are none, prompts |

The history in git of what was found is read where a rule asks. A folder that keeps something
(`solvent.toml` beside a registry, a lock file, prompt files or a store of spans) adds that: its
registry, else what its lock file pins; and its store, unless files of traces are named beside it.
"""

from solvent.gathering.evidence import (
    Gathered,
    collect_from,
    main_project,
    open_evidence,
    projects_of,
    scan_code,
)
from solvent.gathering.naming import find_home

__all__ = [
    "Gathered",
    "collect_from",
    "find_home",
    "main_project",
    "open_evidence",
    "projects_of",
    "scan_code",
]
