"""Model and provider names as traces spell them, brought to one spelling.

Only spellings of *one* model are brought together: a provider or a region in front, a date or
`-latest` behind. No distance between names is ever measured: `gpt-4o-mini` is not `gpt-4o`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

_GOOGLE = ("gemini", "vertex_ai")
_AZURE = ("azure", "azure_ai")
_BEDROCK = ("bedrock", "bedrock_mantle", "amazon_nova")

_SPELLINGS: dict[tuple[str, ...], str] = {
    ("openai",): "openai azure_openai_compatible chatopenai openai_responses",
    ("anthropic",): "anthropic chatanthropic claude",
    _GOOGLE: "google gcp gcp.gen_ai google_genai google.generative_ai google_generative_ai "
    "googleai google_ai genai",
    ("gemini",): "gemini gcp.gemini google_ai_studio google_gemini",
    ("vertex_ai", "gemini"): "vertex_ai vertexai vertex gcp.vertex_ai google_vertexai "
    "google_vertex_ai google.vertex google_vertex vertex_ai_beta",
    _AZURE: "azure az.ai.openai azure.ai.openai azure_openai azureopenai azurechatopenai "
    "azure.openai microsoft",
    ("azure_ai", "azure"): "azure_ai az.ai.inference azure.ai.inference azure_ai_inference "
    "azure_ai_foundry",
    _BEDROCK: "bedrock aws aws.bedrock aws_bedrock amazon_bedrock bedrock_converse amazon "
    "chatbedrock",
    ("bedrock_mantle", "bedrock"): "bedrock_mantle",
    ("amazon_nova", "bedrock"): "amazon_nova",
    ("mistral", "codestral"): "mistral mistral_ai mistralai",
    ("xai",): "xai x_ai x.ai grok",
    ("cohere",): "cohere cohere_chat",
    ("deepseek",): "deepseek deep_seek",
    ("moonshot",): "moonshot moonshot_ai moonshotai",
    ("together_ai",): "together_ai together togetherai together.ai",
    ("fireworks_ai",): "fireworks_ai fireworks fireworksai",
    ("watsonx",): "watsonx ibm.watsonx.ai watsonx.ai ibm ibm_watsonx",
    ("dashscope",): "dashscope alibaba alibaba_cloud tongyi qwen",
    ("vercel_ai_gateway",): "vercel_ai_gateway gateway.vercel vercel",
    ("perplexity",): "perplexity perplexity_ai pplx",
    ("voyage",): "voyage voyageai voyage_ai",
    ("zai",): "zai z_ai z.ai zhipu zhipuai",
    ("cloudflare",): "cloudflare workers_ai",
    ("nvidia_nim",): "nvidia_nim nvidia",
}
_GROUPS = {name: group for group, names in _SPELLINGS.items() for name in names.split()}

_HOSTS: dict[str, tuple[str, ...]] = {
    "api.openai.com": ("openai",),
    "openai.azure.com": _AZURE,
    "cognitiveservices.azure.com": _AZURE,
    "services.ai.azure.com": ("azure_ai", "azure"),
    "api.anthropic.com": ("anthropic",),
    "generativelanguage.googleapis.com": ("gemini",),
    "aiplatform.googleapis.com": ("vertex_ai", "gemini"),
    "amazonaws.com": _BEDROCK,
    "openrouter.ai": ("openrouter",),
    "api.groq.com": ("groq",),
    "api.deepseek.com": ("deepseek",),
    "api.mistral.ai": ("mistral", "codestral"),
    "api.x.ai": ("xai",),
    "api.together.xyz": ("together_ai",),
    "api.fireworks.ai": ("fireworks_ai",),
    "api.perplexity.ai": ("perplexity",),
    "api.cohere.com": ("cohere",),
    "api.moonshot.ai": ("moonshot",),
}
"""Some tools write the address they called where others write the provider's name."""

_UNTOLD = frozenset(
    {
        "unknown", "other", "custom", "none", "null", "litellm", "litellm_proxy", "langchain",
        "llamaindex", "llama_index", "crewai", "autogen", "ag2", "dspy", "haystack", "instructor",
        "pydantic_ai", "openai_compatible",
    }
)  # fmt: skip
"""Names of client libraries: they do not tell who sold the answer."""

_OWN_MACHINES = frozenset(
    {"vllm", "hosted_vllm", "ollama", "ollama_chat", "lm_studio", "huggingface", "llamafile"}
)
"""What runs there is not sold by the token, so it must not get somebody else's price."""

_FIRST_PARTY: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern), group)
    for pattern, group in (
        (r"(?:ft:)?(?:gpt-(?!oss|j|neo)|chatgpt|o[134](?:-|$)|codex-mini|davinci-002|babbage-002)",
         ("openai",)),
        (r"text-embedding-(?:3-|ada-)|computer-use-preview", ("openai",)),
        (r"claude-", ("anthropic",)),
        (r"gemini-|text-embedding-00|text-multilingual-embedding", _GOOGLE),
        (r"mistral-(?:large|medium|small|tiny|embed)|codestral|open-mi", ("mistral", "codestral")),
        (r"ministral|magistral|pixtral|devstral", ("mistral",)),
        (r"deepseek-(?:chat|reasoner|coder$)", ("deepseek",)),
        (r"grok-", ("xai",)),
        (r"command|embed-(?:english|multilingual|v\d)|rerank-", ("cohere",)),
        (r"sonar", ("perplexity",)),
        (r"voyage-", ("voyage",)),
        (r"qwen-(?:max|plus|turbo|flash)", ("dashscope",)),
        (r"moonshot-v1|kimi-latest", ("moonshot",)),
    )
)  # fmt: skip

_DATED = re.compile(r"[-@](?:20\d\d-[01]\d-[0-3]\d|20\d\d[01]\d[0-3]\d|latest|default)$")
_BEDROCK_VERSION = re.compile(r"-v\d+(?::\d+)?(?::\d+k)?$")
_BEDROCK_VENDOR = re.compile(
    r"^(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|moonshotai"
    r"|nvidia|openai|qwen|stability|twelvelabs|writer|zai)\."
)
_REGION = re.compile(
    r"^(?:bedrock/)?(?:((?:us-gov|us|eu|apac|au|jp|ca|sa|global)(?=\.)|(?:us|eu|global"
    r"|global-standard|[a-z]{2}(?:-gov)?-[a-z]+-\d)(?=/)))[./]"
)
_CLAUDE_DOT = re.compile(r"(?<=\d)\.(?=\d)")


def providers_of(name: str | None) -> tuple[str, ...] | None:
    """Return the table's names of a provider, first choice first; None when nobody is named.

    A provider that is not known here is returned as it is spelled: it is somebody, and not one of
    the others.
    """
    given = (name or "").strip().lower()
    plain = given.replace("-", "_").replace(" ", "_")
    if not plain or plain in _UNTOLD:
        return None
    if "." in plain and (group := _at_host(given)):
        return group
    head, _, rest = plain.partition(".")
    # `openai.chat` is an interface of a provider; with two dots it is the address of a server.
    return _GROUPS.get(plain) or ("." not in rest and _GROUPS.get(head)) or (plain,)


def _at_host(name: str) -> tuple[str, ...] | None:
    host = name.partition("://")[2] or name
    host = host.partition("/")[0].partition(":")[0]
    # Vertex puts its region before a hyphen: `us-central1-aiplatform.googleapis.com`.
    for tail, group in _HOSTS.items():
        if host == tail or host.endswith(("." + tail, "-" + tail)):
            return group
    return None


def first_party(name: str) -> tuple[str, ...] | None:
    """Return who makes and sells a model, where its normal name tells."""
    for pattern, group in _FIRST_PARTY:
        if pattern.match(name):
            return group
    return None


def spelled(model: str) -> str:
    """Return a name in lower case, without the paths that APIs and clouds put around it."""
    name = model.strip().lower()
    if name.startswith("arn:"):
        name = "bedrock/" + name.rsplit("/", 1)[-1]
    if name.startswith(("projects/", "publishers/")) and "/models/" in name:
        name = "vertex_ai/" + name.rsplit("/models/", 1)[-1]
    name = name.removeprefix("models/")
    if name.startswith("ft:") or "/ft:" in name:
        # `ft:gpt-4o-2024-08-06:acme::abc`: the base model has the price, not the organisation.
        name = ":".join(name.split(":")[:2])
    return name


def prefix(name: str, providers: Container[str]) -> tuple[str, str] | None:
    """Split the provider off the front of a spelled name, if it is one of these or well known."""
    head, slash, rest = name.partition("/")
    if slash and rest and ((plain := head.replace("-", "_")) in providers or plain in _GROUPS):
        return plain, rest
    if not slash and _BEDROCK_VENDOR.match(_REGION.sub("", name)):
        return "bedrock", name
    if slash and head in _OWN_MACHINES:
        return head, rest
    return None


def region(name: str) -> str:
    """Return the region in front of a spelled name, or an empty string."""
    match = _REGION.match(name)
    return match[1] if match else ""


def undated(name: str) -> str:
    """Return a spelled name without its date, `-latest` or `@default`."""
    return _DATED.sub("", name)


def normal(model: str) -> str:
    """Return the name that all spellings of one model share."""
    name = spelled(model)
    if match := _REGION.match(name):
        name = name[match.end() :]
    name = name.rsplit("/", 1)[-1]
    if match := _REGION.match(name):
        name = name[match.end() :]
    vendor = _BEDROCK_VENDOR.match(name)
    if vendor:
        name = name[vendor.end() :]
    name = undated(_BEDROCK_VERSION.sub("", name) if vendor else name)
    return _CLAUDE_DOT.sub("-", name) if name.startswith("claude-") else name
