"""Names that libraries give to messages, prompts, agents, model calls and tools."""

from __future__ import annotations

import re

ROLES = {
    "system": "system", "developer": "developer", "human": "user", "user": "user",
    "ai": "assistant", "assistant": "assistant", "model": "assistant", "tool": "tool",
}  # fmt: skip
MESSAGES = re.compile(
    r"^(?P<role>System|Developer|Human|User|Assistant|AI|Chat|LLM|Llm|Text|Base)?"
    r"(?:Chat|Input|Prompt)?Message(?:Chunk|Param|PromptTemplate)?$|^Message$|^ModelRequest$"
    r"|^(?:System|User)PromptPart$|^Content$"
)
PROMPT_KEYS = {
    "system": "system", "system_prompt": "system", "system_message": "system",
    "system_instruction": "system", "system_instructions": "system", "instructions": "system",
    "instruction": "system", "developer_message": "system", "developer_prompt": "system",
    "preamble": "system", "system_template": "system", "state_modifier": "system",
    "messages_modifier": "system", "extend_system_message": "system",
    "override_system_message": "system", "sys_prompt": "system", "base_prompt": "system",
    "global_instruction": "system", "static_instruction": "system",
    "additional_instructions": "system",
    "prompt": "user", "user_prompt": "user", "prompt_template": "user", "user_message": "user",
    "human_message": "user", "user_template": "user", "initial_message": "user",
    "judge_prompt": "user", "task_prompt": "user", "prefix_prompt": "user",
    "initial_prompt": "user",
    "condense_question_prompt": "user", "text_qa_template": "user", "refine_template": "user",
    "qa_prompt": "user", "combine_prompt": "user", "map_prompt": "user", "summary_prompt": "user",
}  # fmt: skip
"""Keyword arguments that hold a prompt, with its role."""
ASKS_A_PERSON = re.compile(
    r"(?:^|\.)(?:option|Option|argument|Argument|input|Input|text|confirm|select|checkbox|password"
    r"|PromptSession|getpass|add_argument|add_parser|Prompt|Confirm|IntPrompt|print|prompt_async"
    r"|ArgumentParser|chat_input|text_area|text_input|Group|command|TypedDict|debug|info|warning"
    r"|error|exception|log|echo|secho|write|set_text|Label|Button|Static|notify|toast"
    r"|print_formatted_text|rprint|run_in_terminal)$|(?:Prompt|Confirm)\.ask$|^click\.|^typer\.|^questionary\.|^inquirer"
)
PROMPT_DECORATORS = frozenset({
    "system_prompt", "instructions", "prompt", "user_prompt", "dynamic_prompt", "register_prompt",
})  # fmt: skip
TEXT_DECORATORS = frozenset({"prompt_template", "chatprompt", "prompt"})
DOC_DECORATORS = frozenset(
    {"ell.simple", "ell.complex", "marvin.fn", "marvin.ai_fn", "ai_fn", "ai_function_doc"}
)
DSPY_MODULES = frozenset({
    "Predict", "ChainOfThought", "ChainOfThoughtWithHint", "ReAct", "ProgramOfThought", "CodeAct",
    "MultiChainComparison", "TypedPredictor", "TypedChainOfThought", "RLM",
})  # fmt: skip

ROOTS = re.compile(
    r"^(?:agents|autogen\w*|ag2|pydantic_ai|crewai|smolagents|google|strands|agno|phi|llama_index"
    r"|langchain\w*|langgraph\w*|deepagents|dspy|haystack|semantic_kernel|camel|letta|swarm|livekit"
    r"|controlflow|marvin|agent_framework|beeai_framework|browser_use|mcp_agent|qwen_agent|magentic"
    r"|fast_agent|claude_agent_sdk|openai_agents|griptape|atomic_agents|upsonic|praisonaiagents)\b"
)
"""Packages whose agents are agents."""
AGENT_MAKERS = re.compile(
    r"^(?:create_(?:\w+_)?agent(?:_executor)?|create_supervisor|create_swarm|initialize_agent"
    r"|from_tools|from_agent_and_tools|[A-Z]\w*Agent|Agent|AgentExecutor|ClaudeAgentOptions|ReActAgent|Crew|\w+GroupChat)$"
)
AGENT_CLASSES = re.compile(
    r"^(?:agents|pydantic_ai|smolagents|agno|strands|google|autogen\w*|agent_framework)\b[\w.]*\.\w*Agent$"
    r"|(?:^|\.)Compiled(?:State)?Graph$"
)
"""Classes of agents and graphs, as annotations name them."""
MODEL_CLASSES = re.compile(r"^Base(?:Chat|Language)Model$|^BaseLLM$|^Chat(?:OpenAI|Anthropic)$")
STREAMS = frozenset({"stream_query", "async_stream_query", "to_cli", "to_cli_sync"})
"""Methods that only agents have."""
ENGINE = re.compile(r"(?:^|_)(?:query|chat)_engine$")
ENGINE_ASKS = frozenset({
    "query", "aquery", "chat", "achat", "stream_chat", "astream_chat", "synthesize", "asynthesize",
})  # fmt: skip
NOT_AGENTS = re.compile(
    r"^(?:UserAgent|FakeUserAgent|UserProxyAgent|HumanAgent|RequestAgent|NodeAgent)$"
)
AGENT_KEYS = frozenset({
    "llm", "model", "instructions", "instruction", "system_prompt", "system_message", "llm_config",
    "llm_service", "model_client", "prompt", "tools", "task", "chat_client", "agent_llm",
    "backstory",
    "lm", "agents",
})  # fmt: skip
RUNNERS = frozenset({
    "run", "arun", "run_sync", "run_stream", "run_streamed", "run_async", "run_live", "kickoff",
    "kickoff_async", "akickoff", "iter", "invoke", "ainvoke", "stream", "astream", "invoke_async",
    "stream_async", "initiate_chat", "a_initiate_chat", "print_response", "aprint_response", "chat",
    "achat", "astream_events", "run_stream_events", "generate_reply", "kickoff_for_each", "call",
    "acall", "batch", "abatch", "astream_log", "on_messages", "on_messages_stream", "get_response",
    "step", "forward",
})  # fmt: skip
SURE_RUNS = frozenset({
    "invoke", "ainvoke", "astream", "run_sync", "kickoff", "kickoff_async", "print_response",
    "aprint_response", "invoke_async", "initiate_chat", "a_initiate_chat", "run_stream",
    "send_message",
    "astream_events",
})  # fmt: skip
VAGUE_RUNS = frozenset(
    {"step", "forward", "call", "iter", "get_response", "acall", "chat", "achat"}
)
KICKOFFS = frozenset({"kickoff", "kickoff_async", "akickoff", "kickoff_for_each"})
"""Methods that only crews and flows have."""
CREW_RUNS = frozenset({"train", "replay", "test"})
TASK_RUNS = frozenset({"execute", "execute_sync", "execute_async"})
ASKED_WITH = re.compile(r"(?:^|_)(?:messages?|history|prompt|conversation)$")
"""Arguments that only a model is given."""
MODEL_QUERIES = frozenset({"query", "generate", "complete", "chat", "ask", "generate_response"})
PASS_ON = frozenset({"to_thread", "run_in_executor", "partial", "asyncify", "run_sync_in_thread"})
SENDERS = frozenset(
    {"post", "request", "stream", "urlopen", "Request", "apost", "fetch", "ws_connect"}
)
"""Functions that send a request over HTTP."""
RUNNER_RUNS = frozenset({"run", "run_sync", "run_streamed", "run_async", "run_live", "run_debug"})
GENERATION_KEYS = frozenset({
    "max_new_tokens", "do_sample", "num_beams", "input_ids", "sampling_params", "generation_config",
    "num_return_sequences", "pad_token_id",
})  # fmt: skip
"""Arguments that only the generation of text has."""
SESSION_SENDS = frozenset({
    "send_message", "send_message_async", "send_message_stream", "send_message_streaming",
})  # fmt: skip
SESSION_NAME = re.compile(r"(?:^|_)(?:chat|convo|conversation|chat_session|chat_state)$")
"""Conversations that a client of a model keeps."""
NO_OBJECTS = frozenset({
    "compile", "StateGraph", "ToolNode", "run", "gather", "invoke", "ainvoke", "generate",
    "complete", "kickoff", "query", "predict", "result", "loads",
})  # fmt: skip
"""What these give is an answer, or is judged by what made it, not by what it is made of."""
OTHER_RUNNABLE = re.compile(
    r"prompt|tool|retriever|parser|template|loader|splitter|lambda|(?:^|_)(?:ctx|context|runner|fn|func"
    r"|function|self|cli|command|store|memory|client|bus|event|handler|callback|action|task|node)s?$"
)
OTHER_RUNNABLE_MAKER = re.compile(
    r"(?:Prompt\w*|Template|Tool\w*|Retriever\w*|Parser|Runnable\w+|Runner|client|resource)$"
    r"|as_retriever$|(?:Prompt\w*|Template)\.from_\w+$|^tool$"
)
AGENT_NAME = re.compile(r"(?:^|_)(?:agents?|crew|swarm|supervisor)(?:_?\d+)?$")

MODEL_MAKERS = re.compile(
    r"^(?:Chat(?:OpenAI|Anthropic|Google\w*|Groq|Mistral\w*|Ollama|Bedrock\w*|Cohere|Fireworks|Together"
    r"|DeepSeek|XAI|Vertex\w*|Azure\w*|HuggingFace|NVIDIA|Perplexity|Databricks|LiteLLM\w*|OpenRouter"
    r"|AWS\w*|Vercel|Cerebras|OCI\w*|BrowserUse|Tongyi|ZhipuAI|Baidu\w*|Qianfan\w*|Hunyuan|Yandex\w*"
    r"|Snowflake|Writer|Maritalk|Friendli|Sambanova|Upstage|Moonshot|Minimax|Spark|Watsonx|GigaChat"
    r"|EdenAI|LlamaCpp|MLX|Premai|Outlines|Reka)|AzureChatOpenAI|init_chat_model|OpenAIModel"
    r"|(?:OpenAI|Anthropic|Gemini|Google|Groq|Mistral|Bedrock|Cohere)(?:Chat|Responses)?"
    r"(?:Model|LlmService|ChatCompletion(?:Client)?)"
    r"|OpenAIServerModel|OpenAIResponsesModel|OpenAIChatCompletionsModel|HfApiModel|InferenceClientModel"
    r"|LiteLLMModel|LiteLlm|TransformersModel|AzureOpenAI(?:ChatCompletionClient|Model|ServerModel)"
    r"|OpenAI(?:Like|ChatGenerator|Generator)|AnthropicVertex|GenerativeModel|LM|LLM|ChatLiteLLM"
    r"|AmazonBedrockModel|OllamaLLM|LiteLLM|BedrockModel|GoogleGenAI|OpenRouter)$"
)
MODEL_GETTERS = re.compile(
    r"^_?(?:get|make|create|build|load|init|setup|new|resolve)_(?:\w+_)?(?:llm|chat_model|language_model"
    r"|llm_client|llm_provider)(?:_\w+)?$"
)
"""Functions of a program that give a model."""
CLIENT_LIBRARIES = re.compile(
    r"^(?:langchain\w*|llama_index\w*|litellm|crewai|dspy|smolagents|google"
    r"|strands|agno|pydantic_ai|agents|autogen\w*|haystack\w*|vertexai)\b"
)
MODEL_NAME = re.compile(
    r"(?:^|_)(?:llm|llms|lm)(?:$|_)|llm\d*$|(?:^|_)(?:chat|language)_?model$|_llm_|^llm"
    r"|(?:^|_)(?:grader|judge|chat_completion|llm_client|llm_service|llm_chain|chat_client)$"
)
LOOSE_MODEL_NAME = re.compile(r"(?:^|_)(?:model|chain|chat|summarizer|router|classifier)$")
ASKS = frozenset({
    "invoke", "ainvoke", "stream", "astream", "batch", "abatch", "predict", "apredict",
    "predict_messages", "apredict_messages", "complete", "acomplete", "stream_complete",
    "astream_complete", "generate", "agenerate", "generate_response", "send_request", "chat",
    "achat",
    "stream_chat", "astream_chat", "stream_request", "send_message", "generate_content", "query",
    "generate_text", "structured_predict", "astructured_predict", "call", "acall", "create",
    "get_response", "get_streaming_response", "get_chat_message_contents", "generate_prompt",
    "create_stream", "astream_events", "get_chat_response", "generate_structured", "complete_chat",
    "apply", "aapply", "run", "arun", "chat_completion", "achat_completion", "generate_stream",
})  # fmt: skip
LOOSE_ASKS = frozenset({"invoke", "ainvoke", "stream", "astream", "abatch", "astream_events"})

MODEL_LIBRARIES = frozenset({
    "openai", "anthropic", "google", "vertexai", "cohere", "mistralai", "groq", "ollama", "litellm",
    "together", "replicate", "transformers", "vllm", "llama_cpp", "huggingface_hub", "boto3",
    "zhipuai", "dashscope", "qianfan", "ai21", "fireworks", "instructor", "guidance", "outlines",
    "xai_sdk", "ibm_watsonx_ai", "cerebras", "portkey_ai", "aisuite", "gpt4all", "reka", "sglang",
})  # fmt: skip
"""Packages that ask models."""
PROVIDERS = ("openai", "anthropic", "google", "mistralai", "cohere", "groq", "ollama", "litellm")
SUFFIXES: tuple[tuple[str, str], ...] = (
    ("chat.completions.create", "request"), ("chat.completions.parse", "request"),
    ("chat.completions.stream", "request"), ("chat.completions.with_raw_response.create",
    "request"),
    ("completions.create", "request"), ("responses.create", "request"),
    ("responses.parse", "request"), ("responses.stream", "request"),
    ("messages.create", "request"), ("messages.stream", "request"), ("messages.parse", "request"),
    ("beta.messages.tool_runner", "request"), ("messages.batches.create", "request"),
    ("embeddings.create", "embedding"), ("models.generate_content", "request"),
    ("models.generate_content_stream", "request"), ("models.embed_content", "embedding"),
    ("models.generate_images", "request"), ("models.generate_videos", "request"),
    ("generate_content", "request"), ("generate_content_async", "request"),
    ("images.generate", "request"), ("images.edit", "request"),
    ("audio.transcriptions.create", "request"), ("audio.speech.create", "request"),
    ("audio.translations.create", "request"), ("moderations.create", "request"),
    ("chat.complete", "request"), ("chat.complete_async", "request"),
    ("chat.stream_async", "request"), ("chat.parse", "request"),
    ("converse", "request"), ("converse_stream", "request"), ("invoke_model", "request"),
    ("invoke_model_with_response_stream", "request"), ("ChatCompletion.create", "request"),
    ("ChatCompletion.acreate", "request"), ("Completion.create", "request"),
    ("Embedding.create", "embedding"), ("chat_completion", "request"),
    ("text_generation", "request"), ("feature_extraction", "embedding"),
    ("runs.create", "run"), ("runs.create_and_poll", "run"), ("runs.stream", "run"),
    ("assistants.create", "agent"), ("Generation.call", "request"),
    ("MultiModalConversation.call", "request"), ("embed_content", "embedding"),
    ("ImageSynthesis.call", "request"), ("TextEmbedding.call", "embedding"),
    ("Moderation.create", "request"), ("Moderation.acreate", "request"),
    ("Image.create", "request"),
    ("Edit.create", "request"), ("Audio.transcribe", "request"), ("Audio.translate", "request"),
    ("Completion.acreate", "request"), ("Embedding.acreate", "embedding"),
    ("Complete.create", "request"), ("images.create_variation", "request"),
    ("completions.with_raw_response.create", "request"),
    ("responses.with_raw_response.create", "request"), ("responses.compact", "request"),
    ("messages.with_raw_response.create", "request"),
    ("chat.completions.with_streaming_response.create", "request"),
    ("audio.speech.with_streaming_response.create", "request"),
    ("create_and_run", "run"), ("create_and_run_poll", "run"), ("runs.create_and_stream", "run"),
    ("chat.create_stream", "request"), ("agents.complete", "request"), ("agents.stream", "request"),
    ("fim.complete", "request"), ("ocr.process", "request"),
    ("predictions.create", "request"), ("deployments.predictions.create", "request"),
    ("interactions.create", "request"), ("models.edit_image", "request"),
    ("live.connect", "request"), ("aio.live.connect", "request"), ("realtime.connect", "request"),
    ("realtime.beta.connect", "request"),
    ("invoke_agent", "run"), ("retrieve_and_generate", "run"), ("invoke_flow", "run"),
    ("invoke_inline_agent", "run"), ("invoke_agent_runtime", "run"),
    ("text_to_image", "request"),
    ("get_chat_message_contents", "request"),
    ("get_chat_message_content", "request"), ("get_streaming_chat_message_contents", "request"),
    ("invoke_prompt", "request"), ("invoke_prompt_stream", "request"),
    ("generate_content_stream", "request"), ("model_api.invoke", "request"),
    ("model_api.sse_invoke", "request"), ("model_api.async_invoke", "request"),
    ("chat.asyncCompletions.create", "request"), ("initiate_chats", "run"),
    ("initiate_chat", "run"), ("a_initiate_chat", "run"), ("structured_predict", "request"),
    ("astructured_predict", "request"), ("stream_structured_predict", "request"),
)  # fmt: skip
FUNCTIONS = {
    "litellm.completion": "request", "litellm.acompletion": "request",
    "litellm.embedding": "embedding", "litellm.aembedding": "embedding",
    "litellm.responses": "request", "litellm.aresponses": "request",
    "litellm.text_completion": "request", "litellm.image_generation": "request",
    "ollama.chat": "request", "ollama.generate": "request", "ollama.embeddings": "embedding",
    "ollama.embed": "embedding", "replicate.run": "request", "claude_agent_sdk.query": "run",
    "magentic.prompt": "request", "aisuite.completion": "request",
    "pydantic_ai.direct.model_request": "request",
    "direct.model_request": "request", "direct.model_request_sync": "request",
    "direct.model_request_stream": "request", "direct.model_request_stream_sync": "request",
    "litellm.batch_completion": "request", "litellm.atext_completion": "request",
    "litellm.aimage_generation": "request", "litellm.transcription": "request",
    "litellm.atranscription": "request", "litellm.speech": "request", "litellm.aspeech": "request",
    "litellm.moderation": "request", "litellm.amoderation": "request", "litellm.rerank": "request",
    "litellm.arerank": "request", "litellm.completion_with_retries": "request",
    "litellm.image_edit": "request", "replicate.stream": "request",
    "replicate.async_run": "request", "replicate.async_stream": "request",
    "google.generativeai.generate_text": "request", "google.generativeai.chat": "request",
    "google.generativeai.chat_async": "request", "guidance.gen": "request",
    "guidance.select": "request", "marvin.cast": "request", "marvin.extract": "request",
    "marvin.classify": "request", "marvin.generate": "request", "marvin.run": "request",
    "marvin.summarize": "request", "marvin.say": "request", "controlflow.run": "run",
    "cohere.chat": "request", "mlx_lm.generate": "request", "mlx_lm.stream_generate": "request",
    "mlx_vlm.generate": "request", "g4f.ChatCompletion.create": "request",
    "openai.moderations.create": "request", "any_llm.completion": "request",
    "any_llm.acompletion": "request", "claude_code_sdk.query": "run",
}  # fmt: skip
CLIENT_METHODS = {
    "ollama": {"chat": "request", "generate": "request", "embeddings": "embedding",
    "embed": "embedding"},
    "cohere": {"chat": "request", "chat_stream": "request", "generate": "request",
               "embed": "embedding", "rerank": "request"},
    "oci": {"chat": "request", "embed_text": "embedding"},
    "xinference": {"chat": "request", "generate": "request"},
    "xinference_client": {"chat": "request", "generate": "request"},
    "qianfan": {"do": "request"},
    "vllm": {"generate": "request", "chat": "request"},
    "transformers": {"generate": "request"},
    "google": {"send_message": "request", "send_message_async": "request",
               "send_message_stream": "request"},
    "vertexai": {"predict": "request", "send_message": "request", "predict_streaming": "request"},
    "mistralai": {"chat": "request", "stream": "request"},
    "xai_sdk": {"sample": "request"},
    "zhipuai": {"sse_invoke": "request"},
    "g4f": {"create_async": "request"},
    "reka": {"chat": "request"},
    "erniebot": {"create": "request"},
    "voyageai": {"embed": "embedding"},
}  # fmt: skip
"""Methods that mean a model call when the file imports the package."""
EMBEDS = frozenset({
    "embed_query", "embed_documents", "aembed_query", "aembed_documents", "get_text_embedding",
    "get_query_embedding", "aget_text_embedding",
    "get_embeddings", "get_text_embedding_batch",
})  # fmt: skip
EMBED = re.compile(r"^a?(?:embed|encode)(?:_\w+)?$")
"""Methods of something named after embeddings."""
MAKERS_OF_OBJECTS = re.compile(r"(?:factory|registry|repository|serializer)$")
"""What makes or stores objects is asked for none of a model's answers."""
CALLED_MODELS = re.compile(r"(?:Model|LLM|LM|Llm)$")
"""Classes whose objects are called like functions."""
GRAPH_NAME = re.compile(r"(?:^|_)(?:graph|workflow)$")
GRAPHS = re.compile(r"^(?:langgraph\w*|langchain\w*|deepagents)$")
TEXT_KEYS = (
    "messages",
    "input",
    "contents",
    "prompt",
    "message",
    "user_input",
    "query",
    "task",
    "user_prompt",
    "text",
    "inputs",
    "system",
    "message_log",
)

TOOL_DECORATORS = frozenset({
    "tool", "tools", "function_tool", "tool_plain", "kernel_function", "ai_function", "ai_callable",
    "beta_tool", "beta_async_tool", "register_for_llm", "register_tool", "action", "ai_tool",
    "llm_tool", "agent_tool", "mcp_tool", "add_tool", "skill",
})  # fmt: skip
ACTION_OWNERS = re.compile(r"(?:registry|controller|tools|action_registry|toolkit)$")
TOOL_BASES = re.compile(
    r"^(?:Base|Structured|Async|Mcp|MCP|LLM|Llm)?Tool$|^(?:Base|Abstract)\w*Tool$"
)
TOOL_CALLS = frozenset({
    "Tool", "StructuredTool", "FunctionTool", "BaseTool", "from_function", "FunctionDeclaration",
    "from_defaults", "as_tool", "QueryEngineTool", "FunctionToolset", "ToolDefinition",
    "FunctionDefinition", "ToolParam", "from_fn", "DynamicTool", "RetrieverTool", "AgentTool",
    "create_retriever_tool", "ToolSchema", "AsyncFunctionTool",
})  # fmt: skip
TOOL_LISTS = frozenset({"tools", "functions", "tool_list", "toolset"})

TRACERS = re.compile(
    r"(?:^|\.)(?:traceable|observe|trace|traced|op|weave_op|span|workflow|task|track|instrument"
    r"|start_as_current_span|start_as_current_observation|start_span|langsmith_trace|logfire_span"
    r"|trace_tool|entrypoint|wrap_openai)$"
)
TRACING_LIBRARIES = re.compile(
    r"^(?:langsmith|langfuse|solvent|mlflow|opentelemetry|weave|phoenix|traceloop|logfire|opik"
    r"|lmnr|agentops|ddtrace|braintrust|helicone|arize|openinference|openllmetry)\b"
)
SPAN_MAKERS = frozenset({
    "create_span", "start_span", "start_as_current_span", "start_generation", "start_observation",
    "start_as_current_observation", "start_as_current_generation",
})  # fmt: skip
"""Calls that make a span by hand, whatever they are called on."""
TRACING_MODULES = re.compile(r"(?:^|[._])(?:observability|tracing|telemetry|instrumentation)\.\w+$")
"""Modules of the repository itself that wrap a tracing library."""
INSTRUMENTORS = re.compile(
    r"(?:^|\.)(?:(?P<who>\w+)Instrumentor|autolog|instrument_(?P<one>\w+)|instrument_all|init_traceloop)$"
)
