"""What the objects of client libraries do, by the name of what makes them.

The names are those of the libraries' own documentation; a maker is matched with its module.
"""

from __future__ import annotations

import re
from typing import NamedTuple

ITSELF = "()"
"""The method of an object that is called like a function."""
_CHAIN = (
    f"{ITSELF} run arun call acall invoke ainvoke stream astream predict apredict apply aapply batch"
    " abatch predict_and_parse generate agenerate astream_events transform"
)
_RUNNABLE = "invoke ainvoke stream astream batch abatch astream_events astream_log transform"


class Maker(NamedTuple):
    """A function or class, and what the methods of the object it gives do."""

    name: re.Pattern[str]
    methods: frozenset[str]
    kind: str


def _maker(name: str, methods: str, kind: str = "request") -> Maker:
    return Maker(re.compile(rf"(?:^|\.)(?:{name})$"), frozenset(methods.split()), kind)


MAKERS: tuple[Maker, ...] = (
    # models that run in this process
    _maker(r"AutoModel(?:For(?:CausalLM|Seq2SeqLM|Vision2Seq|ImageTextToText|SpeechSeq2Seq))?"
           r"\.from_pretrained|\w+For(?:CausalLM|ConditionalGeneration|Seq2SeqLM)\.from_pretrained"
           r"|FastLanguageModel\.from_pretrained|PeftModel\.from_pretrained|load_model",
           "generate chat stream_chat"),  # fmt: skip
    _maker(r"(?:transformers\.)?pipeline|HuggingFacePipeline(?:\.from_\w+)?", f"{ITSELF} {_RUNNABLE}"),
    _maker(r"Llama(?:\.from_pretrained)?", f"{ITSELF} create_completion create_chat_completion create_chat_completion_openai_v1"
           " generate chat complete"),  # fmt: skip
    _maker(r"Llama(?:\.from_pretrained)?", "embed create_embedding", "embedding"),
    _maker(r"(?:vllm\.)?(?:LLM|AsyncLLMEngine(?:\.from_engine_args)?|LLMEngine(?:\.from_engine_args)?"
           r"|AsyncLLM\.from_\w+)|sglang\.Engine|sgl\.Engine|GPT4All|mlx_lm\.load|LLMPredictor",
           "generate chat async_generate predict complete beam_search"),  # fmt: skip
    _maker(r"vllm\.(?:LLM)", "embed encode", "embedding"),
    _maker(r"SentenceTransformer|CrossEncoder|BGEM3FlagModel|FlagModel|TextEmbedding|INSTRUCTOR"
           r"|StaticModel\.from_pretrained",
           "encode embed query_embed passage_embed encode_queries encode_corpus encode_multi_process"
           " encode_query encode_document predict rank", "embedding"),  # fmt: skip
    _maker(r"\w*Embeddings?|\w*EmbeddingFunction|\w*EmbeddingModel(?:\.from_pretrained)?|\w*Embedder",
           f"{ITSELF} embed encode embed_query embed_documents aembed_query aembed_documents get_embeddings"
           " get_embedding embed_batch aembed embed_texts", "embedding"),  # fmt: skip
    # clients of hosted models
    _maker(r"(?:Async)?InferenceClient", "chat_completion text_generation conversational summarization"
           " question_answering text_to_image image_to_text translation visual_question_answering"
           " text_classification zero_shot_classification post"),  # fmt: skip
    _maker(r"(?:Async)?InferenceClient", "feature_extraction sentence_similarity", "embedding"),
    _maker(r"start_chat|chats\.create|chat_session", "send_message send_message_async"
           " send_message_stream send_message_streaming"),  # fmt: skip
    _maker(r"GenerativeModel(?:\.from_\w+)?|TextGenerationModel\.from_pretrained"
           r"|ChatModel\.from_pretrained|CodeGenerationModel\.from_pretrained"
           r"|ImageGenerationModel\.from_pretrained",
           "generate_content generate_content_async predict predict_async predict_streaming"
           " generate_images"),  # fmt: skip
    _maker(r"(?:Async)?ClientV?2?|cohere\.\w+|(?:Async)?BedrockClient", "chat_stream summarize rerank"),
    _maker(r"Mistral(?:Async)?Client", "chat chat_stream completion"),
    _maker(r"Mistral(?:Async)?Client", "embeddings", "embedding"),
    _maker(r"(?:litellm\.)?Router", "completion acompletion text_completion atext_completion"
           " aimage_generation responses aresponses"),  # fmt: skip
    _maker(r"(?:litellm\.)?Router", "embedding aembedding", "embedding"),
    _maker(r"ollama\.(?:Async)?Client", "chat generate"),
    _maker(r"ollama\.(?:Async)?Client", "embed embeddings", "embedding"),
    _maker(r"replicate\.Client", "run async_run stream async_stream"),
    _maker(r"ModelInference|ibm_[\w.]+\.Model", "generate generate_text generate_text_stream chat"
           " chat_stream achat agenerate"),  # fmt: skip
    _maker(r"instructor\.(?:from_\w+|patch)", "create create_partial create_iterable"
           " create_with_completion chat"),  # fmt: skip
    _maker(r"AI21Client|Anthropic|AsyncAnthropic|AlephAlpha\w*|aleph_alpha_client\.Client",
           "completion acompletion completion_stream complete"),  # fmt: skip
    _maker(r"OpenAIWrapper", "create"),
    _maker(r"(?:OpenAI|Azure\w*|Anthropic|Ollama|Gemini|SKChat)\w*ChatCompletion\w*|AzureAI\w*"
           r"|\w*ChatCompletionClient", "create create_stream get_chat_message_contents"
           " get_chat_message_content get_streaming_chat_message_contents get_response"
           " get_streaming_response complete"),  # fmt: skip
    # frameworks
    _maker(r"langchain[\w.]*\.\w*Chain(?:\.from_\w+)?|LLMChain|Conversation\w*Chain(?:\.from_\w+)?"
           r"|RetrievalQA(?:\.from_\w+)?|load_\w+_chain"
           r"|create_\w+_chain|create_sql_query_chain|create_history_aware_retriever"
           r"|create_\w+_runnable|load_qa\w*", _CHAIN),  # fmt: skip
    _maker(r"with_structured_output|bind_tools|StrOutputParser|JsonOutputParser|with_fallbacks"
           r"|PydanticOutputParser|JsonOutputFunctionsParser|configurable_fields", _CHAIN),
    _maker(r"as_query_engine|\w*QueryEngine(?:\.from_\w+)?", "query aquery custom_query"),
    _maker(r"as_chat_engine|\w*ChatEngine(?:\.from_\w+)?",
           "chat achat stream_chat astream_chat query"),  # fmt: skip
    _maker(r"get_response_synthesizer|\w*Summarize(?:\.from_\w+)?|CompactAndRefine|\w*Program\.from_defaults",
           f"{ITSELF} synthesize asynthesize get_response aget_response acall"),  # fmt: skip
    _maker(r"(?:OpenAI|Azure\w*|HuggingFace\w*|Cohere|Anthropic|Google\w*|Mistral|Ollama|AmazonBedrock|Nvidia"
           r"|LlamaCpp|Hugging\w*)(?:Chat)?Generator", "run run_async"),  # fmt: skip
    _maker(r"outlines\.(?:Generator|generate\.\w+|from_\w+|models\.\w+)", f"{ITSELF} stream batch generate"),
    _maker(r"create_extractor|ChatExtractor|create_structured_chat_agent", _CHAIN),
    _maker(r"ConversableAgent|AssistantAgent|UserProxyAgent|GroupChatManager",
           "initiate_chat a_initiate_chat initiate_chats run a_run run_stream generate_reply"
           " on_messages on_messages_stream process", "run"),  # fmt: skip
    _maker(r"\w*GroupChat|Swarm|GraphFlow", "run run_stream"),
    _maker(r"InMemoryRunner|google\.adk\.[\w.]*Runner",
           "run run_async run_live", "run"),  # fmt: skip
    _maker(r"ClaudeSDKClient", "query", "run"),
    _maker(r"\w*(?:Agent|Agents)Workflow(?:\.from_\w+)?|AgentRunner(?:\.from_\w+)?",
           "run chat achat stream_chat query", "run"),  # fmt: skip
    _maker(r"swarm\.Swarm|Swarm", "run run_and_stream", "run"),
)  # fmt: skip


def kind_by_maker(made_by: str, method: str) -> str:
    """Return what a method of an object does, from the full name of what made the object.

    Args:
        made_by: Such as `transformers.AutoModelForCausalLM.from_pretrained`.
        method: Its method, or `ITSELF`.
    """
    return next((m.kind for m in MAKERS if method in m.methods and m.name.search(made_by)), "")
