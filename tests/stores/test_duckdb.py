"""The embedded span store: the contract, and what only a file can do."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stores.contract import NOON, SpanStoreContract, content, span

from solvent.errors import Conflict, Invalid, Unavailable
from solvent.records.batch import Batch
from solvent.settings import Settings, Storage
from solvent.stores.duckdb import DuckSpans, schema, words
from solvent.stores.duckdb.seen import Seen
from solvent.workbench import open_spans


class TestFile(SpanStoreContract):
    def place(self, tmp_path):
        return tmp_path / "spans.duckdb"

    def open_at(self, place):
        return open_spans(place)


class TestMemory(SpanStoreContract):
    def place(self, tmp_path):
        return ":memory:"

    def open_at(self, place):
        return open_spans(place)

    test_what_was_stored_before_reopening_is_known_afterwards = None


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
from tests.stores.contract import Batch, content, span
from solvent.workbench import open_spans
store = open_spans(sys.argv[1])
n = 0
while True:
    text = content(f"text {n}")
    spans = [span(n, k, input_hashes=[text.hash]) for k in range(20)]
    assert store.append(Batch(spans, [text])) == 20
    print(n, flush=True)
    n += 1
    if n == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("appends", [1, 25])
def test_what_append_returned_for_survives_a_kill(tmp_path, appends, request):
    path = tmp_path / "spans.duckdb"
    command = [sys.executable, "-c", KILLED, path, request.config.rootpath, str(appends)]
    child = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr
    done = len(child.stdout.split())
    assert done == appends
    with open_spans(path) as store:
        counts = store.query(
            "SELECT count(*) AS n, count(DISTINCT id) AS d, (SELECT count(*) FROM contents) AS c "
            "FROM spans"
        ).to_pylist()
        assert counts == [{"n": done * 20, "d": done * 20, "c": done}]
        assert store.append(Batch([span(0, k) for k in range(20)])) == 0


SECOND = """
import sys
from solvent.errors import Conflict
from solvent.workbench import open_spans
try:
    open_spans(sys.argv[1])
except Conflict as error:
    print(error.what)
    print(error.hint)
"""


def test_a_second_process_is_told_who_holds_the_file(tmp_path, run_python):
    path = tmp_path / "spans.duckdb"
    with DuckSpans(path, Storage(), address="http://127.0.0.1:7117") as store:
        said = run_python(SECOND, path)
        assert re.search(r"held by process \d+ since \S+ at http://127.0.0.1:7117", said)
        assert "SOLVENT_STORAGE_PATH" in said
        assert store.append(Batch([span(1)])) == 1
    assert not (tmp_path / "spans.duckdb.holder").exists()
    assert run_python(SECOND, path) == ""


FULL = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from tests.stores.contract import Batch, content, span
from solvent.errors import Unavailable
from solvent.workbench import open_spans
store = open_spans(sys.argv[1])
store.append(Batch([span(0)], [content("before")]))
resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, resource.RLIM_INFINITY))
import random
rng, stored = random.Random(1), 1
try:
    while True:
        texts = [content(rng.randbytes(2000).hex()) for _ in range(20)]
        batch = Batch([span(stored, input_hashes=[t.hash for t in texts])], texts)
        stored += store.append(batch)
        assert stored < 500
except Unavailable as error:
    assert "cannot be written" in error.what and error.hint, error
count = "SELECT (SELECT count(*) FROM spans) AS s, (SELECT count(*) FROM contents) AS c"
assert store.query(count).to_pylist() == [{"s": stored, "c": (stored - 1) * 20 + 1}], "kept"
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert store.append(batch) == 1, "goes on when there is room again"
store.close()
print(stored + 1)
"""


def test_a_full_disk_stores_nothing_and_loses_nothing(tmp_path, run_python, request):
    path = tmp_path / "spans.duckdb"
    stored = int(run_python(FULL, path, request.config.rootpath))
    assert stored > 2
    with open_spans(path) as store:
        counts = store.query(
            "SELECT count(*) AS n, (SELECT count(*) FROM contents) AS c FROM spans"
        ).to_pylist()
        assert counts == [{"n": stored, "c": (stored - 1) * 20 + 1}]


GIVEN_UP = """
import random, resource, sys
sys.path.insert(0, sys.argv[2])
from tests.stores.contract import Batch, content, span
from solvent.errors import Unavailable
from solvent.settings import Storage
from solvent.stores.duckdb import DuckSpans
store = DuckSpans(sys.argv[1], Storage())
store._root.execute("SET checkpoint_threshold = '200KB'")
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
rng, stored, refused = random.Random(1), 0, ""
while not refused:
    texts = [content(rng.randbytes(2000).hex()) for _ in range(20)]
    batch = Batch([span(stored, input_hashes=[t.hash for t in texts])], texts)
    try:
        stored += store.append(batch)
    except Unavailable as error:
        refused = error.what
    assert stored < 1000
assert "checkpoint failed" in refused, refused
count = "SELECT count(*) AS n FROM spans"
assert store.query(count)["n"][0].as_py() >= stored, "reading goes on at once"
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.append(batch)
assert store.query(count)["n"][0].as_py() == stored + 1, "the retry is stored once"
store.close()
print(stored + 1)
"""


def test_a_disk_that_fills_up_during_a_checkpoint_is_recovered_from(tmp_path, run_python, request):
    path = tmp_path / "spans.duckdb"
    stored = int(run_python(GIVEN_UP, path, request.config.rootpath))
    with open_spans(path) as store:
        assert store.query("SELECT count(*) AS n FROM spans")["n"][0].as_py() == stored


def test_too_little_room_is_refused_before_the_engine_meets_it(tmp_path):
    with DuckSpans(tmp_path / "spans.duckdb", Storage(min_free_mb=10**9)) as store:
        with pytest.raises(Unavailable, match="MB left") as refused:
            store.append(Batch([span(1)]))
        assert "SOLVENT_STORAGE_MIN_FREE_MB" in refused.value.hint
        assert store.query("SELECT count(*) AS n FROM spans")["n"][0].as_py() == 0


def test_a_file_of_the_first_version_is_brought_forward(tmp_path):
    path = tmp_path / "spans.duckdb"
    connection = duckdb.connect(":memory:", config={"storage_compatibility_version": "latest"})
    connection.execute(f"ATTACH '{path}' AS store")
    connection.execute("USE store")
    assert schema.migrate(connection, schema.MIGRATIONS[:1]) == 1
    columns = "id, project, trace_id, span_id, type, name, started_at, status, attributes"
    connection.execute(
        f"""INSERT INTO spans ({columns}, resource, dialect, dated, received_at, batch)
        VALUES (5, 'p', 't', 's', 'llm', 'old', make_timestamp({NOON}), 'ok', '{{}}', '{{}}',
        'otel', true, make_timestamp(0), 0)"""
    )
    connection.close()
    with open_spans(path) as store:
        assert store.query("SELECT name FROM spans")["name"].to_pylist() == ["old"]
        assert store.append(Batch([span(1, input_hashes=["h"])], [content("findme")])) == 1
        assert len(store.search("findme")) == 1
        version = store.query("SELECT version FROM schema_version")["version"].to_pylist()
        assert version == [len(schema.MIGRATIONS)]


def test_a_file_of_a_newer_version_is_refused(tmp_path):
    path = tmp_path / "spans.duckdb"
    connection = duckdb.connect(":memory:", config={"storage_compatibility_version": "latest"})
    connection.execute(f"ATTACH '{path}' AS store")
    connection.execute("USE store")
    schema.migrate(connection, (*schema.MIGRATIONS, "CREATE TABLE later (x INTEGER)"))
    connection.close()
    with pytest.raises(Conflict, match="schema version") as refused:
        open_spans(path)
    assert "upgrade" in refused.value.hint


def test_a_file_that_is_something_else_is_refused(tmp_path):
    path = tmp_path / "spans.duckdb"
    path.write_bytes(b"this is not a database" * 1000)
    with pytest.raises((Invalid, Unavailable)) as refused:
        open_spans(path)
    assert str(path) in refused.value.what


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(Unavailable) as refused:
        open_spans(tmp_path / "file" / "spans.duckdb")
    assert refused.value.hint


def test_settings_name_the_folder_and_it_ignores_itself_in_git(tmp_path):
    folder = tmp_path / ".solvent"
    with open_spans(Settings(storage=Storage(path=str(folder)))) as store:
        store.append(Batch([span(1)]))
    assert (folder / "spans.duckdb").is_file()
    assert (folder / ".gitignore").read_text() == "*\n"
    with pytest.raises(Invalid, match="clickhouse"):
        open_spans(Storage(spans_url="clickhouse://localhost"))


def test_a_session_has_the_memory_of_an_audit_and_gives_it_back():
    memory = "SELECT current_setting('memory_limit') AS m"
    with DuckSpans(":memory:", Storage(memory_mb=64, audit_memory_mb=512)) as store:
        before = store.query(memory)["m"][0].as_py()
        with store.session() as desk:
            assert desk.query(memory)["m"][0].as_py() != before
            with store.session():
                pass
            assert desk.query(memory)["m"][0].as_py() != before
        assert store.query(memory)["m"][0].as_py() == before


def test_the_file_is_opened_anew_between_questions_and_forgets_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("solvent.stores.duckdb.file._FRESH", 2)
    batches = [Batch([span(trace=n)], [content(f"text {n}")]) for n in range(8)]
    with DuckSpans(tmp_path / "s.duckdb", Storage()) as store:
        first = store._root
        with store.session() as desk:
            desk.define("mine", "SELECT 1 AS x")
            assert [store.append(batch) for batch in batches[:4]] == [1] * 4
            assert store._root is first, "somebody reads"
            assert desk.query("SELECT x FROM mine")["x"].to_pylist() == [1]
        assert [store.append(batch) for batch in batches[4:]] == [1] * 4
        assert store._root is not first
        assert [store.append(batch) for batch in batches] == [0] * 8
        assert store.query("SELECT count(*) AS n FROM spans")["n"].to_pylist() == [8]


@pytest.fixture
def indexed(tmp_path, monkeypatch):
    monkeypatch.setattr(words, "BLOCK", 40)
    store = open_spans(tmp_path / "spans.duckdb")
    for n in range(10):
        texts = [content(f"word{'abcdefghij'[n]} text {n} {k}", first_seen_at=n) for k in range(20)]
        store.append(Batch([span(n, input_hashes=[t.hash for t in texts])], texts))
    store._indexer.join()
    store.index()
    yield store
    store.close()


def test_the_index_changes_no_answer(indexed):
    blocks = indexed.query("SELECT count(*) AS n FROM blocks")["n"][0].as_py()
    assert blocks == 5
    with indexed._cursor() as cursor:
        assert len(words.candidates(cursor, "absent")) == 1
        assert len(words.candidates(cursor, "worda")) == 2
    for text in ("worda", "wordj", "ORDc", "text", "text 3 1", "absent", "3", "x"):
        found = indexed.search(text, limit=1000)
        plain = indexed.query(
            "SELECT hash FROM contents WHERE contains(lower(text), lower($text))", text=text
        )
        assert sorted(found) == sorted(plain["hash"].to_pylist())


def test_erased_words_leave_the_index(indexed):
    assert indexed.delete_traces("p", [span(0).trace_id]) == 1
    left = indexed.query("SELECT DISTINCT word FROM words ORDER BY word")["word"].to_pylist()
    assert "worda" not in left
    assert "wordb" in left
    assert indexed.search("worda") == []
    assert len(indexed.search("wordb")) == 20


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5), st.data())
def test_a_word_of_any_text_is_in_its_words(texts, data):
    import pyarrow as pa

    found = words.distinct([pa.array(texts, pa.string())])
    for text in texts:
        for run in re.findall("[a-z]{2,}", text.lower(), re.ASCII):
            if run in text.lower() and run.isascii() and not _folds(text):
                assert any(run in word for word in found)


def _folds(text: str) -> bool:
    """Say whether a letter outside ASCII becomes one of a-z in lower case (the Kelvin sign)."""
    return any(not char.isascii() and re.search("[a-z]", char.lower()) for char in text)


@given(st.lists(st.integers(0, 2**63 - 1), unique=True, max_size=300))
def test_a_filter_never_forgets(keys):
    seen = Seen(16)
    half = len(keys) // 2
    seen.add(keys[:half])
    assert set(keys[:half]) <= set(seen.maybe(keys))
    seen.add(keys[half:])
    assert set(seen.maybe(keys)) == set(keys)


def test_a_filter_is_seldom_wrong():
    seen = Seen(1000)
    seen.add(list(range(20_000)))
    assert len(seen.maybe(list(range(10**6, 10**6 + 20_000)))) < 5
