"""What a call of a script does with a model: by names, packages, addresses and origins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from solvent.code.draft import rendered
from solvent.code.endpoints import is_model_address, is_model_body
from solvent.code.javascript.syntax import (
    FUNCTIONS,
    Script,
    arguments,
    callee,
    pairs,
    said,
    string,
    unwrapped,
)
from solvent.code.javascript.values import spell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

MODEL_PACKAGES = re.compile(
    r"openai|anthropic|^ai$|^ai/|@ai-sdk|lang(?:chain|graph)|genai|generative-ai|mistral|ollama|cohere|mastra"
    r"|groq|llamaindex|bedrock|together|replicate|agents|huggingface|transformers|node-llama-cpp|genkit"
    r"|modelcontextprotocol|web-llm|portkey|vertexai|claude"
)
_SURE = re.compile(
    r"\.(?:(?:chat\.)?completions\.(?:create|parse|stream|runTools)|responses\.(?:create|parse|stream)"
    r"|createChatCompletion|createCompletion|createTranscription|generateContent(?:Stream)?"
    r"|audio\.(?:transcriptions|speech|translations)\.create|images\.(?:generate|edit|createVariation)"
    r"|moderations\.create|runs\.(?:stream|wait|createAndPoll|createAndStream|createAndRun))$"
)
"""Names that no other library gives to its functions."""
_SENDS = re.compile(
    r"\.(?:messages\.(?:create|stream|parse)|chat\.(?:complete|stream)|runs\.create|fim\.complete"
    r"|predictions\.create|(?:server|session|ctx|context|client|mcp)\.createMessage|sendMessage(?:Stream)?|textGeneration(?:Stream)?|chatCompletion"
    r"(?:Stream)?|textToImage|summarization|generateImages|live\.connect|createModeration|createImage)$"
)
_SDK = re.compile(
    r"^(?:generateText|streamText|generateObject|streamObject|streamUI|generateImage|generateSpeech"
    r"|transcribe|rerank|generateVideo|experimental_generate\w+|experimental_transcribe"
    r"|experimental_streamText)$"
)
_EMBEDS = re.compile(
    r"(?:embeddings\.create|embedContent|batchEmbedContents|embedQuery|embedDocuments|createEmbedding"
    r"|featureExtraction|getTextEmbedding)$|^embed(?:Many)?$|(?:^|\.)ollama\.embed(?:dings)?$"
)
_BY_PACKAGE = (
    ("ollama", re.compile(r"(?:^|\.)(?:chat|generate)$")),
    ("replicate", re.compile(r"(?:^|\.)(?:run|stream)$")),
    ("cohere", re.compile(r"(?:^|\.)(?:chat|chatStream|generate|rerank|summarize)$")),
    ("genkit", re.compile(r"(?:^|\.)ai\.(?:generate|generateStream)$|(?:^|\w*[pP]rompt)$")),
    ("node-llama-cpp", re.compile(r"\.(?:prompt|promptWithMeta|generateCompletion)$")),
    ("claude-agent-sdk", re.compile(r"^query$")),
    ("claude-code", re.compile(r"^query$")),
    ("@openai/agents", re.compile(r"^run$")),
    ("llamaindex", re.compile(r"\.(?:query|chat|complete|synthesize)$")),
)
"""What the functions of a package do that are named like anybody's."""
_RUNS = re.compile(
    r"(?:^|\.)(?:agent|\w+Agent|runner|Runner|crew)\.(?:run|invoke|stream|generate|generateLegacy"
    r"|streamLegacy|call|runStreamed)$|(?:^|\.)(?:\w*[gG]raph|\w*[wW]orkflow|executor|agentExecutor)\."
    r"(?:invoke|stream|streamEvents|call|batch)$"
)
_ASKS = re.compile(
    r"(?:^|\.)\w*(?:llm|Llm|LLM|model|Model|chain|Chain|chat|Chat)\w*"
    r"\.(?:invoke|stream|batch|call|predict|generate|complete|sendMessage|sendMessageStream)$"
)
_RUNNABLE = re.compile(r"\.(?:invoke|stream|batch|streamEvents|call|predict|run)$")
_OTHER = re.compile(
    r"(?i)(?:prompt|tools?|retriever|parser|template|loader|splitter|ipcRenderer|lambda|embeddings?|store"
    r"|client|fetch|fn|func|callback|handler|s3|db|stripe|axios|memory|splitter)\.\w+$"
)
_MODEL_MAKERS = re.compile(
    r"^Chat[A-Z]\w*$|getGenerativeModel$|^initChatModel$|(?:^|\.)(?:withStructuredOutput|bindTools|startChat"
    r"|withFallbacks|pipe)$|^(?:RunnableSequence|RunnableWithMessageHistory)|Chain(?:\.from\w+)?$"
    r"|^load\w+Chain$|^create\w+Chain$|asQueryEngine$|asChatEngine$|chats\.create$"
    r"|^(?:get|create|make|init|load)\w*(?:LLM|Llm|ChatModel|Model)$"
)
_AGENT_MAKERS = re.compile(
    r"^create\w*Agent$|^initializeAgentExecutor\w*$|^AgentExecutor(?:\.from\w+)?$|\.compile$|^Agent$|^\w+Agent$"
)
_AGENTS = re.compile(
    r"^(?:Agent|ToolLoopAgent|Experimental_Agent|createReactAgent|createAgent|\w+Agent|AssistantAgent)$"
)
_CLIENTS = re.compile(
    r"^Chat(?:OpenAI|Anthropic|Google\w*|Groq|Mistral\w*|Ollama|Bedrock\w*|VertexAI|Cohere|XAI|DeepSeek"
    r"|Fireworks|Together\w*)$|getGenerativeModel$|^initChatModel$"
)
_COMMANDS = re.compile(
    r"^(?:InvokeModel\w*|Converse\w*|InvokeAgent|RetrieveAndGenerate\w*|InvokeFlow)Command$"
)
"""Commands of the AWS SDK that ask a model."""
_SENDERS = re.compile(
    r"(?:^|\.)(?:fetch|post|request|axios|got|ky|fetchEventSource|\$fetch|ofetch)$|^fetch\w+$"
)
DEPTH = 4


class Kinds:
    """Judges the calls of one script."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.speaks = any(MODEL_PACKAGES.search(name) for name in script.packages)

    def of(self, node: Node) -> str:
        """Return what a call does with a model; empty when it has to do with none."""
        name, given = callee(node), arguments(node)
        if not given:
            return ""
        if node.type == "new_expression":
            return _made(name.rpartition(".")[2], given)
        return (
            self._sure(node, name, given)
            or (self.speaks and self._known(name, given))
            or self._by_origin(name)
            or ""
        )

    def _sure(self, node: Node, name: str, given: list[Node]) -> str:
        """Judge by what needs no package: a request, a command, a name of its own."""
        if _SENDERS.search(name) and self._is_request(given):
            return "request"
        if _SURE.search(name):
            return "run" if ".runs." in f".{name}" else "request"
        last = name.rpartition(".")[2]
        if last in {"send", "sendRequest", "request"} and any(map(self._is_command, given[:1])):
            return "request"
        in_sdk = any(p == "ai" or p.startswith(("ai/", "@ai-sdk/")) for p in self.script.packages)
        return "request" if in_sdk and _SDK.match(last) and not node.has_error else ""

    def _known(self, name: str, given: list[Node]) -> str:  # noqa: PLR0911  one return a convention
        """Judge by names, in a script that imports a package for models."""
        last = name.rpartition(".")[2]
        if _EMBEDS.search(name):
            return "embedding"
        if _SENDS.search(name):
            return "request" if last != "sendMessage" or "chat" in name.lower() else ""
        if _AGENTS.match(last) and last.startswith("create"):
            return "agent"
        if _CLIENTS.search(last):
            return "client"
        if name.endswith("Agent.create") and unwrapped(given[0]).type == "object":
            return "agent"
        for package, names in _BY_PACKAGE:
            if names.search(name) and any(package in one for one in self.script.packages):
                return (
                    "run"
                    if package in {"claude-agent-sdk", "claude-code", "@openai/agents"}
                    else "request"
                )
        if _RUNS.search(name):
            return "run"
        return "request" if _ASKS.search(name) and given else ""

    def _by_origin(self, name: str) -> str:
        """Judge `x.invoke(…)` by what `x` was made of, or by the package alone."""
        if not _RUNNABLE.search(name) or _OTHER.search(name):
            return ""
        receiver = name.split(".")[-2] if "." in name else ""
        for maker in self._makers(receiver, 0):
            if _AGENT_MAKERS.search(maker):
                return "run"
            if _MODEL_MAKERS.search(maker):
                return "request"
        if re.search(r"(?:^|[a-z])[gG]raph$", receiver) and name.endswith((".invoke", ".stream")):
            return "run"
        return ""

    def _makers(self, name: str, depth: int) -> Iterator[str]:
        """Yield the calls that may have made what a name holds, chained ones from the outside."""
        if depth > DEPTH:
            return
        for value in self.script.values.get(name, [])[:4]:
            here: Node | None = unwrapped(value)
            while here is not None and here.type in {"call_expression", "new_expression"}:
                made_by = callee(here)
                yield made_by
                yield made_by.rpartition(".")[2]
                func = here.child_by_field_name("function")
                target = unwrapped(func).child_by_field_name("object") if func else None
                if target is not None and target.type == "identifier":
                    yield from self._makers(said(target), depth + 1)
                here = unwrapped(target) if target is not None else None
            if here is not None and here.type == "identifier" and said(here) != name:
                yield from self._makers(said(here), depth + 1)

    def _is_command(self, node: Node) -> bool:
        """Tell whether what is sent is a command or a message that asks a model."""
        for one in (unwrapped(node), *self._held(node)):
            if one.type == "new_expression" and _COMMANDS.match(callee(one)):
                return True
            if one.type == "object":
                method = pairs(one).get("method")
                if method is not None and string(method) == "sampling/createMessage":
                    return True
        return False

    def _held(self, node: Node) -> list[Node]:
        plain = unwrapped(node)
        if plain.type != "identifier":
            return []
        return [unwrapped(v) for v in self.script.values.get(said(plain), [])[:4]]

    def _is_request(self, given: list[Node]) -> bool:
        """Tell whether a request over HTTP asks a model; one to the page's own server does not."""
        address = rendered(spell(self.script, given[0]))
        keyed = pairs(unwrapped(given[0])) if unwrapped(given[0]).type == "object" else {}
        if "url" in keyed:
            address = rendered(spell(self.script, keyed["url"]))
        if address.startswith(("/", "./")):
            return False
        if is_model_address(address):
            return True
        if unwrapped(given[0]).type == "object" and "url" not in keyed:
            return False
        return any(is_model_body(self._keys(one, 0)) for one in given[:2])

    def _keys(self, node: Node, depth: int) -> set[str]:
        """Return the keys of a request's body, out of its options."""
        node = unwrapped(node)
        if depth > DEPTH or node.type in FUNCTIONS:
            return set()
        if node.type == "object":
            keyed = pairs(node)
            inner = keyed.get("body") or keyed.get("data") or keyed.get("json")
            if inner is not None:
                return self._keys(inner, depth + 1)
            spread = [c.named_children[0] for c in node.named_children
                      if c.type == "spread_element" and c.named_children]  # fmt: skip
            return set(keyed).union(*(self._keys(one, depth + 1) for one in spread))
        if node.type == "call_expression":
            return set().union(*(self._keys(one, depth + 1) for one in arguments(node)[:1]))
        return set().union(*(self._keys(one, depth + 1) for one in self._held(node)))


def _made(last: str, given: list[Node]) -> str:
    """Return whether `new X({…})` makes an agent or a client."""
    first = unwrapped(given[0])
    keyed = pairs(first) if first.type == "object" else {}
    if _AGENTS.match(last) and keyed.keys() & {"instructions", "model", "tools", "llm", "handoffs"}:
        return "agent"
    return "client" if _CLIENTS.match(last) else ""
