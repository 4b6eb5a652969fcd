"""Files that are not what they should be: one clear sentence each, and the rest is taken."""

from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from dataclasses import replace

import pytest
from reading import GOLDEN, take

from solvent.errors import Invalid
from solvent.settings import Intake
from solvent.traces.files import read

RUN = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hö"}]}
LINE = json.dumps(RUN, ensure_ascii=False).encode()


def runs(got) -> int:
    return len({s.trace_id for s in got.spans})


def numbered(count: int) -> list[bytes]:
    return [json.dumps(RUN | {"n": n}).encode() for n in range(count)]


def write(tmp_path, body: bytes, name="runs.jsonl"):
    path = tmp_path / name
    path.write_bytes(body)
    return path


def test_truncated_gzip_keeps_what_came_before(tmp_path):
    body = gzip.compress(b"\n".join(numbered(3000)))
    got = take(write(tmp_path, body[: len(body) // 2]))
    assert runs(got) > 100
    assert "ends too early" in got.unread[-1].reason
    assert got.unread[-1].line > 100


def test_damaged_gzip(tmp_path):
    body = bytearray(gzip.compress(b"\n".join(numbered(3000))))
    body[-8] ^= 0xFF  # the checksum
    got = take(write(tmp_path, bytes(body)))
    assert runs(got) == 2999  # the last line has no end that could be trusted
    assert "damaged" in got.unread[-1].reason


def test_damaged_zip(tmp_path):
    got = take(write(tmp_path, b"PK\x03\x04" + b"junk" * 50))
    assert len(got.unread) == 1
    assert "damaged" in got.unread[0].reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is empty"),
        (b" \r\n\t\n ", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "is binary"),
        (b"\xff\xfe" + "{}".encode("utf-16-le"), "UTF-16"),
        (b"hello world\n", "is text, but not JSON, JSON lines or CSV"),
        (b"name,age\nana,7\n", "is of no known format"),
        (b"PAR1" + b"x" * 100, "not parquet"),
        (b'{"a": 1}', "its records have a"),
        (b"[1, 2, 3]", "its records are int values"),
        (b'{"messages": [{"role": "user", ', "not JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deep"),
        (b"[" * 200 + b"]" * 200, "intake.max_nesting=64"),
    ],
)
def test_a_file_that_is_something_else_is_named(tmp_path, body, reason):
    got = take(write(tmp_path, body, "runs.json"))
    assert got.spans == []
    assert len(got.unread) == 1
    assert reason in got.unread[0].reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (LINE.replace(b"hi", b"\xff\xfe"), "not UTF-8: byte 0xff"),
        (LINE[:-1] + b', "cost": NaN}', "NaN and Infinity are not JSON numbers"),
        (LINE[:-1] + b', "cost": -Infinity}', "NaN and Infinity are not JSON numbers"),
        (LINE[:-3], "not JSON"),
        (b"oops", "not JSON"),
        (b'{"a":' * 5000 + b"}" * 5000, "nested too deep"),
        (LINE[:-1] + b', "n": ' + b"[" * 80 + b"]" * 80 + b"}", "intake.max_nesting=64"),
        (b"17", "no list of messages"),
    ],
)
def test_a_bad_line_is_reported_and_the_lines_around_it_are_taken(tmp_path, line, reason):
    first, last = numbered(2)
    got = take(write(tmp_path, b"\n".join([first, line, last])))
    assert runs(got) == 2
    assert [u.line for u in got.unread] == [2]
    assert reason in got.unread[0].reason


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["unix", "windows", "old mac"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
def test_line_endings_and_byte_order_marks_change_nothing(tmp_path, end, mark):
    a, b, c = numbered(3)
    got = take(write(tmp_path, mark + a + end + b + b"\r\n\n" + c + end))
    assert runs(got) == 3
    assert got.unread == []
    assert {s.id for s in got.spans} == {
        s.id for s in take(write(tmp_path, b"\n".join([a, b, c]))).spans
    }


def test_a_line_over_the_bound_is_skipped_with_its_number(tmp_path):
    a, b = numbered(2)
    bound = replace(Intake(), max_body_bytes=1000)
    long = json.dumps(RUN | {"note": "x" * 5000}).encode()
    for body in (b"\n".join([a, long, b]), b"[" + b",\n".join([a, long, b]) + b"]"):
        got = take(write(tmp_path, body), intake=bound)
        assert runs(got) == 2
        assert got.reasons() == [(2, "longer than intake.max_body_bytes=1000")]


def test_memory_stays_bounded_over_a_line_without_end(tmp_path):
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as out:
        out.write(LINE + b"\n" + b'{"a": "')
        for _ in range(64):
            out.write(b"x" * (1 << 20))
        out.write(b'"}\n' + numbered(1)[0])
    bound = replace(Intake(), max_body_bytes=1 << 20)
    tracemalloc.start()
    got = take(path, intake=bound)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert runs(got) == 2
    assert got.reasons() == [(2, f"longer than intake.max_body_bytes={1 << 20}")]
    assert peak < 16 << 20


def test_a_conversation_over_the_bound_is_reported(tmp_path):
    long = json.dumps({"messages": RUN["messages"] * 20}).encode()
    loose = b"\n".join(json.dumps(m).encode() for m in RUN["messages"] * 20)
    bound = replace(Intake(), max_messages=30)
    got = take(write(tmp_path, long + b"\n" + LINE), intake=bound)
    assert runs(got) == 1
    assert "intake.max_messages=30" in got.unread[0].reason
    got = take(write(tmp_path, loose), intake=bound)
    assert runs(got) == 0
    assert "intake.max_messages=30" in got.unread[0].reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permission_denied(tmp_path):
    path = write(tmp_path, LINE)
    path.chmod(0)
    got = take(tmp_path)
    assert "permission denied" in got.unread[0].reason


def test_a_file_that_may_not_be_opened_is_one_line_and_the_others_are_read(tmp_path, monkeypatch):
    from pathlib import Path

    write(tmp_path, LINE, "a.jsonl")
    write(tmp_path, LINE, "b.jsonl")
    real = Path.open

    def refuse(self, *args, **kwargs):
        if self.name == "a.jsonl":
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    got = take(tmp_path)
    assert runs(got) == 1
    assert [str(u) for u in got.unread] == [
        f"{tmp_path / 'a.jsonl'}: may not be read: permission denied; change its mode or owner"
    ]


def test_rows_of_a_broken_table(tmp_path):
    body = (GOLDEN / "langfuse_observations.csv").read_bytes()
    got = take(write(tmp_path, body + b"o-9,t-1,only three\n" + b'"open', "x.csv"))
    assert len(got.spans) == 2
    assert [u.line for u in got.unread] == [5, 6]
    assert "3 cells under 14 columns" in got.unread[0].reason
    assert "not CSV" in got.unread[1].reason


def test_truncated_parquet(tmp_path):
    body = (GOLDEN / "phoenix.parquet").read_bytes()
    got = take(write(tmp_path, body[: len(body) // 2]))
    assert got.spans == []
    assert "not parquet, or damaged" in got.unread[0].reason


def test_spans_without_ids_or_times_are_reported_one_by_one(tmp_path):
    good = {"name": "a", "context": {"trace_id": "0x1", "span_id": "0x2"},
            "start_time": "2026-11-01T10:00:00Z"}  # fmt: skip
    bad = [good | {"start_time": "yesterday"}, good | {"context": {"trace_id": "", "span_id": "1"}}]
    body = "\n".join(map(json.dumps, [good, *bad])).encode()
    got = take(write(tmp_path, body))
    assert len(got.spans) == 1
    assert got.reasons() == [
        (2, "a span without a start time that can be read"),
        (3, "a span without trace id"),
    ]


def test_a_malformed_outcome_is_refused_before_reading(tmp_path):
    from solvent.traces.files import ReadOptions

    with pytest.raises(Invalid, match="outcome expression"):
        read(
            write(tmp_path, LINE),
            project="p",
            intake=Intake(),
            options=ReadOptions(outcome=("=>1",)),
        )
