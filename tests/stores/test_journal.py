"""What was acknowledged is read back, whatever the disk does."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solvent.errors import Unavailable
from solvent.stores.journal import Journal

BODIES = st.lists(st.binary(max_size=300), min_size=1, max_size=12)


def write(folder: Path, bodies, **options) -> list[int]:
    with Journal(folder, **options) as journal:
        return [journal.append({"n": n}, body) for n, body in enumerate(bodies)]


def bodies(folder: Path, **options) -> list[bytes]:
    with Journal(folder, **options) as journal:
        return [frame.body for frame in journal.read()]


def test_frames_come_back_in_order_with_their_heads(tmp_path):
    with Journal(tmp_path) as journal:
        ends = [journal.append({"path": "/v1/traces", "n": n}, b"x" * n) for n in range(5)]
        frames = list(journal.read())
    assert [frame.end for frame in frames] == ends
    assert [frame.body for frame in frames] == [b"x" * n for n in range(5)]
    assert frames[3].head == {"path": "/v1/traces", "n": 3}


def test_only_what_is_synced_is_read(tmp_path):
    with Journal(tmp_path) as journal:
        end = journal.write({}, b"waiting")
        assert list(journal.read()) == []
        assert journal.backlog_bytes == 0
        journal.sync(end)
        assert [frame.body for frame in journal.read()] == [b"waiting"]
        assert journal.backlog_bytes == end


def test_reading_goes_on_where_release_left_it(tmp_path):
    ends = write(tmp_path, [b"a", b"b", b"c"])
    with Journal(tmp_path) as journal:
        journal.release(ends[1])
        assert journal.backlog_bytes == ends[2] - ends[1]
    assert bodies(tmp_path) == [b"c"]


def test_released_segments_are_deleted(tmp_path):
    with Journal(tmp_path, segment_bytes=100) as journal:
        ends = [journal.append({}, b"x" * 60) for _ in range(10)]
        assert len(list(tmp_path.glob("*.journal"))) > 3
        journal.release(ends[-1])
        assert len(list(tmp_path.glob("*.journal"))) == 1
        more = journal.append({}, b"later")
        assert [frame.body for frame in journal.read()] == [b"later"]
        assert more > ends[-1]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=BODIES, data=st.data())
def test_a_cut_anywhere_keeps_every_frame_before_it(tmp_path, written, data):
    folder = tmp_path / "cut"
    shutil.rmtree(folder, ignore_errors=True)
    ends = write(folder, written)
    (segment,) = folder.glob("*.journal")
    cut = data.draw(st.integers(0, segment.stat().st_size))
    os.truncate(segment, cut)
    with Journal(folder) as journal:
        whole = [body for body, end in zip(written, ends, strict=True) if end <= cut]
        assert [frame.body for frame in journal.read()] == whole
        assert journal.damages == []
        journal.append({}, b"afterwards")
        assert [frame.body for frame in journal.read()] == [*whole, b"afterwards"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.lists(st.binary(max_size=300), min_size=2, max_size=12), data=st.data())
def test_a_flipped_byte_costs_one_frame_and_is_reported(tmp_path, written, data):
    folder = tmp_path / "flip"
    shutil.rmtree(folder, ignore_errors=True)
    ends = write(folder, written)
    (segment,) = folder.glob("*.journal")
    raw = bytearray(segment.read_bytes())
    at = data.draw(st.integers(0, ends[-2] - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    segment.write_bytes(raw)
    hit = next(n for n, end in enumerate(ends) if at < end)
    with Journal(folder) as journal:
        assert [f.body for f in journal.read()] == written[:hit] + written[hit + 1 :]
        (damage,) = journal.damages
        assert damage.position == (ends[hit - 1] if hit else 0)
        assert damage.size == ends[hit] - damage.position
        journal.release(journal.durable)
        kept = list(folder.glob("*.damaged"))
    assert [path.read_bytes() for path in kept] == [bytes(raw)]


def test_a_body_that_looks_like_a_frame_is_never_taken_for_one(tmp_path):
    write(tmp_path / "a", [b"forged"])
    inside = next((tmp_path / "a").glob("*.journal")).read_bytes()
    folder = tmp_path / "b"
    write(folder, [inside * 3, b"next"])
    (segment,) = folder.glob("*.journal")
    raw = bytearray(segment.read_bytes())
    raw[0] ^= 1
    segment.write_bytes(raw)
    assert bodies(folder) == [b"next"]


def test_a_tail_of_zeros_is_passed_over(tmp_path):
    write(tmp_path, [b"kept"])
    (segment,) = tmp_path.glob("*.journal")
    with segment.open("ab") as file:
        file.write(bytes(500))
    with Journal(tmp_path) as journal:
        assert [frame.body for frame in journal.read()] == [b"kept"]
        assert journal.damages == []


def test_frames_larger_than_the_reading_window(tmp_path):
    big = [os.urandom(n) for n in (3_000_000, 9_000_000, 10, 5_000_000)]
    write(tmp_path, big)
    assert bodies(tmp_path) == big


def test_many_threads_share_disk_writes(tmp_path):
    syncs = []
    slow = threading.Event()

    def sync(fd: int) -> None:
        syncs.append(fd)
        slow.wait(0.02)
        os.fsync(fd)

    with Journal(tmp_path, sync=sync) as journal:
        threads = [
            threading.Thread(target=journal.append, args=({"n": n}, b"x")) for n in range(40)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(frame.head["n"] for frame in journal.read()) == list(range(40))
        assert len(syncs) < 40


def test_many_threads_over_many_segments(tmp_path):
    with Journal(tmp_path, segment_bytes=2000) as journal:

        def work(name: int) -> None:
            for n in range(30):
                journal.append({"n": n}, b"%d" % name * 200)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(1 for _ in journal.read()) == 120
    assert len(bodies(tmp_path)) == 120


def test_a_failed_sync_is_no_acknowledgement(tmp_path):
    broken = []

    def sync(fd: int) -> None:
        if broken:
            raise OSError(5, "Input/output error")
        os.fsync(fd)

    with Journal(tmp_path, sync=sync) as journal:
        journal.append({}, b"before")
        broken.append(True)
        with pytest.raises(Unavailable):
            journal.append({}, b"lost")
        broken.clear()
        journal.append({}, b"after")
        assert [frame.body for frame in journal.read()] == [b"before", b"after"]
    assert bodies(tmp_path) == [b"before", b"after"]


def test_every_sharer_of_a_failed_sync_is_told(tmp_path):
    gate = threading.Event()
    failures = []

    def sync(fd: int) -> None:
        gate.wait(5)
        raise OSError(5, "Input/output error")

    journal = Journal(tmp_path, sync=sync)

    def work() -> None:
        try:
            journal.append({}, b"x")
        except Unavailable as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join()
    assert len(failures) == 6
    journal.close()


FULL_DISK = """
import resource, signal, sys
from solvent.errors import Unavailable
from solvent.stores.journal import Journal
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
journal = Journal(sys.argv[1])
kept = 0
try:
    while True:
        journal.append({"n": kept}, b"x" * 700)
        kept += 1
except Unavailable as error:
    assert error.hint
journal.append({"n": kept}, b"small")
assert [frame.head["n"] for frame in journal.read()] == [*range(kept + 1)]
print(kept)
"""


def test_a_full_disk_keeps_what_was_acknowledged_and_cuts_the_rest(tmp_path, run_python):
    kept = int(run_python(FULL_DISK, tmp_path))
    assert kept >= 5
    assert bodies(tmp_path) == [b"x" * 700] * kept + [b"small"]


def test_too_little_room_is_refused(tmp_path):
    with Journal(tmp_path, min_free_bytes=10**18) as journal:
        with pytest.raises(Unavailable, match="MB left"):
            journal.append({}, b"x")
        assert journal.backlog_bytes == 0


def test_wait_returns_when_something_arrives(tmp_path):
    with Journal(tmp_path) as journal:
        assert journal.wait(0, 0) is False
        thread = threading.Timer(0.02, journal.append, ({}, b"x"))
        thread.start()
        assert journal.wait(0, 5) is True
        thread.join()


def test_what_is_stored_leaves_nothing_behind_and_positions_go_on(tmp_path):
    with Journal(tmp_path) as journal:
        end = journal.append({}, b"one")
        journal.release(end)
    assert [path.name for path in tmp_path.iterdir()] == ["mark"]
    with Journal(tmp_path) as journal:
        assert list(journal.read()) == []
        assert journal.append({}, b"two") > end
        assert [frame.body for frame in journal.read()] == [b"two"]


def test_a_large_segment_goes_as_soon_as_all_of_it_is_stored(tmp_path):
    with Journal(tmp_path) as journal:
        journal.release(journal.append({}, bytes(5 * 1024 * 1024)))
        assert list(tmp_path.glob("*.journal")) == []
        end = journal.append({}, b"next")
        assert [frame.body for frame in journal.read()] == [b"next"]
        assert journal.backlog_bytes == end - journal.mark


def test_what_is_not_stored_is_kept_when_the_journal_closes(tmp_path):
    with Journal(tmp_path) as journal:
        journal.release(journal.append({}, b"one"))
        journal.append({}, b"two")
    with Journal(tmp_path) as journal:
        assert [frame.body for frame in journal.read()] == [b"two"]
