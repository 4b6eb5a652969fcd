"""What every span store must do. An engine's test file subclasses `SpanStoreContract`.

A subclass gives `place` (where a new store is kept, None when it cannot be reopened) and `open_at`.
Statements are in DuckDB's dialect, as everywhere.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from solvent.errors import Invalid, Unavailable
from solvent.records.assessment import Assessment
from solvent.records.batch import Batch
from solvent.records.content import Content
from solvent.records.identity import content_hash, span_key
from solvent.records.span import Span

NOON = 1_767_265_200_000_000
DAY = 86_400_000_000


def span(trace: int = 1, number: int = 1, **fields) -> Span:
    trace_id, span_id = f"{trace:032x}", f"{number:016x}"
    told = {"parent_id": None, "type": "llm", "name": "chat", "started_at": NOON + number} | fields
    project = told.pop("project", "p")
    return Span(
        id=span_key(trace_id, span_id), project=project, trace_id=trace_id, span_id=span_id, **told
    )


def content(text: str, **fields) -> Content:
    told = {"type": "user"} | fields
    return Content(content_hash(told["type"], text), text=text, **told)


def judgement(number: int, trace: int = 1, **fields) -> Assessment:
    told = {"project": "p", "span_id": None, "name": "outcome"} | fields
    return Assessment(id=f"{number:032x}", trace_id=f"{trace:032x}", **told)


FULL = span(
    parent_id="0" * 15 + "9",
    duration_ns=-5,
    status="error",
    status_message="broken",
    service="shop",
    app_version="1.2",
    environment="live",
    session_id="s",
    user_id="u",
    tags=["a", "", "ü", "a"],
    agent="writer",
    provider="openai",
    model="gpt",
    input_tokens=0,
    output_tokens=2**62,
    cache_read_tokens=3,
    cache_write_tokens=4,
    reasoning_tokens=5,
    cost_usd=0.1,
    cost_source="computed",
    price_version="2026-01",
    prompt_name="triage",
    prompt_version="7",
    tool_name="search",
    tool_version="1",
    tool_call_id="c1",
    input_hashes=["h1", "h2", "h1"],
    output_hashes=[],
    offered_tools=["t1"],
    document_hashes=["d1", "d2"],
    document_scores=[0.5, None],
    input_preview="in",
    output_preview="",
    attributes='{"a":1}',
    resource='{"b":2}',
    events="[]",
    links="[]",
    dialect="gen_ai",
    dated=False,
    received_at=NOON + 1,
)


def as_record(row: dict, record: type) -> tuple:
    """Return a row of the store as the record that went in: times are UTC there."""
    return record._make(
        round(value.replace(tzinfo=UTC).timestamp() * 1_000_000)
        if isinstance(value := row[name], datetime)
        else value
        for name in record._fields
    )


class SpanStoreContract:
    """One behaviour per test; `store` is new and empty in each."""

    def place(self, tmp_path):
        raise NotImplementedError

    def open_at(self, place):
        raise NotImplementedError

    @pytest.fixture
    def store(self, tmp_path):
        store = self.open_at(self.place(tmp_path))
        yield store
        store.close()

    def rows(self, store, table="spans", order="1"):
        return store.query(f"SELECT * FROM {table} ORDER BY {order}").to_pylist()

    def count(self, store, table) -> int:
        return store.query(f"SELECT count(*) AS n FROM {table}")["n"][0].as_py()

    def test_every_column_comes_back_as_it_went_in(self, store):
        bare = span(2)
        text = Content("h1", "tool_call", '{"q":1}', "search", "c1", 9, NOON)
        given = Assessment(
            "a" * 32, "p", FULL.trace_id, FULL.span_id, "helpful", "expectation", 0.25, "good",
            "human", "ana", "because", NOON, '{"x":1}',
        )  # fmt: skip
        assert store.append(Batch([FULL, bare], [text], [given])) == 2
        found = {row["span_id"] + row["trace_id"]: row for row in self.rows(store)}
        for sent in (FULL, bare):
            assert as_record(found[sent.span_id + sent.trace_id], Span) == sent
        assert as_record(self.rows(store, "contents", "hash")[0], Content) == text
        assert as_record(self.rows(store, "assessments")[0], Assessment) == given

    def test_null_and_empty_stay_apart(self, store):
        store.append(
            Batch([
                span(1, 1, tags=None, input_hashes=None, model=None, input_tokens=None),
                span(1, 2, tags=[], input_hashes=[], model="", input_tokens=0),
            ])
        )  # fmt: skip
        rows = self.rows(store, order="started_at")
        assert [row["tags"] for row in rows] == [None, []]
        assert [row["input_hashes"] for row in rows] == [None, []]
        assert [row["model"] for row in rows] == [None, ""]
        assert [row["input_tokens"] for row in rows] == [None, 0]
        unsaid = store.query("SELECT count(*) AS n FROM spans WHERE input_tokens IS NULL")
        assert unsaid["n"].to_pylist() == [1]

    def test_an_empty_batch_stores_nothing(self, store):
        assert store.append(Batch()) == 0
        assert self.count(store, "spans") == 0

    def test_the_same_batch_again_changes_nothing(self, store):
        batch = Batch([span(1), span(2)], [content("a")], [judgement(1)])
        assert store.append(batch) == 2
        assert store.append(batch) == 0
        later = Batch([span(2), span(3)], [content("a"), content("b")], [judgement(1, value=0.0)])
        assert store.append(later) == 1
        counts = [self.count(store, table) for table in ("spans", "contents", "assessments")]
        assert counts == [3, 2, 1]

    def test_within_a_batch_the_first_of_equals_wins(self, store):
        batch = Batch(
            [span(1, name="first"), span(1, name="second"), span(2)],
            [content("a", first_seen_at=1), content("a", first_seen_at=2)],
            [judgement(1, value=1.0), judgement(1, value=0.0)],
        )
        assert store.append(batch) == 2
        assert [row["name"] for row in self.rows(store, order="trace_id")] == ["first", "chat"]
        assert self.rows(store, "contents")[0]["first_seen_at"].microsecond == 1
        assert [row["value"] for row in self.rows(store, "assessments")] == [1.0]

    def test_what_was_stored_before_reopening_is_known_afterwards(self, tmp_path):
        place = self.place(tmp_path)
        batch = Batch([span(n) for n in range(50)], [content(str(n)) for n in range(50)])
        store = self.open_at(place)
        store.append(batch)
        store.close()
        again = self.open_at(place)
        assert again.append(batch) == 0
        assert again.append(Batch([span(99)])) == 1
        assert self.count(again, "spans") == 51
        assert self.count(again, "contents") == 50
        again.close()

    def test_times_are_utc_and_to_the_microsecond(self, store):
        moments = [0, 1, NOON, NOON + 999_999, -DAY, 4_102_444_800_000_000]
        store.append(Batch([span(n, started_at=at) for n, at in enumerate(moments)]))
        rows = self.rows(store, order="trace_id")
        assert [as_record(row, Span).started_at for row in rows] == moments
        hours = store.query(
            "SELECT hour(started_at) AS h FROM spans WHERE started_at = make_timestamp($at)",
            at=NOON,
        )
        assert hours["h"].to_pylist() == [datetime.fromtimestamp(NOON / 1e6, UTC).hour]

    def test_any_text_can_be_stored(self, store):
        texts = ["\0", "a\0b", "", "'; DROP TABLE spans; --", "😀", "\u202e", "é" * 70_000, "$x"]
        store.append(
            Batch(
                [span(n, name=text, tags=[text]) for n, text in enumerate(texts)],
                [content(text) for text in texts],
            )
        )
        assert [row["name"] for row in self.rows(store, order="trace_id")] == texts
        assert [row["tags"] for row in self.rows(store, order="trace_id")] == [[t] for t in texts]
        assert {row["text"] for row in self.rows(store, "contents")} == set(texts)

    def test_lone_surrogates_are_replaced_and_nothing_else_is_lost(self, store):
        broken, paired = "a\ud800b", "\ud83d\ude00"
        store.append(
            Batch([span(1, name=broken, tags=[paired, broken])], [content(broken), content("x")])
        )
        (row,) = self.rows(store)
        assert row["name"] == "a\ufffdb"
        assert row["tags"] == ["😀", "a\ufffdb"]
        assert {row["text"] for row in self.rows(store, "contents")} == {"a\ufffdb", "x"}

    def test_a_value_that_fits_no_column_is_refused_and_nothing_is_stored(self, store):
        with pytest.raises(Invalid, match="input_tokens"):
            store.append(Batch([span(1), span(2, input_tokens=2**70)], [content("a")]))
        assert self.count(store, "spans") == self.count(store, "contents") == 0
        assert store.append(Batch([span(1)], [content("a")])) == 1
        assert self.count(store, "contents") == 1

    def test_a_trace_of_50000_spans_is_paged_through(self, store):
        spans = [span(7, n, started_at=NOON + n // 3) for n in range(50_000)]
        assert store.append(Batch(spans)) == 50_000
        sql = """SELECT id, epoch_us(started_at) AS at FROM spans
            WHERE trace_id = $trace AND (epoch_us(started_at), id) > ($at, $id)
            ORDER BY started_at, id LIMIT 5000"""
        at, id_, found = 0, 0, []
        while page := store.query(sql, trace=spans[0].trace_id, at=at, id=id_).to_pylist():
            found += [row["id"] for row in page]
            at, id_ = page[-1]["at"], page[-1]["id"]
        assert found == [s.id for s in sorted(spans, key=lambda s: (s.started_at, s.id))]

    def test_two_writers_at_once_lose_and_double_nothing(self, store):
        new = []

        def write(writer: int) -> None:
            for n in range(20):
                mine = [span(n * 10 + writer, k) for k in range(5)]
                shared = [span(5000 + n, k) for k in range(5)]
                same = [content(f"{n} {k}") for k in range(3)]
                new.append(store.append(Batch(mine + shared, same)))

        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(new) == self.count(store, "spans") == 20 * 5 * 3
        assert self.count(store, "contents") == 60

    def test_readers_see_whole_batches_while_one_is_written(self, store):
        stop, odd = threading.Event(), []

        def read() -> None:
            while not stop.is_set():
                seen = store.query("SELECT trace_id, count(*) AS n FROM spans GROUP BY trace_id")
                odd.extend(n for n in seen["n"].to_pylist() if n != 8)

        thread = threading.Thread(target=read)
        thread.start()
        for n in range(30):
            store.append(Batch([span(n, k) for k in range(8)]))
        stop.set()
        thread.join()
        assert odd == []

    def test_parameters_are_bound_also_lists(self, store):
        store.append(Batch([span(n, name=f"n'{n}") for n in range(5)]))
        by_name = store.query("SELECT id FROM spans WHERE name = $name", name="n'3")
        assert by_name.num_rows == 1
        some = store.query(
            "SELECT name FROM spans WHERE list_contains($names, name) ORDER BY name",
            names=["n'1", "n'4", "nope"],
        )
        assert some["name"].to_pylist() == ["n'1", "n'4"]
        none = store.query("SELECT id FROM spans WHERE list_contains($ids, id)", ids=[1])
        assert none.num_rows == 0

    @pytest.mark.parametrize(
        "sql",
        [
            "DELETE FROM spans",
            "INSERT INTO spans SELECT * FROM spans",
            "DROP TABLE spans",
            "CREATE TABLE x AS SELECT 1",
            "SELECT 1; DELETE FROM spans",
            "WITH gone AS (DELETE FROM spans RETURNING id) SELECT * FROM gone",
            "SET memory_limit = '1GB'",
            "ATTACH 'x.db'",
            "",
            "SELECT nothing FROM spans",
            "SELEKT 1",
            "SELECT $missing",
        ],
    )
    def test_query_refuses_whatever_is_not_one_question(self, store, sql):
        store.append(Batch([span(1)]))
        with pytest.raises(Invalid) as refused:
            store.query(sql)
        assert refused.value.hint
        assert self.count(store, "spans") == 1

    def test_query_cannot_reach_files(self, store, tmp_path):
        secret = tmp_path / "secret.csv"
        secret.write_text("a\n1\n")
        with pytest.raises((Invalid, Unavailable)):
            store.query(f"SELECT * FROM read_csv('{secret}')")

    def test_a_session_is_private_and_sees_what_is_stored(self, store):
        store.append(Batch([span(1, model="a"), span(2, model="b")]))
        with store.session() as desk, store.session() as other:
            desk.define("mine", "SELECT * FROM spans WHERE model = $model", model="a")
            desk.define("mine", "SELECT * FROM spans WHERE model = $model", model="b")
            assert desk.query("SELECT model FROM mine")["model"].to_pylist() == ["b"]
            columns = store.query("SELECT 7 AS x")
            desk.define("given", columns)
            assert desk.query("SELECT x + 1 AS y FROM given")["y"].to_pylist() == [8]
            desk.define_view("seen", "SELECT count(*) AS n FROM mine, given")
            assert desk.query("SELECT n FROM seen")["n"].to_pylist() == [1]
            with pytest.raises(Invalid):
                other.query("SELECT * FROM mine")
            with pytest.raises(Invalid):
                desk.query("DELETE FROM spans")
            with pytest.raises(Invalid):
                desk.define("no name", "SELECT 1 AS x")
            with pytest.raises(Invalid):
                desk.define("x", "SELECT 1 AS x; DELETE FROM spans")
        with pytest.raises(Invalid):
            store.query("SELECT * FROM mine")
        assert self.count(store, "spans") == 2

    def test_token_counts_are_written_by_hash(self, store):
        texts = [content("a"), content("b")]
        store.append(Batch([], texts))
        store.put_tokens({texts[0].hash: 11, "f" * 32: 1})
        store.put_tokens({})
        counted = {row["hash"]: row["tokens"] for row in self.rows(store, "contents")}
        assert counted == {texts[0].hash: 11, texts[1].hash: None}

    def test_contents_are_listed_by_hash(self, store):
        texts = [content("a", name="n", first_seen_at=NOON), content("b"), content("c")]
        store.append(Batch([], texts))
        rows = store.list_contents([texts[0].hash, texts[2].hash, "f" * 32, "odd"]).to_pylist()
        assert {as_record(row, Content) for row in rows} == {texts[0], texts[2]}
        assert store.list_contents([]).num_rows == 0

    def test_long_contents_are_listed_without_their_middle(self, store):
        texts = [content("a" * 30 + "b" * 60 + "c" * 10), content("short")]
        store.append(Batch([], texts))
        rows = store.list_contents([text.hash for text in texts], chars=40).to_pylist()
        assert {row["text"]: row["cut"] for row in rows} == {
            "a" * 30 + "\n…\n" + "c" * 10: True,
            "short": False,
        }

    def test_deleting_traces_takes_all_that_is_only_theirs(self, store):
        texts = {name: content(name) for name in ("in", "out", "tool", "doc", "json", "event")}
        shared = {name: content("shared " + name) for name in texts}

        def carrying(trace: int, mine: dict[str, Content]) -> Span:
            return span(
                trace,
                input_hashes=[mine["in"].hash],
                output_hashes=[mine["out"].hash],
                offered_tools=[mine["tool"].hash],
                document_hashes=[mine["doc"].hash],
                attributes=f'{{"x":{{"$content":"{mine["json"].hash}"}}}}',
                events=f'[{{"attributes":{{"y":{{"$contents":["{mine["event"].hash}"]}}}}}}]',
            )

        all_ = [*texts.values(), *shared.values()]
        going = carrying(1, texts)
        going = going._replace(
            input_hashes=[*going.input_hashes, *(text.hash for text in shared.values())]
        )
        store.append(Batch([going, carrying(2, shared)], all_, [judgement(1, 1), judgement(2, 2)]))
        assert store.delete_traces("p", [going.trace_id, "f" * 32]) == 1
        assert {row["hash"] for row in self.rows(store, "contents")} == {
            text.hash for text in shared.values()
        }
        assert [row["id"][-1] for row in self.rows(store, "assessments")] == ["2"]
        assert self.count(store, "spans") == 1
        assert store.delete_traces("p", [going.trace_id]) == 0

    def test_what_was_deleted_may_come_again(self, store):
        text = content("a")
        batch = Batch([span(1, input_hashes=[text.hash])], [text], [judgement(1)])
        store.append(batch)
        assert store.delete_traces("p", [span(1).trace_id]) == 1
        assert store.append(batch) == 1
        counts = [self.count(store, table) for table in ("spans", "contents", "assessments")]
        assert counts == [1, 1, 1]

    def test_deleting_keeps_to_the_project(self, store):
        store.append(
            Batch([span(1, 1), span(1, 2, project="q"), span(2, 3, project="q", user_id="u")])
        )
        assert store.delete_traces("p", [span(1).trace_id]) == 1
        assert store.delete_user("p", "u") == 0
        assert store.delete_before("p", NOON + DAY) == 0
        assert self.count(store, "spans") == 2

    def test_deleting_a_user_takes_whole_traces(self, store):
        store.append(
            Batch([span(1, 1, user_id="u"), span(1, 2), span(2, 3, user_id="v"), span(3, 4)])
        )
        assert store.delete_user("p", "u") == 1
        assert [row["trace_id"][-1] for row in self.rows(store, order="trace_id")] == ["2", "3"]

    def test_retention_takes_whole_traces_by_their_start(self, store):
        store.append(
            Batch([
                span(1, 1, started_at=NOON - DAY), span(1, 2, started_at=NOON + 1),
                span(2, 3, started_at=NOON), span(3, 4, started_at=NOON + 1),
            ])
        )  # fmt: skip
        assert store.delete_before("p", NOON) == 1
        assert [row["trace_id"][-1] for row in self.rows(store, order="trace_id")] == ["2", "3"]

    def test_retention_counts_undated_traces_from_their_arrival(self, store):
        store.append(
            Batch([
                span(1, 1, started_at=5, dated=False, received_at=NOON + 1),
                span(2, 2, started_at=6, dated=False, received_at=NOON - DAY),
            ])
        )  # fmt: skip
        assert store.delete_before("p", NOON) == 1
        assert [row["trace_id"][-1] for row in self.rows(store)] == ["1"]

    def test_search_finds_text_in_any_case_newest_first(self, store):
        texts = [
            content("The zebra crossed.", first_seen_at=NOON),
            content("nothing here", first_seen_at=NOON + 1),
            content("A ZEBRA, again: 100% sure_", first_seen_at=NOON + 2),
            content("zebra crossing at Überlingen", first_seen_at=NOON + 3),
        ]
        store.append(Batch([span(1, input_hashes=[t.hash for t in texts])], texts))
        hashes = [text.hash for text in texts]
        assert store.search("zebra") == [hashes[3], hashes[2], hashes[0]]
        assert store.search("zebra cross") == [hashes[3], hashes[0]]
        assert store.search("ebr", limit=1) == [hashes[3]]
        assert store.search("zebra", before=NOON + 2) == [hashes[0]]
        assert store.search("100% s") == [hashes[2]]
        assert store.search("überl") == [hashes[3]]
        assert store.search("sure") == [hashes[2]]
        assert store.search("unicorn") == store.search("%")[1:] == []

    def test_spans_are_found_by_the_contents_they_brought(self, store):
        one, two = content("one"), content("two")
        store.append(Batch([span(1, 1, input_hashes=[one.hash]), span(1, 2)], [one]))
        store.append(
            Batch([span(2, 3, document_hashes=[two.hash], offered_tools=[two.hash])], [two])
        )
        found = store.find_spans("p", [one.hash, two.hash])
        assert found["hash"].to_pylist() == [two.hash, one.hash]
        assert [trace[-1] for trace in found["trace_id"].to_pylist()] == ["2", "1"]
        assert store.find_spans("p", [one.hash, two.hash], limit=1).num_rows == 1
        assert store.find_spans("q", [one.hash]).num_rows == 0
        assert store.find_spans("p", []).num_rows == 0

    def test_a_closed_store_says_so(self, store):
        store.close()
        store.close()
        with pytest.raises(Unavailable):
            store.query("SELECT 1 AS x")
        with pytest.raises(Unavailable):
            store.append(Batch([span(1)]))
