"""A prompt as a DSPy program that asks exactly what the application would ask.

DSPy's adapters wrap a prompt in a format of their own; what is optimized would then not be what is
deployed. Here the messages are the prompt's own, and the answer is the completion's text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dspy
from dspy import lm15

from solvent.errors import SolventError
from solvent.fixes.guards import within_budget
from solvent.fixes.wording import said
from solvent.records.completion import CompletionRequest, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from solvent.evals.trials import Bench
    from solvent.fixes.wording import Wording
    from solvent.records.dataset import Example

ANSWER = "answer"
FIELD = "field_{}"
"""Field of an input that a dataset calls what Python cannot."""


class BenchEngine:
    """DSPy's way to a model: through the provider of a bench, counted against its limit."""

    def __init__(self, bench: Bench, progress: Callable[[str], None] = lambda _: None) -> None:
        self._bench = bench
        self._progress = progress
        self.recorded = False
        """Whether any answer was a recording."""
        self.stopped: SolventError | None = None
        """Why the last call that failed did: DSPy keeps such errors to itself."""

    def complete(self, request: lm15.Request) -> lm15.Response:
        """Return the answer to one request."""
        system = request.system
        if system is not None and not isinstance(system, str):
            system = "".join(getattr(part, "text", "") for part in system)
        messages = [Message("system", system)] if system else []
        messages += [Message(m.role, m.text or "") for m in request.messages]
        asked = CompletionRequest(
            model=self._bench.model,
            messages=tuple(messages),
            temperature=request.config.temperature,
            max_tokens=request.config.max_tokens,
            metadata=self._bench.facts,
        )
        try:
            answer = self._bench.spending.ask(self._bench.provider, asked)
        except SolventError as error:
            self.stopped = error
            raise
        self._progress(f"searching: {self._bench.spending.calls:,} model calls")
        self.recorded = self.recorded or bool(answer.recorded)
        used = (answer.input_tokens, answer.output_tokens)
        return lm15.Response(
            id=None,
            model=answer.model,
            message=lm15.Message.assistant([lm15.TextPart(answer.text)]),
            finish_reason="stop",
            usage=lm15.Usage(input_tokens=used[0], output_tokens=used[1]),
        )

    def stream(self, request: lm15.Request) -> Iterator[Any]:
        """Yield the answer in one piece."""
        yield from lm15.response_to_events(self.complete(request))

    def close(self) -> None:
        """Do nothing: the provider is the bench's."""


class AsDeployed(dspy.Adapter):  # type: ignore[misc]  # dspy ships no types
    """Formats the program's prompt as the application does."""

    def __init__(self, wording: Wording, fields: Mapping[str, str]) -> None:
        super().__init__()
        self._wording = wording
        self._fields = fields

    def format(
        self, signature: Any, demos: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]
    ) -> list[dict[str, str]]:
        """Return the messages."""
        turns = turns_of(demos, self._fields)
        asked = self._wording.saying(signature.instructions, turns).candidate()
        own = own_inputs(inputs, self._fields)
        return [{"role": m.role, "content": m.text} for m in asked.render(own)]

    def parse(self, signature: Any, completion: str) -> dict[str, str]:  # noqa: ARG002  DSPy's own
        """Return the completion as the answer."""
        return {ANSWER: completion}


class PromptProgram(dspy.Module):  # type: ignore[misc]  # dspy ships no types
    """One prompt, one call, one answer."""

    def __init__(self, wording: Wording, fields: Mapping[str, str]) -> None:
        super().__init__()
        shape: dict[str, Any] = {field: (str, dspy.InputField()) for field in fields.values()}
        shape[ANSWER] = (str, dspy.OutputField())
        self.predict = dspy.Predict(dspy.Signature(shape, wording.instructions))
        self._adapter = AsDeployed(wording, fields)
        self._fields = fields

    def forward(self, **inputs: Any) -> Any:
        """Answer one example; says with which instructions and turns."""
        with dspy.context(adapter=self._adapter):
            answer = self.predict(**inputs)
        # Underlined, or an optimizer that reads answers would read them too.
        answer._asked_with = (  # noqa: SLF001
            self.predict.signature.instructions,
            turns_of(self.predict.demos, self._fields),
        )
        return answer


def fields_of(examples: Sequence[Example]) -> dict[str, str]:
    """Return the program's field for each input that any example has: its name, where it can be."""
    taken = {ANSWER, "example", *dir(dspy.Example)}
    names = dict.fromkeys(name for example in examples for name in example.inputs)
    return {
        name: name if name.isidentifier() and name not in taken else FIELD.format(number)
        for number, name in enumerate(names)
    }


def own_inputs(inputs: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """Return a program's inputs under the names of the dataset."""
    return {name: inputs[field] for name, field in fields.items() if field in inputs}


def turns_of(
    demos: Sequence[Mapping[str, Any]], fields: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Return DSPy's demonstrations as what a user says and what is answered."""
    return tuple((said(own_inputs(demo, fields)), str(demo[ANSWER])) for demo in demos)


def as_dspy(example: Example, fields: Mapping[str, str]) -> Any:
    """Return an example as DSPy's, with ours inside for the scorer."""
    inputs = {fields[name]: value for name, value in example.inputs.items()}
    expected = example.expected
    answer = expected if isinstance(expected, str) else str(expected)
    made = dspy.Example(**inputs, answer=answer, example=example)
    return made.with_inputs(*inputs)


def metric(
    bench: Bench,
    budget: int | None,
    weigh: Callable[[str, tuple[tuple[str, str], ...]], tuple[int, str]],
) -> Callable[..., Any]:
    """Return the objective: the score, less what the prompt is over its budget.

    Args:
        bench: Whose scorer judges.
        budget: Tokens that the prompt may have; None: any number.
        weigh: Tokens of a prompt by its instructions and turns, and why it is not allowed;
            the reason is empty when it is.
    """

    def judge(
        gold: Any, answer: Any, trace: Any = None, pred_name: Any = None, pred_trace: Any = None
    ) -> Any:
        del trace, pred_trace
        tokens, refused = weigh(*answer._asked_with)  # noqa: SLF001  set by the program
        score = bench.score(gold.example, answer.answer)
        value = 0.0 if refused else within_budget(score.value, tokens, budget)
        if pred_name is None:
            return value
        told = [score.why or ("right" if score.value == 1 else "not right"), refused]
        if budget is not None:
            told.append(f"the prompt has {tokens} tokens and may have {budget}")
        return dspy.Prediction(score=value, feedback="; ".join(part for part in told if part))

    return judge
