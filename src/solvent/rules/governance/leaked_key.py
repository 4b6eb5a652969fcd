"""GV404."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Debt, NoEvidence, Quote, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding
    from solvent.records.source import CodeLeak


@dataclass(frozen=True, slots=True)
class LeakedKey(Rule):
    """A key, a token or a password is written in the code.

    ## What it does
    Flags files of the repository with private keys, access keys in the forms of common providers,
    tokens, and passwords in addresses. Placeholders do not count. The secret itself is never kept
    or shown. Secrets in the contents of traces are the matter of `sensitive-data`.

    ## Why is this debt?
    Whoever can read the repository, its history or its image can use the key until somebody
    replaces it; taking the line out does not take it back.

    ## Example
    ```yaml
    code:
      app.py: |
        client = OpenAI(api_key="sk-proj-Zx81kQmV0aTr5YbN3cWd7EfGh2JuLp")
    ```

    ## Use instead
    ```yaml
    code:
      app.py: |
        client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])
    ```

    ## Interest
    None of its own: what a leak costs is in no trace. Principal: two hours, to replace the secret
    at its provider and read it from the environment.

    ## When to accept it
    The key is revoked, made for an exercise, or public by design.
    """

    code = "GV404"
    debt = Debt.GOVERNANCE
    hours = 2.0
    security = True

    max_files: int = 200
    """Files that are reported."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per file with secrets."""
        if evidence.code is None:
            raise NoEvidence("no code was scanned")
        by_file: dict[str, list[CodeLeak]] = defaultdict(list)
        for leak in evidence.code.leaks:
            by_file[leak.place.file].append(leak)
        for file, found in sorted(by_file.items())[: self.max_files]:
            kinds = ", ".join(sorted({leak.kind for leak in found}))
            lines = ", ".join(str(leak.place.line) for leak in found[:5])
            yield self.finding(
                f"code:{file}",
                f"`{file}` holds {len(found):,} x {kinds} (line {lines})",
                counts={"secrets": len(found), "files scanned": evidence.code.files},
                quotes=[Quote(leak.shown, file, leak.place.line) for leak in found[:5]],
                fix="replace the secret at its provider, and read the new one from the environment",
                at=found[0].place,
            )
