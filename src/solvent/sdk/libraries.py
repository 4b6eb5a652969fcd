"""Model libraries, and the packages that record their calls, preferred first."""

from __future__ import annotations

from typing import NamedTuple


class Library(NamedTuple):
    """A library that calls models or tools."""

    name: str
    modules: tuple[str, ...]
    """Modules by which it is imported."""
    instrumentors: dict[str, str]
    """Package: `module:Class`, where it registers no entry point."""


def _both(name: str, openinference: str, *others: str, modules: tuple[str, ...] = ()) -> Library:
    """Describe a library with an OpenInference instrumentor and perhaps OpenTelemetry's own."""
    slug = name.replace("-", "_")
    known = {
        f"openinference-instrumentation-{name}": (
            f"openinference.instrumentation.{slug}:{openinference}"
        )
    }
    for other in others:
        package, _, path = other.partition("=")
        known[package] = path
    return Library(modules[0] if modules else slug, modules or (slug,), known)


_OTEL = "opentelemetry.instrumentation"
LIBRARIES = (
    _both("openai", "OpenAIInstrumentor",
          f"opentelemetry-instrumentation-openai-v2={_OTEL}.openai_v2:OpenAIInstrumentor",
          f"opentelemetry-instrumentation-openai={_OTEL}.openai:OpenAIInstrumentor"),
    _both("anthropic", "AnthropicInstrumentor",
          f"opentelemetry-instrumentation-anthropic={_OTEL}.anthropic:AnthropicInstrumentor"),
    _both("google-genai", "GoogleGenAIInstrumentor",
          "opentelemetry-instrumentation-google-genai="
          f"{_OTEL}.google_genai:GoogleGenAiSdkInstrumentor",
          modules=("google.genai",)),
    _both("vertexai", "VertexAIInstrumentor",
          f"opentelemetry-instrumentation-vertexai={_OTEL}.vertexai:VertexAIInstrumentor"),
    _both("litellm", "LiteLLMInstrumentor"),
    _both("langchain", "LangChainInstrumentor",
          f"opentelemetry-instrumentation-langchain={_OTEL}.langchain:LangChainInstrumentor",
          modules=("langchain", "langchain_core", "langgraph")),
    _both("dspy", "DSPyInstrumentor"),
    _both("llama-index", "LlamaIndexInstrumentor", modules=("llama_index",)),
    _both("crewai", "CrewAIInstrumentor"),
    _both("autogen", "AutogenInstrumentor"),
    _both("autogen-agentchat", "AutogenAgentChatInstrumentor"),
    _both("smolagents", "SmolagentsInstrumentor"),
    _both("openai-agents", "OpenAIAgentsInstrumentor",
          "opentelemetry-instrumentation-openai-agents-v2="
          f"{_OTEL}.openai_agents:OpenAIAgentsInstrumentor",
          modules=("agents",)),
    Library("pydantic_ai", ("pydantic_ai",), {"openinference-instrumentation-pydantic-ai": ""}),
    _both("mistralai", "MistralAIInstrumentor"),
    Library("cohere", ("cohere",), {
        "opentelemetry-instrumentation-cohere": f"{_OTEL}.cohere:CohereInstrumentor"}),
    _both("groq", "GroqInstrumentor"),
    _both("bedrock", "BedrockInstrumentor",
          f"opentelemetry-instrumentation-bedrock={_OTEL}.bedrock:BedrockInstrumentor",
          modules=("boto3", "aiobotocore")),
    _both("haystack", "HaystackInstrumentor"),
    _both("guardrails", "GuardrailsInstrumentor"),
    _both("instructor", "InstructorInstrumentor"),
    _both("agno", "AgnoInstrumentor"),
    _both("mcp", "MCPInstrumentor"),
)  # fmt: skip
"""In the order they are switched on."""
