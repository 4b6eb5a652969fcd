"""Which results of a tool say that it failed, and which only talk about failing."""

from __future__ import annotations

import json

import pytest

from solvent.traces.files.parts.failure import failure


def mcp(text: str, *, failed: bool = False) -> str:
    content = f"[TextContent(type='text', text={text!r}, annotations=None)]"
    return f"meta=None content={content} isError={failed}"


def wrapped(text: str, **more) -> str:
    return json.dumps(
        {"_meta": None, "content": [{"type": "text", "text": text}], **more}, indent=2
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Error: flight HAT030 not available", "Error: flight HAT030 not available"),
        ("\n  ERROR\nsecond line", "ERROR"),
        ("Traceback (most recent call last):\n  File", "Traceback (most recent call last):"),
        ("ValueError: bad", "ValueError: bad"),
        ("requests.exceptions.Timeout", None),
        (
            "Failed to fetch https://x - status code 403",
            "Failed to fetch https://x - status code 403",
        ),
        ("exitcode: 1 (execution failed)\nX", "exitcode: 1 (execution failed)"),
        ("exitcode: 0 (execution succeeded)\nError: printed", None),
        ('{"error": "no such city"}', "no such city"),
        ('{"error": {"code": 7}}', '{"code":7}'),
        ('{"error": null, "rows": []}', None),
        ('{"error": 0.03, "mean": 2}', None),
        ('{"status": "error", "message": "gone"}', "gone"),
        ('{"success": false}', '{"success": false}'),
        ('{"isError": true}', '{"isError": true}'),
        ('{"results": [{"success": false}]}', '{"results": [{"success": false}]}'),
        ('{"results": [{"success": false}, {"success": true}]}', None),
        ('{"results": []}', None),
        ('{"results": [{"title": "Failure"}]}', None),
        (mcp("fine"), None),
        (mcp("it broke\nhere", failed=True), "it broke"),
        (mcp('say "it\'s" fine'), None),
        (mcp(wrapped("Error: no canvas", isError=False)), "Error: no canvas"),
        (mcp(wrapped("all well", isError=True)), "all well"),
        (mcp(wrapped("all well", isError=False)), None),
        (mcp(wrapped('{"error": "No presentation"}')), "No presentation"),
        (mcp(wrapped("Error: cut" + "x" * 500))[:300], "Error: cut" + "x" * 100),
        (mcp(wrapped("fine" + "x" * 500))[:300], None),
        ("Error handling in Python: a guide", None),
        ("Errors: 0", None),
        ("Error: none", None),
        ("success: false\nerror: no tag", "success: false"),
        ("The error was found", None),
        ("0 failures", None),
        ("", None),
        ("[" * 3000, None),
        ("{" * 3000, None),
    ],
)
def test_marks(text, message):
    said = failure(text)
    assert said == message or (message and said and said.startswith(message))


def test_the_message_is_one_bounded_line():
    assert len(failure("Error: " + "x" * 10_000)) == 200
