"""The finding that `solvent fix` is asked about, with the evidence around it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from solvent.errors import Invalid, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from solvent.debt.evidence import Evidence
    from solvent.records.finding import Finding
    from solvent.settings import Settings
    from solvent.workbench import Workbench

CODE = re.compile(r"[A-Z]{2}\d{3}\b")
TOGETHER = frozenset({"TS101"})
"""Rules whose findings are paid down together."""


@dataclass(frozen=True, slots=True)
class Case:
    """One finding, or those of a rule that are paid down together."""

    settings: Settings
    findings: tuple[Finding, ...]
    evidence: Callable[[], AbstractContextManager[Evidence]]
    """Opens what the audit read."""
    root: Path
    """Folder that the names of files are relative to."""
    bench: Workbench | None = None
    """The project folder; None for an audit of paths."""


@contextmanager
def open_case(
    settings: Settings, paths: Sequence[Path], home: Path | None, target: str
) -> Iterator[Case]:
    """Give the findings that a target means: of the last audit, or of one of these paths.

    Args:
        settings: Settings of the folder.
        paths: What to audit now; none: the last audit counts.
        home: The folder among the paths that the settings are of.
        target: A code, a fingerprint, `CODE-WORD`, or the name of a prompt.

    Raises:
        NotFound: There is no such finding.
        Invalid: There are several.
    """
    from contextlib import nullcontext

    from solvent.gathering import open_evidence
    from solvent.workbench import Workbench, audit_evidence

    if paths:
        code = CODE.match(target)
        with open_evidence(settings, paths, 0, lambda _: None, home=home) as gathered:
            report = audit_evidence(settings, gathered.evidence, (code[0],) if code else ())
            found = _chosen(report.findings, target, "the audit")
            yield Case(settings, found, lambda: nullcontext(gathered.evidence), gathered.root)
        return
    with Workbench(settings) as bench:
        kept = bench.latest_report()
        if kept is None:
            raise NotFound("no audit is kept", hint="`solvent audit` first, or name paths")
        found = _chosen(kept.findings, target, "the last audit")
        yield Case(settings, found, bench.evidence, Path(), bench)


def _chosen(findings: Sequence[Finding], target: str, where: str) -> tuple[Finding, ...]:
    code, _, rest = target.partition("-")
    found = [f for f in findings if f.fingerprint.startswith(target)]
    found = found or [f for f in findings if f.code == code and rest in f.subject]
    found = found or [f for f in findings if f.subject == f"prompt:{target}"]
    if not found:
        raise NotFound(
            f"{where} found no `{target}`",
            hint="give a code, a fingerprint, a prompt's name; or `solvent prompt decompose`",
        )
    if len(found) > 1 and not {f.code for f in found} <= TOGETHER:
        names = ", ".join(f"{f.fingerprint[:8]} ({f.code} {f.subject})" for f in found[:6])
        raise Invalid(f"`{target}` are {len(found)} findings", hint=f"one of: {names}")
    return tuple(found)
