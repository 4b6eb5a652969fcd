"""Cost is a sum over buckets that anybody can redo by hand; unknown is said, never 0."""

import math
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.records.batch import Batch
from solvent.records.price import Rates, Tier, Usage
from solvent.records.span import Span
from solvent.traces.cost import price, price_spans
from solvent.traces.prices import PriceBook

BOOK = PriceBook.load()
PLAIN = Rates(
    "somebody", "m", "v1", 2e-6, 8e-6, cache_read=5e-7, cache_write=2.5e-6, cache_write_1h=4e-6,
    reasoning=9e-6, audio_input=1e-5, audio_output=2e-5, batch_input=1e-6, batch_output=4e-6,
    batch_cache_read=2.5e-7,
)  # fmt: skip
USED = Usage(1000, 500, 300, 200, 50, 100, 40, 20)

tokens = st.integers(0, 10**9)
money = st.floats(1e-9, 1e-3)


@st.composite
def usages(draw):
    """Usage made of buckets, so that its parts always fit its totals."""
    fresh, read, write, hour, audio = (draw(tokens) for _ in range(5))
    text, thought, spoken = (draw(tokens) for _ in range(3))
    return Usage(
        fresh + read + write + hour + audio, text + thought + spoken, read, write + hour, hour,
        thought, audio, spoken,
    )  # fmt: skip


@st.composite
def rates(draw, tiers=True):
    """Rates with any of them unknown, dearer above each threshold."""
    known = {
        f.name: draw(st.none() | money)
        for f in fields(Rates)
        if f.name not in {"provider", "model", "price_version", "input", "tiers", "mode",
                          "max_input_tokens", "max_output_tokens", "deprecated_at"}
    }  # fmt: skip
    made = Rates(draw(st.sampled_from(["openai", "anthropic", "gemini", "other"])), "m", "v",
                 draw(money), **known)  # fmt: skip
    steps = []
    for above in sorted(draw(st.sets(st.integers(1, 10**9), max_size=3))) if tiers else ():
        factor = 1.5 ** (len(steps) + 1)
        steps.append(Tier(above, made.input * factor, *(
            rate and rate * factor for rate in (
                made.output, made.cache_read, made.cache_write, made.cache_write_1h, made.reasoning)
        )))  # fmt: skip
    return replace(made, tiers=tuple(steps))


def test_the_sum_can_be_redone_by_hand():
    by_hand = (
        (1000 - 300 - 200 - 40) * 2e-6 + 300 * 5e-7 + (200 - 50) * 2.5e-6 + 50 * 4e-6 + 40 * 1e-5
        + (500 - 100 - 20) * 8e-6 + 100 * 9e-6 + 20 * 2e-5
    )  # fmt: skip
    cost = price(USED, PLAIN)
    assert cost.usd == pytest.approx(by_hand, rel=1e-12)
    assert (cost.source, cost.reason, cost.price_version) == ("computed", None, "v1")


def test_shipped_prices_give_the_published_price_of_a_request():
    # 10,000 input of which 8,000 cached, 500 output, at 2.50, 1.25 and 10 dollars per million.
    cost = price(Usage(10_000, 500, 8_000), BOOK.find("openai", "gpt-4o-2024-08-06"))
    assert cost.usd == pytest.approx((2_000 * 2.5 + 8_000 * 1.25 + 500 * 10) / 1e6)
    # 3 and 15 dollars; a read costs a tenth of the input, a write a quarter more.
    sonnet = BOOK.find("anthropic", "claude-sonnet-4-20250514")
    cost = price(Usage(10_000, 500, 8_000, 1_000), sonnet)
    assert cost.usd == pytest.approx((1_000 * 3 + 8_000 * 0.3 + 1_000 * 3.75 + 500 * 15) / 1e6)
    # Above 200,000 tokens the whole request is dearer, not only what is above.
    cost = price(Usage(200_001, 500), sonnet)
    assert cost.usd == pytest.approx((200_001 * 6 + 500 * 22.5) / 1e6)
    cost = price(Usage(200_000, 500), sonnet)
    assert cost.usd == pytest.approx((200_000 * 3 + 500 * 15) / 1e6)


@pytest.mark.parametrize(
    ("sent", "received", "usd"), [(52_861, 326, 0.53839), (122_612, 1_369, 1.26719)]
)
def test_costs_that_others_recorded_come_out_again(sent, received, usd):
    """Two GPT-4 Turbo runs that SWE-agent keeps (MIT, tests/test_data/trajectories), of 2024."""
    rates = BOOK.find("openai", "gpt-4-1106-preview")
    assert price(Usage(sent, received), rates).usd == pytest.approx(usd, abs=5e-6)


def test_batch_rates_are_used_when_the_request_was_a_batch():
    assert price(Usage(100, 10, 40), PLAIN, batch=True).usd == pytest.approx(
        60 * 1e-6 + 40 * 2.5e-7 + 10 * 4e-6
    )
    unknown = price(Usage(100, 10, 0, 40), PLAIN, batch=True)
    assert unknown.usd is None
    assert "written to a cache" in unknown.reason


@pytest.mark.parametrize(
    ("usage", "reason"),
    [
        (Usage(None, 5), "input tokens were not reported"),
        (Usage(5, None), "output tokens were not reported"),
        (Usage(0, 0), "no tokens at all"),
        (Usage(-1, 5), "negative"),
        (Usage(math.nan, 5), "not a number"),
        (Usage(5, math.inf), "not a number"),
        (Usage(5, 5, -1), "negative"),
        (Usage(5, 5, 3, 3), "parts of the input"),
        (Usage(5, 5, 0, 2, 3), "for an hour"),
        (Usage(5, 5, reasoning_tokens=6), "parts of the output"),
    ],
)
def test_usage_that_cannot_be_true_has_no_cost(usage, reason):
    cost = price(usage, PLAIN)
    assert (cost.usd, cost.source, cost.price_version) == (None, None, None)
    assert reason in cost.reason


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("cache_read", "read from a cache"),
        ("cache_write", "written to a cache"),
        ("cache_write_1h", "for an hour"),
        ("audio_input", "audio input"),
        ("audio_output", "audio output"),
        ("output", "output"),
    ],
)
def test_a_bucket_without_a_rate_makes_the_cost_unknown(field, said):
    cost = price(USED, replace(PLAIN, **{field: None}))
    assert cost.usd is None
    assert said in cost.reason


def test_a_missing_rate_is_replaced_only_where_the_provider_says_by_what():
    bare = replace(PLAIN, cache_read=None, cache_write=None, cache_write_1h=None)
    used = Usage(100, 0, 50, 30, 10)
    assert price(used, bare).usd is None
    anthropic = price(used, replace(bare, provider="anthropic"))
    assert anthropic.usd == pytest.approx((20 + 50 * 0.1 + 20 * 1.25 + 10 * 2) * 2e-6)
    written = Usage(100, 0, 0, 30)
    assert price(written, replace(bare, provider="openai")).usd == pytest.approx(100 * 2e-6)
    assert price(used, replace(bare, provider="openai")).usd is None
    claude = replace(bare, provider="vertex_ai", model="claude-x")
    assert price(written, claude).usd is None
    heard = Usage(100, 0, audio_input_tokens=30)
    silent = replace(bare, audio_input=None)
    assert price(heard, silent).usd is None
    assert price(heard, replace(silent, provider="gemini")).usd == pytest.approx(100 * 2e-6)


def test_reasoning_without_a_rate_of_its_own_is_output():
    assert price(Usage(0, 100, reasoning_tokens=60), replace(PLAIN, reasoning=None)).usd == (
        pytest.approx(100 * 8e-6)
    )


def test_no_rates_no_cost():
    cost = price(USED, None)
    assert (cost.usd, cost.source) == (None, None)
    assert cost.reason


@given(usages(), rates(), st.booleans())
def test_a_cost_is_never_negative_and_unknown_is_never_zero(usage, rate, batch):
    cost = price(usage, rate, batch=batch)
    if cost.usd is None:
        assert cost.source is None
        assert cost.reason
        assert cost.price_version is None
    else:
        assert math.isfinite(cost.usd)
        assert cost.usd > 0
        assert cost.source == "computed"
        assert cost.reason is None
        assert cost.price_version == "v"


@given(usages(), rates(), st.integers(1, 10**9), st.integers(0, 7))
def test_more_tokens_never_cost_less(usage, rate, more, bucket):
    grown = [
        replace(usage, input_tokens=usage.input_tokens + more),
        replace(usage, output_tokens=usage.output_tokens + more),
        replace(usage, input_tokens=usage.input_tokens + more,
                cache_read_tokens=usage.cache_read_tokens + more),
        replace(usage, input_tokens=usage.input_tokens + more,
                cache_write_tokens=usage.cache_write_tokens + more),
        replace(usage, input_tokens=usage.input_tokens + more,
                cache_write_tokens=usage.cache_write_tokens + more,
                cache_write_1h_tokens=usage.cache_write_1h_tokens + more),
        replace(usage, output_tokens=usage.output_tokens + more,
                reasoning_tokens=usage.reasoning_tokens + more),
        replace(usage, input_tokens=usage.input_tokens + more,
                audio_input_tokens=usage.audio_input_tokens + more),
        replace(usage, output_tokens=usage.output_tokens + more,
                audio_output_tokens=usage.audio_output_tokens + more),
    ][bucket]  # fmt: skip
    before, after = price(usage, rate).usd, price(grown, rate).usd
    if before is not None and after is not None:
        assert after >= before * (1 - 1e-12)


@given(usages(), rates(), st.integers(0, 10**9))
def test_reading_from_a_cache_never_costs_more_when_its_rate_is_lower(usage, rate, share):
    rate = replace(rate, tiers=())
    fresh = (usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens
             - usage.audio_input_tokens)  # fmt: skip
    cached = replace(usage, cache_read_tokens=usage.cache_read_tokens + min(share, fresh))
    before, after = price(usage, rate).usd, price(cached, rate).usd
    if before is not None and after is not None and (rate.cache_read or 0) <= rate.input:
        assert after <= before * (1 + 1e-12)


@given(usages(), usages(), rates(tiers=False))
def test_two_requests_cost_what_their_sum_costs(one, two, rate):
    both = Usage(*(getattr(one, f.name) + getattr(two, f.name) for f in fields(Usage)))
    costs = [price(usage, rate).usd for usage in (one, two, both)]
    if None not in costs:
        assert costs[0] + costs[1] == pytest.approx(costs[2], rel=1e-9)


def span(**changes):
    given = {
        "id": 1, "project": "p", "trace_id": "a" * 32, "span_id": "b" * 16, "parent_id": None,
        "type": "llm", "name": "chat", "started_at": 0, "provider": "openai", "model": "gpt-4o",
        "input_tokens": 1000, "output_tokens": 100,
    }  # fmt: skip
    return Span(**(given | changes))


def priced(**changes):
    (found,) = price_spans(Batch([span(**changes)]), BOOK).spans
    return found


def test_spans_are_priced_where_no_cost_was_reported():
    found = priced(cache_read_tokens=400)
    assert found.cost_usd == pytest.approx((600 * 2.5 + 400 * 1.25 + 100 * 10) / 1e6)
    assert (found.cost_source, found.price_version) == ("computed", BOOK.version)
    assert found._replace(cost_usd=None, cost_source=None, price_version=None) == span(
        cache_read_tokens=400
    )


def test_a_reported_cost_stays_unless_it_is_none():
    assert priced(cost_usd=0.5) == span(cost_usd=0.5, cost_source="reported")
    assert priced(cost_usd=0.5, cost_source="reported").cost_usd == 0.5
    assert priced(type="agent", cost_usd=0.5).cost_usd == 0.5
    for broken in (math.nan, math.inf, -1.0):
        assert priced(cost_usd=broken, cost_source="reported").cost_source == "computed"
        unknown = priced(cost_usd=broken, cost_source="reported", model="nobody-knows")
        assert (unknown.cost_usd, unknown.cost_source) == (None, None)
        agent = priced(type="agent", cost_usd=broken, cost_source="reported")
        assert (agent.cost_usd, agent.cost_source) == (None, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "agent"},
        {"type": "tool"},
        {"model": None},
        {"model": "gpt-4o-mega"},
        {"provider": "vllm"},
        {"input_tokens": None},
        {"output_tokens": None},
        {"input_tokens": 0, "output_tokens": 0},
        {"cache_read_tokens": 2000},
        {"input_tokens": -5},
        {"reasoning_tokens": 101},
    ],
)
def test_spans_whose_cost_is_not_known_stay_without(changes):
    assert priced(**changes) == span(**changes)


def test_embeddings_need_no_output():
    found = priced(type="embedding", model="text-embedding-3-small", output_tokens=None)
    assert found.cost_usd == pytest.approx(1000 * 0.02 / 1e6)


def test_contents_and_order_of_a_batch_are_kept():
    batch = Batch([span(id=n, type=t) for n, t in enumerate(["llm", "tool", "agent", "llm"])])
    done = price_spans(batch, BOOK)
    assert [s.id for s in done.spans] == [0, 1, 2, 3]
    assert done.contents is batch.contents
    assert done.assessments is batch.assessments
    assert batch.spans[0].cost_usd is None


class OneModel:
    """A book with one model in it."""

    def __init__(self, rates):
        self.rates = rates

    def find(self, provider, model):
        return self.rates


@given(usages(), rates())
def test_spans_cost_what_their_usage_costs(usage, rate):
    usage = replace(
        usage, cache_write_1h_tokens=0, audio_input_tokens=0, audio_output_tokens=0,
        output_tokens=usage.output_tokens - usage.audio_output_tokens,
    )  # fmt: skip
    sent = span(
        input_tokens=usage.input_tokens, output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens, cache_write_tokens=usage.cache_write_tokens,
        reasoning_tokens=usage.reasoning_tokens,
    )  # fmt: skip
    (found,) = price_spans(Batch([sent]), OneModel(rate)).spans
    cost = price(usage, rate)
    assert (found.cost_usd, found.cost_source) == (
        (None, None) if cost.usd is None else (pytest.approx(cost.usd, rel=1e-12), "computed")
    )
