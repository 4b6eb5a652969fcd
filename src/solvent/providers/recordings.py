r"""Files of recorded requests and answers: JSON Lines, also gzipped.

The first line says what the file is, every other line is one answer:

```json
{"recording": {"what": "…", "recorded_at": "…", "source": "…", "licence": "…", "roles": ["user"]}}
{"model": "m", "messages": [{"role": "user", "text": "…"}], "metadata": {"schema": "v3"},
 "completion": {"text": "…", "input_tokens": 12, "output_tokens": 3}}
```

(each on one line). `roles` names the roles whose messages were recorded: those of other roles do
not count when a request is looked up, and `metadata` holds the facts that they would have told,
such as the schema that a system prompt showed. Left out, all roles count. An answer may have a
`recorded_at` of its own, and all that `solvent.records.completion.Completion` has.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path  # noqa: TC003  the fields say what they hold
from typing import TYPE_CHECKING, Any

from solvent.errors import Invalid, NotFound
from solvent.providers.wording import normal
from solvent.records.completion import Completion, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from solvent.records.completion import CompletionRequest

ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
_FIELDS = {f.name for f in fields(Completion)} - {"recorded", "answered_at"}


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded answer."""

    model: str
    """The model that was asked; the answer may name it more exactly."""
    wording: str
    """What was asked, without what does not change its meaning."""
    shown: str
    """The last thing that was asked, for people."""
    metadata: Mapping[str, str]
    completion: Completion
    recorded_at: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A file of recorded answers."""

    path: Path
    what: str
    recorded_at: str
    source: str
    licence: str
    roles: frozenset[str]
    entries: Mapping[str, tuple[Recorded, ...]]
    """By model, its name in lower case."""
    facts: frozenset[str]
    """Names in the metadata of any answer."""

    @property
    def models(self) -> list[str]:
        """Return the recorded models."""
        return sorted({e.model for group in self.entries.values() for e in group})

    def of_model(self, name: str) -> tuple[Recorded, ...]:
        """Return the answers of a model; of all models when it has no name."""
        if not name:
            return tuple(entry for group in self.entries.values() for entry in group)
        return self.entries.get(name.casefold(), ())

    def told(self, entry: Recorded) -> str:
        """Return what was recorded, of which model, when, from where and under which licence."""
        when = entry.recorded_at or self.recorded_at or "at an unknown time"
        parts = [f"{self.what}: answer of {entry.model}, recorded {when}"]
        parts += [f"source {self.source}"] if self.source else []
        parts += [f"licence {self.licence}"] if self.licence else []
        return "; ".join(parts)


def read(path: Path) -> Recording:
    """Return the recordings of a file.

    Raises:
        NotFound: There is no such file.
        Invalid: A line is not what it should be; the error names it.
    """
    if not path.is_file():
        raise NotFound(f"`{path}` is not there", hint="give a file of recordings (JSON Lines)")
    lines = _objects(path)
    _, first = next(lines, (1, {}))
    head = first.get("recording")
    if not isinstance(head, dict):
        raise Invalid(
            f"`{path}` does not say what it is",
            hint='begin it with {"recording": {"what": …, "recorded_at": …, "licence": …}}',
        )
    roles = frozenset(head.get("roles") or ROLES)
    entries: dict[str, list[Recorded]] = {}
    for number, line in lines:
        try:
            entry = _recorded(line, roles)
        except (KeyError, TypeError, AttributeError) as error:
            raise Invalid(
                f"line {number} of `{path}` is not a recorded answer ({error})",
                hint="a line has model, messages and completion",
            ) from error
        entries.setdefault(entry.model.casefold(), []).append(entry)
    return Recording(
        path=path,
        what=str(head.get("what", path.name)),
        recorded_at=str(head.get("recorded_at", "")),
        source=str(head.get("source", "")),
        licence=str(head.get("licence", "")),
        roles=roles,
        entries={model: tuple(found) for model, found in entries.items()},
        facts=frozenset(k for group in entries.values() for e in group for k in e.metadata),
    )


def line_of(request: CompletionRequest, completion: Completion, at: str) -> str:
    """Return the line that records an answer, without its line feed."""
    answer = {
        k: v for k, v in asdict(completion).items() if k in _FIELDS and v not in (None, "", ())
    }
    return json.dumps(
        {
            "model": request.model,
            "messages": [{"role": m.role, "text": m.text} for m in request.messages],
            "metadata": dict(request.metadata),
            "recorded_at": at,
            "completion": {"text": "", **answer},
        },
        ensure_ascii=False,
    )


def _recorded(line: Mapping[str, Any], roles: frozenset[str]) -> Recorded:
    said = [(m["role"], m["text"]) for m in line["messages"] if m["role"] in roles]
    answer = {k: v for k, v in line["completion"].items() if k in _FIELDS}
    answer["tool_calls"] = tuple(ToolCall(**call) for call in answer.get("tool_calls", ()))
    return Recorded(
        model=line["model"],
        wording=normal(said),
        shown=" ".join((said[-1][1] if said else "").split())[:120],
        metadata={k: str(v) for k, v in line.get("metadata", {}).items()},
        completion=Completion(**{"text": "", "model": line["model"], **answer}),
        recorded_at=str(line.get("recorded_at", "")),
    )


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                if not text.strip():
                    continue
                found = json.loads(text)
                if not isinstance(found, dict):
                    raise Invalid(
                        f"line {number} of `{path}` is not an object", hint="write JSON Lines"
                    )
                yield number, found
    except (ValueError, OSError, EOFError) as error:
        raise Invalid(f"`{path}` cannot be read: {error}", hint="write JSON Lines") from error
