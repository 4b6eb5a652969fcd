"""Scripts and prompt files."""

from __future__ import annotations

import json

import pytest

from solvent.code.scan import scan
from solvent.settings import Code


def test_the_ai_sdk(tmp_path):
    (tmp_path / "route.ts").write_text(
        "import { streamText, tool } from 'ai';\n"
        "import { openai } from '@ai-sdk/openai';\n"
        "import { z } from 'zod';\n"
        "const rules = `You help ${name} with the orders\\nof a shop.`;\n"
        "export async function POST(req: Request) {\n"
        "  return streamText({ model: openai('gpt-4o'), system: rules, messages,\n"
        "    tools: { find: tool({ description: 'Find one order by its number.',\n"
        "      inputSchema: z.object({ id: z.string().describe('Its number') }) }) } });\n"
        "}\n"
    )
    result = scan(tmp_path, Code())
    [prompt] = result.prompts
    assert (prompt.role, prompt.variables, prompt.place.line) == ("system", ("name",), 4)
    [call] = result.calls
    assert (call.callee, call.model, call.library, call.function) == (
        "streamText", "gpt-4o", "ai", "POST",
    )  # fmt: skip
    [tool] = result.tools
    assert (tool.name, tool.parameters) == ("find", (("id", "Its number"),))


def test_a_served_tool_may_keep_its_name_and_config_apart(tmp_path):
    (tmp_path / "server.js").write_text(
        "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\n"
        "const name = 'echo';\n"
        "const config = { description: 'Say again what was said.', inputSchema: {} };\n"
        "server.registerTool(name, config, async (args) => args);\n"
    )
    [tool] = scan(tmp_path, Code()).tools
    assert (tool.name, tool.description) == ("echo", "Say again what was said.")


def test_a_bundle_is_not_read(tmp_path):
    line = "const prompt='You are a helpful assistant of a shop that sells tea to people';" * 50
    (tmp_path / "app.js").write_text("import 'openai';" + line)
    (tmp_path / "app.min.js").write_text("const systemPrompt = 'You help people with their tea.'")
    assert scan(tmp_path, Code()).prompts == ()


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("AGENTS.md", "Run the tests before you commit.", 1),
        (".claude/agents/reviewer.md", "Review every change carefully.", 1),
        ("prompts/triage.jinja", "Sort the mail of {{ customer }} into three folders.", 1),
        ("README.md", "You are reading the notes of a shop that sells tea and coffee.", 0),
        ("docs/prompts.md", "Write prompts that are short, and say what you want.", 0),
        ("templates/page.html.j2", "<html><body>You are in the shop of tea and coffee", 0),
        ("config/agents.yaml", "a:\n  role: Seller\n  goal: Sell tea\n  backstory: Old hand", 1),
        ("config/tasks.yaml", "t:\n  description: Sell tea to people\n  expected_output: money", 1),
        (
            "promptfooconfig.yaml",
            "prompts:\n  - 'Sort the mail of {{customer}} at once, please'",
            1,
        ),
        ("settings.toml", "system_prompt = 'Sort the mail of the customers at once.'", 1),
        ("package.json", json.dumps({"description": "Sort the mail of the system of a shop"}), 0),
        (".github/workflows/ci.yml", "on: push\njobs: {a: {steps: [{run: make the tests}]}}", 0),
    ],
)
def test_prompt_files(tmp_path, name, text, found):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert len(scan(tmp_path, Code()).prompts) == found


def test_a_tool_in_a_data_file(tmp_path):
    (tmp_path / "tools.json").write_text(
        json.dumps(
            [{"name": "find", "description": "Find it.", "input_schema": {"type": "object"}}],
            indent=1,
        )
    )
    [tool] = scan(tmp_path, Code()).tools
    assert (tool.name, tool.form) == ("find", "file")


def test_templates_and_tools_of_a_data_file(tmp_path):
    (tmp_path / "agent.yaml").write_text(
        "templates:\n"
        "  system_template: You solve issues in a repository.\n"
        "  next_step_template: 'The command printed this: {{observation}}'\n"
        "mail:\n"
        "  late_template: Your parcel will come a day later.\n"
        "tools:\n"
        "  find_file:\n"
        "    signature: find_file <name>\n"
        "    docstring: Finds files of a name.\n"
        "services:\n"
        "  web:\n"
        "    description: Serves pages.\n"
    )
    result = scan(tmp_path, Code())
    assert [p.place.line for p in result.prompts] == [2, 3]
    assert [(t.name, t.place.line) for t in result.tools] == [("find_file", 8)]
