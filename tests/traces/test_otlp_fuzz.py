"""Whatever comes in: rows or an error of ours, nothing else."""

import json
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.traces.otlp_requests import JSON, WIRE, decoded, plain, request

from solvent.errors import SolventError

HOSTILE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["user", "tool", "assistant", "text", "tool_use", "tool_result", "1e999"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "role",
                    "content",
                    "parts",
                    "type",
                    "text",
                    "tool_calls",
                    "function",
                    "name",
                    "arguments",
                    "id",
                    "messages",
                    "choices",
                    "message",
                    "input",
                    "output",
                    "tools",
                    "system",
                    "response",
                    "result",
                    "args",
                    "kwargs",
                    "document",
                    "score",
                    "metadata",
                    "functionCall",
                    "functionResponse",
                    "toolName",
                    "toolCallId",
                    "message_content",
                    "tool_call",
                    "kwargs",
                    "ai",
                    "user",
                    "value",
                    "thinking",
                    "summary",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
NAMES = [
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.definitions",
    "gen_ai.usage.input_tokens",
    "gen_ai.retrieval.documents",
    "input.value",
    "output.value",
    "llm.tools",
    "llm.input_messages.0.message.content",
    "llm.input_messages.0.message.tool_calls.²",
    "llm.prompts",
    "llm.input_messages.0.message",
    "retrieval.documents.0.document",
    "retrieval.documents.x",
    "annotations.0.annotation",
    "annotations.0.annotation.score",
    "annotations.0.annotation.name",
    "mlflow.spanInputs",
    "mlflow.spanOutputs",
    "mlflow.spanType",
    "mlflow.chat.tools",
    "mlflow.chat.tokenUsage",
    "langfuse.observation.input",
    "langfuse.observation.output",
    "langfuse.observation.type",
    "tag.tags",
    "langfuse.observation.usage_details",
    "langfuse.observation.cost_details",
    "openinference.span.kind",
    "traceloop.entity.input",
    "traceloop.span.kind",
    "traceloop.entity.name",
    "gen_ai.prompt.0.content",
    "ai.prompt",
    "ai.prompt.messages",
    "ai.prompt.tools",
    "ai.response.toolCalls",
    "span.type",
    "entity.1.type",
    "monocle_apptrace.version",
    "embedding.embeddings.0.embedding.vector",
]
EVENTS = [
    "gen_ai.choice",
    "gen_ai.user.message",
    "gen_ai.tool.message",
    "data.input",
    "data.output",
    "metadata",
    "exception",
    "gen_ai.evaluation.result",
    "gen_ai.client.inference.operation.details",
    "gen_ai.content.prompt",
]


def as_any(value, *, text):
    if text or not isinstance(value, list | dict):
        return {"stringValue": value if isinstance(value, str) else json.dumps(value)}
    if isinstance(value, list):
        return {"arrayValue": {"values": [as_any(one, text=False) for one in value]}}
    pairs = [{"key": k, "value": as_any(v, text=False)} for k, v in value.items()]
    return {"kvlistValue": {"values": pairs}}


KINDS = ["LLM", "TOOL", "RETRIEVER", "AGENT", "CHAIN"]
PAIRS = st.lists(
    st.builds(
        lambda name, value, text: {"key": name, "value": as_any(value, text=text)},
        st.sampled_from([*NAMES, "content", "input", "response", "message"]),
        HOSTILE,
        st.booleans(),
    ),
    max_size=8,
)


@settings(max_examples=300)
@given(
    PAIRS, st.lists(st.tuples(st.sampled_from(EVENTS), PAIRS), max_size=3), st.sampled_from(KINDS)
)
def test_hostile_values_under_known_names_become_valid_rows(pairs, events, kind):
    pairs = [*pairs, {"key": "openinference.span.kind", "value": {"stringValue": kind}}]
    told = [{"name": name, "timeUnixNano": "5", "attributes": held} for name, held in events]
    got = decoded(plain(attributes=pairs, events=told), JSON)
    kept = {content.hash for content in got.batch.contents}
    for content in got.batch.contents:
        content.text.encode()
    for span in got.batch.spans:
        json.loads(span.attributes)
        assert kept.issuperset(span.input_hashes or ())
        assert kept.issuperset(span.output_hashes or ())


@settings(max_examples=300)
@given(st.binary(max_size=400), st.sampled_from([WIRE, JSON, "text/plain", ""]))
def test_arbitrary_bytes_only_raise_our_errors(body, content_type):
    with suppress(SolventError):
        decoded(body, content_type)


@settings(max_examples=300)
@given(st.data())
def test_damaged_requests_only_raise_our_errors(data):
    attributes = {
        "gen_ai.input.messages": '[{"role":"user","content":"hi"}]',
        "input.value": "x" * 200,
    }
    wire = data.draw(st.booleans())
    listed = [{"key": k, "value": {"stringValue": v}} for k, v in attributes.items()]
    body = bytearray(request({"attributes": attributes}) if wire else plain(attributes=listed))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with suppress(SolventError):
        decoded(bytes(body), WIRE if wire else JSON)
