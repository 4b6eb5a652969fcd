"""The facts of all files → one scan: names of other files looked up, texts put together."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from solvent.code.draft import Draft, literal, rendered, variables
from solvent.code.javascript.elsewhere import SEPARATOR, Scripts
from solvent.code.passing import sent
from solvent.code.prose import is_part, is_prose
from solvent.code.python.kinds import NONE
from solvent.code.python.reading import Elsewhere
from solvent.code.walk import is_aside
from solvent.records.source import CodeCall, CodePrompt, CodeTool, Place, Scan, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from solvent.code.draft import Facts, Piece, Use

LEAST_WORDS = 3
LEAST_IMPORTED = 6
"""Words of a text that a script imports, whose use is less certain."""


def join(root: Path, facts: Sequence[Facts], late: Iterable[Skipped], max_chars: int) -> Scan:
    """Return the scan of all files.

    Args:
        root: Where the files are.
        facts: What each file tells.
        late: Files that were not read.
        max_chars: Characters of one prompt.
    """
    files = [one.file for one in facts if one.file.endswith(".py")]
    elsewhere = Elsewhere(lambda file: (root / file).read_text("utf-8-sig"), files)
    scripts = Scripts(facts)
    drafts = {(one.file, d.line, d.end_line): d for one in facts for d in one.drafts}
    for one in facts:
        for use in one.uses:
            if SEPARATOR in use.ref:
                _add_imported(drafts, scripts.texts(use.ref, one.file), use)
                continue
            home, roots = elsewhere.roots(use.ref, one.file)
            for text in roots:
                said = literal(text.pieces)
                if text.ref or not (
                    is_part(text.pieces) if use.is_part else is_prose(said, LEAST_WORDS)
                ):
                    continue
                key = (home, text.line, text.end_line)
                name = text.name or use.ref.rpartition(".")[2]
                fresh = Draft(text.line, text.end_line, name, "", "constant", text.pieces)
                known = drafts.setdefault(key, fresh)
                known.role = known.role or use.role
                known.calls |= use.calls
    _add_sent(drafts, facts, elsewhere)
    prompts = _prompts(drafts, elsewhere, max_chars)
    return Scan(
        prompts=tuple(_named(prompts)),
        calls=tuple(_calls(facts, elsewhere)),
        tools=tuple(_tools(facts, elsewhere)),
        parses=tuple(parse for one in facts for parse in one.parses),
        leaks=tuple(leak for one in facts for leak in one.leaks),
        acceptances=tuple(note for one in facts for note in one.acceptances),
        skipped=(*(Skipped(one.file, one.trouble) for one in facts if one.trouble), *late),
        tracing=tuple(sorted({t for one in facts if not is_aside(one.file) for t in one.tracing})),
        files=len(facts),
        lines=sum(one.lines for one in facts),
    )


def _add_imported(
    drafts: dict[tuple[str, int, int], Draft], found: Iterable[tuple[str, Draft]], use: Use
) -> None:
    """Add the texts that a script imports and sends."""
    for file, draft in found:
        said = literal(draft.pieces)
        if is_part(draft.pieces) if use.is_part else is_prose(said, LEAST_IMPORTED):
            known = drafts.setdefault((file, draft.line, draft.end_line), draft)
            known.role = known.role or use.role


def _add_sent(
    drafts: dict[tuple[str, int, int], Draft], facts: Sequence[Facts], elsewhere: Elsewhere
) -> None:
    """Add the texts that reach a model through functions of the program."""
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for file, line, end in drafts:
        spans[file].append((line, end))
    for one in sent(facts):
        found = [(one.file, d) for d in one.passed.drafts]
        for ref in one.passed.refs:
            home, roots = elsewhere.roots(ref, one.file)
            found += [(home, Draft(r.line, r.end_line, r.name, "", "argument", r.pieces))
                      for r in roots if not r.ref]  # fmt: skip
        for file, draft in found:
            text = literal(draft.pieces)
            if not (is_prose(text, LEAST_WORDS) if one.whole else is_part(draft.pieces)):
                continue
            known = drafts.get((file, draft.line, draft.end_line))
            if known:
                known.role = known.role or one.role
            elif not any(a <= draft.line and draft.end_line <= b for a, b in spans[file]):
                draft.role = one.role
                drafts[file, draft.line, draft.end_line] = draft
                spans[file].append((draft.line, draft.end_line))


def _prompts(
    drafts: dict[tuple[str, int, int], Draft], elsewhere: Elsewhere, max_chars: int
) -> list[CodePrompt]:
    found = []
    for (file, line, end), draft in sorted(drafts.items(), key=lambda item: item[0]):
        pieces = _filled(draft.pieces, file, elsewhere)
        text = rendered(pieces)[:max_chars]
        found.append(
            CodePrompt(
                place=Place(file, line, end),
                name=draft.name,
                role=draft.role,
                form=draft.form,
                text=text,
                variables=variables(pieces),
                calls=tuple(sorted(draft.calls)),
            )
        )
    return found


def _filled(pieces: Sequence[Piece], file: str, elsewhere: Elsewhere) -> list[Piece]:
    filled: list[Piece] = []
    for kind, text in pieces:
        if kind != "ref":
            filled.append((kind, text))
            continue
        _, roots = elsewhere.roots(text, file)
        inner = roots[0].pieces if len(roots) == 1 and not roots[0].ref else ()
        filled += [
            (k, t.rpartition(".")[2] if k == "ref" else t)
            for k, t in (inner or (("var", text.rpartition(".")[2]),))
        ]
        filled = [("var" if k == "ref" else k, t) for k, t in filled]
    return filled


def _named(prompts: Sequence[CodePrompt]) -> Iterable[CodePrompt]:
    """Give every prompt of a file a name of its own."""
    seen: Counter[tuple[str, str]] = Counter()
    for prompt in prompts:
        name = prompt.name or "module"
        seen[prompt.place.file, name] += 1
        number = seen[prompt.place.file, name]
        yield replace(prompt, name=name if number == 1 else f"{name}~{number}")


def _calls(facts: Sequence[Facts], elsewhere: Elsewhere) -> Iterable[CodeCall]:
    for one in facts:
        for call in one.calls:
            name = one.models.get(f"{call.place.file}:{call.place.line}")
            yield replace(call, model=elsewhere.model(name, one.file)) if name else call
        for doubt in one.doubtful:
            kind = elsewhere.kind(doubt.made, doubt.method, one.file)
            if kind not in {"", NONE}:
                yield replace(doubt.call, kind=kind)


def _tools(facts: Sequence[Facts], elsewhere: Elsewhere) -> list[CodeTool]:
    found = {(t.place.file, t.place.line): t for one in facts for t in one.tools}
    for one in facts:
        for ref in sorted(one.tool_refs):
            for tool in elsewhere.tools(ref, one.file):
                found.setdefault((tool.place.file, tool.place.line), tool)
    return [found[key] for key in sorted(found)]
