"""The MLflow SDK, moved over by the OpenTelemetry endpoint variable."""

import contextlib
import json
import os

os.environ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = os.environ["SERVER"] + "/v1/traces"
os.environ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] = "http/protobuf"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
import mlflow
from mlflow.entities import SpanType


@mlflow.trace(span_type=SpanType.TOOL)
def search(order: str) -> str:
    return "left yesterday"


@mlflow.trace(span_type=SpanType.CHAT_MODEL)
def generate(question: str, found: str) -> str:
    span = mlflow.get_current_active_span()
    span.set_attribute(
        "mlflow.chat.tokenUsage", {"input_tokens": 120, "output_tokens": 8, "total_tokens": 128}
    )
    span.set_attribute("mlflow.llm.model", "gpt-4o")
    return found


@mlflow.trace(span_type=SpanType.AGENT)
def answer(question: str) -> str:
    return generate(question, search("7"))


answer("Where is order 7?")
with contextlib.suppress(Exception):  # there is no asynchronous queue on this path
    mlflow.flush_trace_async_logging()
from opentelemetry import trace  # noqa: E402

for holder in (trace.get_tracer_provider(),):
    getattr(holder, "force_flush", lambda: None)()
print(json.dumps({"names": ["answer", "generate", "search"]}))
