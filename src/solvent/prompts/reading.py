"""A prompt read as what it is: sections, statements, the instructions among them, and blocks."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from solvent.prompts.directives import directive, is_emphatic, label, refuses
from solvent.prompts.layout import layout
from solvent.prompts.outline import Outline
from solvent.prompts.references import references
from solvent.prompts.sentences import sentences
from solvent.prompts.stems import stems
from solvent.records.instruction import Block, PromptReading, Statement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from solvent.prompts.layout import Piece

KEPT = 512
"""Readings that are kept: several rules read the same prompts."""
_EXAMPLE = re.compile(
    r"(?i)^(?:the\s+)?(?:(?:few|one)[-_ ]?shots?\b|(?:good|bad|usage|output|input|sample"
    r"|conversation|interaction|workflow|code|correct|incorrect|complete|real|typical|common)?"
    r"[-_ ]*examples?\b"
    r"|samples?\b|demonstrations?$|sample (?:output|input|conversation)|exchange$)"
)
_DIALOGUE = re.compile(
    r"^[\"'*_\s]*(?:user|human|assistant|ai|model|bot|customer|agent|input|output|q|a|question"
    r"|answer"
    r"|example|examples|e\.g\.|good|bad|\u2705|correct|incorrect|wrong|right|instead of)"
    r"(?: (?:response|reply|example|input|output|query))?[*_]*\s*\d*[*_]*:"
    r"[*_\s\"']*\S",
    re.IGNORECASE,
)
_CONTEXT = re.compile(r"^(?:[\w ]{0,40}:\s*)?(?:\{\{?[^{}]+\}?\}\s*)+$")
_VARIABLE = re.compile(r"\{\{?\s*-?\s*([\w.]+)")


@lru_cache(maxsize=KEPT)
def read_prompt(text: str, count: Callable[[str], int] | None = None) -> PromptReading:
    """Return a prompt split into sections, statements and blocks, each with its lines.

    Nothing is asked of a model: Markdown is parsed, sentences are cut at their ends, and words say
    what orders and what forbids. Text in examples and code is kept as blocks and gives no orders.

    Args:
        text: The prompt: a sent text, or a template in the manner of Jinja, mustache or f-strings.
        count: Counts the tokens of a text, such as `solvent.traces.tokens.count`; without it,
            tokens are None.
    """
    pieces, marks = layout(text)
    outline = Outline(text, pieces, marks, _EXAMPLE)
    statements: list[Statement] = []
    blocks = list(outline.blocks())
    leads: dict[int, str] = {}
    section: tuple[str, ...] = ()
    for piece in pieces:
        if outline.path(piece.line) != section:
            section = outline.path(piece.line)
            leads.clear()
        if piece.kind == "heading" or outline.is_label(piece):
            leads.clear()
        elif piece.kind in {"code", "table"}:
            blocks.append(
                Block(piece.kind, piece.text, piece.line, piece.end_line, piece.label, None)
            )
        elif outline.is_example(piece.line):
            continue
        elif _CONTEXT.match(piece.text):
            blocks.append(_context(piece))
        else:
            statements.extend(_statements(piece, outline, leads))
    blocks.sort(key=lambda block: (block.line, -block.end_line))
    reading = PromptReading(text, None, outline.sections, tuple(statements), tuple(blocks))
    return reading if count is None else _counted(reading, count)


def _statements(piece: Piece, outline: Outline, leads: dict[int, str]) -> list[Statement]:
    """Return the statements of a paragraph or item, and keep what introduces the next ones."""
    depth = piece.level if piece.kind == "item" else 0
    lead = next((leads[d] for d in range(depth - 1, -1, -1) if d in leads), "")
    for deeper in [d for d in leads if d >= depth]:
        del leads[deeper]
    path, guard = outline.path(piece.line), outline.guard(piece.line)
    found: list[Statement] = []
    cut = sentences(piece.text, piece.line)
    for number, (text, line, end_line) in enumerate(cut):
        if number == 1 and not lead and (named := label(cut[0].text)) and not refuses(named):
            lead = f"{named}:"
        if _DIALOGUE.match(text):
            continue
        told = directive(text, lead, path[-1] if path else "")
        found.append(
            Statement(
                text=text,
                line=line,
                end_line=end_line,
                path=path,
                modality=told.modality,
                strength=told.strength,
                emphatic=is_emphatic(text),
                conditions=told.conditions,
                guard=guard,
                topic=stems(text),
                references=references(text),
                lead=lead,
                tokens=None,
            )
        )
    last = piece.text.rstrip().rstrip("*_ ")
    if last.endswith(":") and found:
        leads[depth] = found[-1].text
    return found


def _context(piece: Piece) -> Block:
    names = ", ".join(dict.fromkeys(_VARIABLE.findall(piece.text)))
    return Block("context", piece.text, piece.line, piece.end_line, names, None)


def _counted(reading: PromptReading, count: Callable[[str], int]) -> PromptReading:
    def all_of(parts: Sequence[Statement | Block]) -> list[int]:
        return [count(part.text) for part in parts]

    statements = zip(reading.statements, all_of(reading.statements), strict=True)
    blocks = zip(reading.blocks, all_of(reading.blocks), strict=True)
    return replace(
        reading,
        tokens=count(reading.text),
        statements=tuple(replace(s, tokens=n) for s, n in statements),
        blocks=tuple(replace(b, tokens=n) for b, n in blocks),
    )
