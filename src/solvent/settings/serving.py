"""Settings of what a server takes in, keeps and shows."""

from __future__ import annotations

from dataclasses import dataclass


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
    memory_mb: int = 48
    """Memory of the embedded engine while serving; the process needs 150 to 240 MB beside it."""
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
class Pages:
    """How much a page shows at once; what is beyond is cut and said, or on the next page."""

    rows: int = 50
    """Traces or sessions of a list, and turns of a session."""
    tree_rows: int = 500
    """Rows of the tree of a trace."""
    children: int = 100
    """Steps inside one step that are shown before the rest is folded."""
    tree_spans: int = 200_000
    """Spans of one trace that take part in its tree."""
    messages: int = 300
    """Messages of one span: the first ones and the last ones; also its events and links."""
    text_chars: int = 20_000
    """Characters of one text beside others; the whole text has a page of its own."""
    whole_chars: int = 200_000
    """Characters of a text on its own page, and of raw attributes."""
    found_contents: int = 3000
    """Texts that a search follows to their spans."""
    found_spans: int = 5000
    """Spans that a search follows to their traces."""
    judgements: int = 200
    """Assessments of one trace."""
    findings: int = 300
    """Findings of the ledger; filters reach the others."""
    audits: int = 60
    """Audits of the trend."""
