"""The OpenAI client, instrumented by OpenInference, against a scripted server."""

import json
import os

from openai import OpenAI
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

resource = Resource.create({"openinference.project.name": "openinference"})
provider = TracerProvider(resource=resource)
provider.add_span_processor(
    SimpleSpanProcessor(OTLPSpanExporter(os.environ["SERVER"] + "/v1/traces"))
)
OpenAIInstrumentor().instrument(tracer_provider=provider)
client = OpenAI(base_url=os.environ["MODEL_SERVER"] + "/v1", api_key="scripted")
tool = {
    "type": "function",
    "function": {
        "name": "search",
        "description": "Find an order by its number.",
        "parameters": {"type": "object", "properties": {"id": {"type": "string"}}},
    },
}
client.chat.completions.create(
    model="gpt-4o",
    messages=[
        {"role": "system", "content": "You help with orders."},
        {"role": "user", "content": "Where is order 7?"},
    ],
    tools=[tool],
)
for _ in client.chat.completions.create(
    model="gpt-4o",
    messages=[{"role": "user", "content": "Say it again."}],
    stream=True,
    stream_options={"include_usage": True},
):
    pass
provider.shutdown()
print(json.dumps({"names": ["ChatCompletion", "ChatCompletion"]}))
