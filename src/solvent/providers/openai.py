"""Models behind an endpoint of the OpenAI shape (chat completions), on the official client."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from solvent.errors import Denied
from solvent.providers.refusals import broken, missing, told
from solvent.records.completion import Completion, ToolCall

if TYPE_CHECKING:
    from collections.abc import Generator

    from solvent.records.completion import CompletionRequest, Message
    from solvent.settings import Providers

KEY = "OPENAI_API_KEY"


class OpenAIProvider:
    """Answers by an endpoint of the OpenAI shape.

    Args:
        settings: Address, patience and tries; the key is read by the client from OPENAI_API_KEY.
        model: Model of the requests that name none.

    Raises:
        Denied: There is no key.
        NotFound: The client library is not installed.
    """

    def __init__(self, settings: Providers, model: str = "") -> None:
        try:
            self._library = import_module("openai")  # 0.6 s of import, paid by those who ask
        except ImportError as error:
            raise missing("openai") from error
        try:
            self._client = self._library.OpenAI(
                base_url=settings.openai_base_url or None,
                timeout=settings.timeout_seconds,
                max_retries=settings.max_retries,
            )
        except self._library.OpenAIError as error:
            raise Denied(
                "no key for the endpoint is known",
                hint=f"export {KEY}=<key>; an endpoint that wants none takes any text",
            ) from error
        self._model = model
        self.endpoint = str(self._client.base_url).rstrip("/")

    def complete(self, request: CompletionRequest) -> Completion:
        """Return the whole answer. See `CompletionProvider.complete` for what it raises."""
        request = self._with_model(request)
        with told(self._library, self.endpoint, model=request.model, key=KEY):
            answer = self._client.chat.completions.create(**_asked(request))
            if not getattr(answer, "choices", None):
                raise broken(self.endpoint, "its answer holds no choices")
            choice = answer.choices[0]
            whole = Completion(
                text=choice.message.content or "",
                model=answer.model or request.model,
                tool_calls=tuple(
                    ToolCall(call.function.name, call.function.arguments, call.id)
                    for call in choice.message.tool_calls or ()
                    if call.type == "function"
                ),
                finish_reason=choice.finish_reason or "",
            )
            return _counted(whole, answer.usage)

    def stream(self, request: CompletionRequest) -> Generator[str, None, Completion]:
        """Yield the answer's text as it comes. See `CompletionProvider.stream`."""
        request = self._with_model(request)
        asked = {**_asked(request), "stream": True, "stream_options": {"include_usage": True}}
        model, reason, usage, parts = request.model, "", None, []
        with told(self._library, self.endpoint, model=request.model, key=KEY):
            for chunk in self._client.chat.completions.create(**asked):
                model, usage = chunk.model or model, chunk.usage or usage
                for choice in chunk.choices:
                    reason = choice.finish_reason or reason
                    if choice.delta.content:
                        parts.append(choice.delta.content)
                        yield choice.delta.content
            if not reason:
                raise broken(self.endpoint, "the stream ended before the answer did")
        return _counted(Completion("".join(parts), model, finish_reason=reason), usage)

    def _with_model(self, request: CompletionRequest) -> CompletionRequest:
        return request if request.model else replace(request, model=self._model)


def _counted(answer: Completion, usage: Any) -> Completion:
    """Return an answer with the tokens that the endpoint counted."""
    details = getattr(usage, "prompt_tokens_details", None)
    return replace(
        answer,
        input_tokens=getattr(usage, "prompt_tokens", None),
        output_tokens=getattr(usage, "completion_tokens", None),
        cache_read_tokens=getattr(details, "cached_tokens", None),
    )


def _asked(request: CompletionRequest) -> dict[str, Any]:
    """Return a request in the words of the wire."""
    asked: dict[str, Any] = {
        "model": request.model,
        "messages": [_message(message) for message in request.messages],
    }
    if request.tools:
        asked["tools"] = list(request.tools)
    if request.temperature is not None:
        asked["temperature"] = request.temperature
    if request.max_tokens is not None:
        asked["max_completion_tokens"] = request.max_tokens
    if request.output_schema is not None:
        schema = {"name": "answer", "schema": dict(request.output_schema), "strict": True}
        asked["response_format"] = {"type": "json_schema", "json_schema": schema}
    return asked


def _message(message: Message) -> dict[str, Any]:
    told: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.tool_call_id is not None:
        told["tool_call_id"] = message.tool_call_id
    if message.tool_calls:
        told["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in message.tool_calls
        ]
    return told
