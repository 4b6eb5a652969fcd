"""What the objects of client libraries do, by the name of what makes them.

The names are those of the libraries' own documentation; a maker is matched with its module.
"""

from __future__ import annotations

import re
from typing import NamedTuple

ITSELF = "()"
"""The method of an object that is called like a function."""
_CHAIN = (
    f"{ITSELF} run arun call acall invoke ainvoke stream astream predict apredict apply aapply"
    " batch abatch predict_and_parse generate agenerate astream_events transform"
)


class Maker(NamedTuple):
    """Functions or classes, and what the methods of the objects they give do."""

    name: re.Pattern[str]
    methods: frozenset[str]
    kind: str


def _maker(names: str, methods: str, kind: str = "request") -> Maker:
    name = re.compile(rf"(?:^|\.)(?:{'|'.join(names.split())})$")
    return Maker(name, frozenset(methods.split()), kind)


_IN_THIS_PROCESS = (
    _maker(
        r"""AutoModel(?:For\w+)?\.from_pretrained \w+For(?:CausalLM|\w+Generation)\.from_pretrained
        FastLanguageModel\.from_pretrained PeftModel\.from_pretrained load_model""",
        "generate chat stream_chat",
    ),
    _maker(
        r"(?:transformers\.)?pipeline HuggingFacePipeline(?:\.from_\w+)?",
        f"{ITSELF} invoke ainvoke stream astream batch abatch",
    ),
    _maker(r"\w*Diffusion\w*Pipeline\.from_\w+ AutoPipelineFor\w+\.from_\w+", ITSELF),
    _maker(
        r"Llama(?:\.from_pretrained)?",
        f"{ITSELF} create_completion create_chat_completion create_chat_completion_openai_v1"
        " generate chat complete",
    ),
    _maker(r"Llama(?:\.from_pretrained)?", "embed create_embedding", "embedding"),
    _maker(
        r"""(?:vllm\.)?LLM (?:Async)?LLMEngine(?:\.from_engine_args)? AsyncLLM\.from_\w+
        sglang\.Engine sgl\.Engine GPT4All LLMPredictor""",
        "generate chat async_generate predict complete beam_search",
    ),
    _maker(r"(?:vllm\.)?LLM", "embed encode", "embedding"),
    _maker(
        r"""SentenceTransformer CrossEncoder BGEM3FlagModel FlagModel TextEmbedding INSTRUCTOR
        StaticModel\.from_pretrained""",
        "encode embed query_embed passage_embed encode_queries encode_corpus encode_query"
        " encode_document encode_multi_process predict rank",
        "embedding",
    ),
    _maker(
        r"""\w*Embeddings? \w*EmbeddingFunction \w*EmbeddingModel(?:\.from_pretrained)?
        \w*Embedder""",
        f"{ITSELF} embed encode embed_query embed_documents aembed_query aembed_documents aembed"
        " get_embedding get_embeddings embed_batch embed_texts",
        "embedding",
    ),
)
_HOSTED = (
    _maker(
        r"(?:Async)?InferenceClient",
        "chat_completion text_generation conversational summarization question_answering"
        " text_to_image image_to_text translation visual_question_answering text_classification"
        " zero_shot_classification post",
    ),
    _maker(r"(?:Async)?InferenceClient", "feature_extraction sentence_similarity", "embedding"),
    _maker(
        r"start_chat chats\.create chat_session",
        "send_message send_message_async send_message_stream send_message_streaming",
    ),
    _maker(
        r"""GenerativeModel(?:\.from_\w+)? TextGenerationModel\.from_pretrained
        ChatModel\.from_pretrained CodeGenerationModel\.from_pretrained
        ImageGenerationModel\.from_pretrained""",
        "generate_content generate_content_async predict predict_async predict_streaming"
        " generate_images",
    ),
    _maker(r"cohere\.(?:Async)?Client(?:V2)?", "chat_stream summarize rerank classify"),
    _maker(r"Mistral(?:Async)?Client", "chat chat_stream completion"),
    _maker(r"Mistral(?:Async)?Client", "embeddings", "embedding"),
    _maker(
        r"(?:litellm\.)?Router",
        "completion acompletion text_completion atext_completion aimage_generation responses"
        " aresponses",
    ),
    _maker(r"(?:litellm\.)?Router", "embedding aembedding", "embedding"),
    _maker(r"ollama\.(?:Async)?Client", "chat generate"),
    _maker(r"ollama\.(?:Async)?Client", "embed embeddings", "embedding"),
    _maker(r"replicate\.Client", "run async_run stream async_stream"),
    _maker(
        r"ModelInference ibm_[\w.]+\.Model",
        "generate generate_text generate_text_stream chat chat_stream achat agenerate",
    ),
    _maker(
        r"instructor\.(?:from_\w+|patch)",
        "create create_partial create_iterable create_with_completion chat",
    ),
    _maker(
        r"AI21Client (?:Async)?Anthropic AlephAlpha\w* aleph_alpha_client\.Client",
        "completion acompletion completion_stream complete",
    ),
    _maker(r"OpenAIWrapper", "create"),
)
_OF_FRAMEWORKS = (
    _maker(
        r"langchain[\w.]*\.(?:OpenAI|AzureOpenAI|Chat\w+|Anthropic|Cohere|HuggingFace\w+|Ollama\w*"
        r"|LlamaCpp|GPT4All|VertexAI|Bedrock\w*|Replicate|Together|Fireworks\w*|GooglePalm|AI21)",
        _CHAIN,
    ),
    _maker(
        r"llama_index[\w.]*\.(?:\w*OpenAI\w*|Anthropic|Ollama|Gemini|GoogleGenAI|Groq|MistralAI"
        r"|Bedrock\w*|HuggingFace\w+|LlamaCPP|Cohere|Vertex\w*|LiteLLM|Replicate|Together\w*)",
        "complete acomplete chat achat stream_complete astream_complete stream_chat astream_chat"
        " predict apredict structured_predict as_structured_llm predict_and_call",
    ),
    _maker(
        r"llama_index[\w.]*\.\w*Agent(?:\.from_\w+)? \w*Agent\.from_tools \w*Agent\.from_llm",
        "chat achat stream_chat astream_chat query aquery run",
        "run",
    ),
    _maker(
        r"""(?:OpenAI|Azure\w*|Anthropic|Ollama|Gemini|SKChat)\w*ChatCompletion\w*
        AzureAI\w* \w*ChatCompletionClient""",
        "create create_stream get_chat_message_contents get_chat_message_content"
        " get_streaming_chat_message_contents get_response get_streaming_response complete",
    ),
    _maker(
        r"""langchain[\w.]*\.\w*Chain(?:\.from_\w+)? LLMChain Conversation\w*Chain(?:\.from_\w+)?
        RetrievalQA(?:\.from_\w+)? load_\w+_chain load_qa\w* create_\w+_chain
        create_sql_query_chain create_\w+_runnable create_extractor""",
        _CHAIN,
    ),
    _maker(
        r"""with_structured_output bind_tools StrOutputParser JsonOutputParser
        PydanticOutputParser JsonOutputFunctionsParser with_fallbacks configurable_fields""",
        _CHAIN,
    ),
    _maker(r"as_query_engine \w*QueryEngine(?:\.from_\w+)?", "query aquery custom_query"),
    _maker(
        r"as_chat_engine \w*ChatEngine(?:\.from_\w+)?",
        "chat achat stream_chat astream_chat query",
    ),
    _maker(
        r"""get_response_synthesizer \w*Summarize(?:\.from_\w+)? CompactAndRefine
        \w*Program\.from_defaults""",
        f"{ITSELF} synthesize asynthesize get_response aget_response acall",
    ),
    _maker(
        r"(?:OpenAI|Azure\w*|Hugging\w*|Cohere|Anthropic|Google\w*|Mistral|Ollama|LlamaCpp"
        r"|AmazonBedrock|Nvidia)(?:Chat)?Generator",
        "run run_async",
    ),
    _maker(
        r"outlines\.(?:Generator|generate\.\w+|from_\w+|models\.\w+)",
        f"{ITSELF} stream batch generate",
    ),
    _maker(
        r"ConversableAgent AssistantAgent UserProxyAgent GroupChatManager",
        "initiate_chat a_initiate_chat initiate_chats run a_run run_stream generate_reply"
        " on_messages on_messages_stream process",
        "run",
    ),
    _maker(r"\w*GroupChat Swarm GraphFlow", "run run_stream run_and_stream", "run"),
    _maker(r"InMemoryRunner google\.adk\.[\w.]*Runner", "run run_async run_live", "run"),
    _maker(r"ClaudeSDKClient", "query", "run"),
    _maker(r"AgentTool", "run_async", "run"),
    _maker(r"pydantic_graph[\w.]*\.Graph", "run run_sync iter iter_from_persistence", "run"),
    _maker(r"VoicePipeline RealtimeRunner", "run", "run"),
    _maker(
        r"\w*Agents?Workflow(?:\.from_\w+)? AgentRunner(?:\.from_\w+)?",
        "run chat achat stream_chat query",
        "run",
    ),
)
MAKERS: tuple[Maker, ...] = (*_IN_THIS_PROCESS, *_HOSTED, *_OF_FRAMEWORKS)


def kind_by_maker(made_by: str, method: str) -> str:
    """Return what a method of an object does, from the full name of what made the object.

    Args:
        made_by: Such as `transformers.AutoModelForCausalLM.from_pretrained`.
        method: Its method, or `ITSELF`.
    """
    return next((m.kind for m in MAKERS if method in m.methods and m.name.search(made_by)), "")
