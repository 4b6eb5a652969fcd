"""Requests over HTTP that ask a model: by the address, or by what the body holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_PATHS = re.compile(
    r"/chat/completions|(?:/v\d|/openai)/completions\b|/v1/messages\b|/v\d/responses\b"
    r"|:(?:streamG|g)enerateContent|:(?:streamR|r)awPredict|:predict\b"
    r"|/api/(?:generate|chat|embed|embeddings?)\b(?=$|[\"'?])|/v\d/embeddings|/threads/[^/]+/runs"
    r"|/v\d/(?:text2img|images/generations|audio/(?:speech|transcriptions)|rerank|moderations)\b"
    r"|/text2img\b|/foundationModels/v\d/completion|/openai/deployments/|/model/[^/]+/(?:invoke|converse)"
    r"|/generate_stream\b|/v\d/(?:text-generation|text-to-speech|generation)\b|/infer(?:ence)?\b"
)
_HOSTS = re.compile(
    r"//(?:api\.(?:openai|anthropic|mistral|groq|deepseek|perplexity|cohere|together|fireworks|replicate|x"
    r"|cerebras|deepinfra|stability|elevenlabs|sambanova|minimax|moonshot|siliconflow)\.(?:com|ai|xyz|cn|io)"
    r"|generativelanguage\.googleapis\.com|api-inference\.huggingface\.co|router\.huggingface\.co"
    r"|openrouter\.ai|bedrock-runtime\.|dashscope\.aliyuncs\.com|open\.bigmodel\.cn)"
)
_OTHERWISE = re.compile(
    r"/(?:models|files|vector_stores|fine_tuning|usage|organization|keys|assistants|credits|voices"
    r"|uploads|batches|tokenize|account|auth|token)\b(?!.*(?::\w*generate|/completions|/invoke|models/))"
)
_SETTINGS = frozenset({
    "max_tokens", "max_new_tokens", "max_tokens_to_sample", "maxTokens", "n_predict", "num_predict",
    "temperature", "maxOutputTokens", "max_output_tokens", "top_p", "topP", "max_completion_tokens",
    "negative_prompt", "repetition_penalty",
})  # fmt: skip
_TEXTS = frozenset({"messages", "prompt", "contents", "inputs", "input", "instances"})
_NAMES = frozenset({"model", "model_id", "modelId", "modelUri", "model_name", "engine"})


def is_model_address(text: str) -> bool:
    """Tell whether an address is one at which a model is asked."""
    if _PATHS.search(text):
        return True
    return bool(_HOSTS.search(text)) and not _OTHERWISE.search(text)


def is_model_body(keys: Collection[str]) -> bool:
    """Tell whether the keys of a request's body are those of a request to a model."""
    has = set(keys)
    named, texts, settings = bool(has & _NAMES), has & _TEXTS, bool(has & _SETTINGS)
    if not texts:
        return False
    if texts & {"messages", "prompt"} and (named or settings):
        return True
    if "contents" in texts:
        return bool(has & {"generationConfig", "generation_config", "systemInstruction",
                           "system_instruction", "safetySettings"})  # fmt: skip
    return (named and settings) or has >= {"inputs", "parameters"}
