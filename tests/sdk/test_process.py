"""What only a fresh process shows: imports, the global provider, exit, and fork."""

import os
import subprocess
import sys
import textwrap
import time

import pytest

from tests.sdk.receiver import Reply, attributes


def run(code, *args, **environ):
    known = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "SOLVENT_"))}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *args],
        capture_output=True,
        text=True,
        timeout=60,
        env={**known, **environ},
        check=False,
    )


ONLY = """
    import sys
    allowed = set(sys.stdlib_module_names) | {allowed!r} | set(sys.modules)
    class Ban:
        def find_spec(self, name, path=None, target=None):
            top = name.partition(".")[0]
            banned = ("opentelemetry.exporter", "opentelemetry.proto")
            if top not in allowed or name.startswith(banned):
                raise ImportError("banned: " + name)
    sys.meta_path.insert(0, Ban())
"""


def only(*packages):
    return textwrap.dedent(ONLY).replace("{allowed!r}", repr(set(packages)))


def test_importing_solvent_loads_nothing_but_the_standard_library():
    code = only("solvent") + textwrap.dedent("""
        import solvent
        loaded = [name for name in sys.modules if name.startswith("solvent")]
        assert loaded == ["solvent"], loaded
        assert set(solvent.__all__) <= set(dir(solvent))
        try:
            solvent.nonsense
        except AttributeError:
            print("fine")
    """)
    done = run(code)
    assert done.stdout == "fine\n", done.stderr


def test_tracing_needs_opentelemetry_and_nothing_else(receiver):
    code = only("solvent", "opentelemetry", "typing_extensions") + textwrap.dedent("""
        import solvent
        for name in solvent.__all__:
            getattr(solvent, name)
        solvent.init(sys.argv[1], service="shop")

        @solvent.trace
        def f(x):
            with solvent.span("inner"):
                return x

        f(1)
        solvent.autolog()
        delivery = solvent.flush()
        assert delivery.complete, delivery
        print(delivery.sent)
    """)
    done = run(code, receiver.url)
    assert done.stdout == "2\n", done.stderr
    assert done.stderr == ""


def test_init_describes_the_process(receiver):
    code = """
        import sys, solvent
        solvent.init(project="shop", service="api", app_version="1.4", environment="test",
                     headers={"Authorization": "Bearer k"})
        with solvent.span("s"):
            pass
    """
    done = run(code, SOLVENT_ENDPOINT=receiver.url)
    assert done.returncode == 0
    assert done.stderr == ""
    resource = attributes(receiver.resource_spans[0].resource)
    assert resource["service.name"] == "api"
    assert resource["service.version"] == "1.4"
    assert resource["deployment.environment.name"] == "test"
    assert resource["solvent.project"] == "shop"
    assert receiver.headers[0]["Authorization"] == "Bearer k"
    assert receiver.headers[0]["X-Solvent-Project"] == "shop"


def test_the_environment_of_opentelemetry_is_understood(receiver):
    code = (
        "import solvent; solvent.init(); solvent.span('s').__enter__().__exit__(None, None, None)"
    )
    done = run(
        code,
        OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url,
        OTEL_EXPORTER_OTLP_HEADERS="x-a=1%202, x-b=3",
        OTEL_SERVICE_NAME="named",
    )
    assert done.stderr == ""
    assert attributes(receiver.resource_spans[0].resource)["service.name"] == "named"
    assert receiver.headers[0]["X-A" if "X-A" in receiver.headers[0] else "x-a"] == "1 2"


def test_a_wrong_setting_warns_and_tracing_goes_on(receiver):
    code = (
        "import solvent; solvent.init(); solvent.span('s').__enter__().__exit__(None, None, None)"
    )
    done = run(code, SOLVENT_ENDPOINT=receiver.url, SOLVENT_TRACING_QUEUE_SIZE="many")
    assert "queue_size" in done.stderr
    assert done.returncode == 0


def test_init_joins_the_application_s_provider(receiver):
    code = """
        import sys
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
        theirs = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(theirs))
        trace.set_tracer_provider(provider)
        import solvent
        solvent.init(sys.argv[1], service="joined", project="p")
        assert trace.get_tracer_provider() is provider
        with trace.get_tracer("web").start_as_current_span("request"):
            with solvent.span("ours"):
                solvent.update_trace(session_id="s-1")
                with trace.get_tracer("web").start_as_current_span("query"):
                    pass
        print(len(theirs.get_finished_spans()), solvent.flush().complete)
        provider.shutdown()
    """
    done = run(code, receiver.url)
    assert done.stdout == "3 True\n", done.stderr
    assert {s.name for s in receiver.spans} == {"request", "ours", "query"}
    for span in receiver.spans:
        assert attributes(span)["session.id"] == "s-1", span.name
    resource = attributes(receiver.resource_spans[0].resource)
    assert resource["service.name"] == "joined"
    assert resource["solvent.project"] == "p"


def test_init_again_moves_to_the_new_receiver(receiver):
    code = """
        import sys, solvent
        solvent.init("http://127.0.0.1:9/wrong", timeout=1)
        first = solvent.init(sys.argv[1])
        with solvent.span("s"):
            pass
        assert solvent.flush().complete
        assert solvent.shutdown().complete
        print(solvent.flush())
    """
    done = run(code, receiver.url)
    assert done.stdout.startswith("tracing is off"), done.stderr
    assert len(receiver.spans) == 1


TWO = """
    import sys, solvent
    solvent.init(sys.argv[1], headers={"Authorization": "wrong"})
    with solvent.span("a"):
        pass
    with solvent.span("b"):
        pass
"""


@pytest.mark.parametrize(("status", "cause"), [(401, "answered 401"), (404, "answered 404")])
def test_what_did_not_arrive_is_reported_at_exit(receiver, status, cause):
    receiver.script = [Reply(status)] * 9
    done = run(TWO, receiver.url)
    assert done.returncode == 0
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("solvent: 0 of 2 spans arrived at " + receiver.url)
    assert "2 failed" in last
    assert cause in last
    assert "hint:" in last


def test_a_receiver_that_is_away_does_not_hold_the_process(receiver):
    before = time.monotonic()
    done = run(TWO, "http://127.0.0.1:9")
    assert time.monotonic() - before < 4
    assert "refused the connection" in done.stderr.strip().splitlines()[-1]


def test_a_receiver_that_hangs_holds_the_process_no_longer_than_agreed(receiver):
    receiver.script = [Reply(hang=30)] * 9
    before = time.monotonic()
    done = run(TWO, receiver.url, SOLVENT_TRACING_EXIT_SECONDS="1")
    assert time.monotonic() - before < 5
    assert "solvent: 0 of 2 spans arrived" in done.stderr


def test_everything_that_arrived_is_silent(receiver):
    done = run(TWO, receiver.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(receiver.spans) == 2


def test_a_forked_child_sends_its_own_spans_once(receiver):
    code = """
        import os, sys, solvent
        solvent.init(sys.argv[1])
        with solvent.span("before"):
            pass
        pid = os.fork()
        with solvent.span("child" if pid == 0 else "parent"):
            pass
        if pid == 0:
            delivery = solvent.flush()
            os._exit(0 if delivery.complete and delivery.sent == 1 else 1)
        assert os.waitpid(pid, 0)[1] == 0
        assert solvent.flush().sent == 2
    """
    done = run(code, receiver.url)
    assert done.returncode == 0, done.stderr
    assert sorted(s.name for s in receiver.spans) == ["before", "child", "parent"]


def test_multiprocessing_children_flush_at_their_end(receiver):
    code = """
        import multiprocessing, sys, solvent

        def work():
            with solvent.span("work"):
                pass

        solvent.init(sys.argv[1])
        workers = [multiprocessing.get_context("fork").Process(target=work) for _ in range(3)]
        with solvent.span("parent"):
            for worker in workers:
                worker.start()
        for worker in workers:
            worker.join()
    """
    done = run(code, receiver.url)
    assert done.stderr == ""
    assert sorted(s.name for s in receiver.spans) == ["parent", "work", "work", "work"]
    parent = receiver.named("parent")
    assert {s.parent_span_id for s in receiver.spans if s.name == "work"} == {parent.span_id}
