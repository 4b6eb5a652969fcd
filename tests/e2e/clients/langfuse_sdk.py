"""The Langfuse SDK, moved over by its host variable."""

import json
import os

os.environ.update(
    LANGFUSE_PUBLIC_KEY="pk-lf-1",
    LANGFUSE_SECRET_KEY="sk-lf-1",
    LANGFUSE_HOST=os.environ["SERVER"],
    LANGFUSE_BASE_URL=os.environ["SERVER"],
)
from langfuse import get_client, observe

langfuse = get_client()


@observe(name="retrieve")
def retrieve(question: str) -> list[str]:
    return ["Order 7 left yesterday."]


@observe(name="answer")
def answer(question: str) -> str:
    documents = retrieve(question)
    with langfuse.start_as_current_observation(
        name="generate",
        as_type="generation",
        model="gpt-4o",
        input=[{"role": "user", "content": question}],
    ) as generation:
        generation.update(
            output={"role": "assistant", "content": documents[0]},
            usage_details={"input": 120, "output": 8},
        )
    return documents[0]


answer("Where is order 7?")
langfuse.flush()
print(json.dumps({"names": ["answer", "retrieve", "generate"]}))
