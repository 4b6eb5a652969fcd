"""Prompts keep their subject although their text changes."""

from __future__ import annotations

from solvent.debt.families import list_families
from solvent.testing.project import evidence_of


def subjects(project):
    with evidence_of(project) as evidence:
        return {
            f.subject: (f.texts, f.requests) for f in list_families(evidence, least=1, limit=99)
        }


def test_the_name_the_sender_gives_comes_first():
    assert subjects("""
        traces:
          - steps:
              - {llm: gpt-4o, prompt: support@3, agent: clerk, system: Be kind., input: a}
              - {llm: gpt-4o, agent: clerk, system: Be brief and true., input: a}
              - {llm: gpt-4o, name: chat gpt-4o, system: Sum up., input: a}
        """) == {"prompt:support@3": (1, 1), "prompt:clerk": (1, 1), "prompt:chat": (1, 1)}


def test_texts_of_one_template_are_one_prompt():
    found = subjects("""
        traces:
          - repeat: 12
            steps:
              - {llm: gpt-4o, agent: clerk, system: "It is day {n}. Be kind to callers.", input: a}
        """)
    assert found == {"prompt:clerk": (12, 12)}


def test_a_named_prompt_is_one_whatever_its_texts():
    found = subjects("""
        traces:
          - steps:
              - {llm: gpt-4o, prompt: a, system: Be kind to callers., input: a}
              - {llm: gpt-4o, prompt: a, system: Write French prose about rivers., input: a}
        """)
    assert found == {"prompt:a": (2, 2)}


def test_two_templates_of_one_agent_are_told_apart_by_their_first_words():
    found = subjects("""
        traces:
          - repeat: 9
            steps:
              - {llm: gpt-4o, agent: clerk, system: Be kind to all callers., input: a}
          - steps:
              - {llm: gpt-4o, agent: clerk, system: Write French prose about rivers., input: a}
        """)
    assert found == {
        "prompt:clerk": (1, 9),
        "prompt:clerk/write-french-prose-about-rivers": (1, 1),
    }


def test_two_equally_used_templates_are_both_told_apart():
    found = subjects("""
        traces:
          - steps:
              - {llm: gpt-4o, agent: clerk, system: Be kind to all callers., input: a}
              - {llm: gpt-4o, agent: clerk, system: Write French prose about rivers., input: a}
        """)
    assert set(found) == {
        "prompt:clerk/be-kind-to-all-callers",
        "prompt:clerk/write-french-prose-about-rivers",
    }


REGISTERED = """
prompts:
  sent: {versions: [{text: "You sort the mail of the shop {{shop}} into piles."}]}
  kept:
    versions: [{text: Count the parcels.}, {text: Count the parcels twice.}]
    aliases: {production: 1}
traces:
  - repeat: 30
    steps:
      - {llm: gpt-4o, prompt: mail, input: hi,
         system: You sort the mail of the shop Nord into piles.}
"""


def test_what_serves_in_the_registry_is_read_unless_traces_have_it():
    assert subjects(REGISTERED) == {"prompt:mail": (1, 30), "prompt:kept@1": (1, 0)}


def test_a_prompt_of_the_registry_and_the_code_is_one():
    project = (
        REGISTERED.partition("traces:")[0]
        + """
code:
  app.py: |
    PARCELS_PROMPT = "Count the parcels."
"""
    )
    with evidence_of(project) as evidence:
        found = {f.subject: f.where for f in list_families(evidence, least=1, limit=99)}
    assert found == {"prompt:sent@1": "in the registry", "prompt:kept@1": "in the registry"}
