"""The price table: what a model costs at a provider, on the day the table was made."""

from __future__ import annotations

import gzip
import math
from dataclasses import astuple, fields, replace
from difflib import get_close_matches
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from solvent.errors import Invalid, NotFound
from solvent.records.price import Rates, Tier
from solvent.traces import model_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORM = "solvent-prices/1"
SHIPPED = Path(__file__).with_name("catalogue") / "prices.json.gz"
ANY = "*"
"""In a table of your own: whoever the provider is."""

_NOTES = frozenset({"mode", "deprecated_at", "max_input_tokens", "max_output_tokens", "tiers"})
_TEXTS = frozenset({"mode", "deprecated_at"})
_COUNTS = frozenset({"max_input_tokens", "max_output_tokens", "above"})
_NAMES = frozenset({"provider", "model", "price_version"})
_ROW = frozenset(f.name for f in fields(Rates)) - _NAMES
_STEP = frozenset(f.name for f in fields(Tier))
_REMEMBERED = 10_000
_LONGEST = 512
"""Names are chosen by senders: what is remembered of them is bounded."""


class PriceBook:
    """Answers what a model costs; a table of your own wins over the shipped one.

    Every answer carries the version of the table it comes from. Names are matched as
    `solvent.traces.model_names` says; two different models never share a price by likeness.
    """

    def __init__(self, tables: Iterable[_Table]) -> None:
        self._tables = tuple(tables)
        self._known: dict[tuple[str | None, str | None], Rates | str] = {}
        self.version = "+".join(table.version for table in self._tables)

    @classmethod
    def load(cls, own_path: str | Path = "") -> PriceBook:
        """Return the shipped table, with a table of your own in front of it if there is one.

        Raises:
            NotFound: There is no file at `own_path`.
            Invalid: It is not a price table; the message says which entry.
        """
        own = [_read(Path(own_path), own=True)] if str(own_path) else []
        return cls([*own, _read(SHIPPED, own=False)])

    def find(self, provider: str | None, model: str | None) -> Rates | None:
        """Return the rates of a model, or None when they are not known for certain."""
        found = self._look_up(provider, model)
        return None if isinstance(found, str) else found

    def why_not(self, provider: str | None, model: str | None) -> str | None:
        """Return why a model has no price, in words; None when it has one."""
        found = self._look_up(provider, model)
        return found if isinstance(found, str) else None

    def _look_up(self, provider: str | None, model: str | None) -> Rates | str:
        if len(model or "") + len(provider or "") > _LONGEST:
            return f"a name of more than {_LONGEST} characters is no model's name"
        key = (provider, model)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[key] = self._resolve(provider, model)
        return found

    def _resolve(self, provider: str | None, model: str | None) -> Rates | str:
        if not model or not model.strip():
            return "the span names no model"
        reason = ""
        for table in self._tables:
            found = table.look_up(provider, model)
            if isinstance(found, Rates):
                return found
            reason = reason or found
        return reason or f"no price of `{model}`" + (f" at `{provider}`" if provider else "")


class _Table:
    """One file of prices, indexed by provider and name.

    Args:
        models: Rows by provider and name.
        version: Goes with every answer.
        sellers: How many must list a model at one price before it is anybody's price.
    """

    def __init__(
        self, models: Mapping[str, Mapping[str, Mapping[str, Any]]], version: str, sellers: int
    ) -> None:
        self.version = version
        self._fewest = sellers
        self._rows: dict[str, dict[str, tuple[str, Mapping[str, Any]]]] = {}
        for provider, rows in models.items():
            key = (model_names.providers_of(provider) or (provider,))[0]
            here = self._rows.setdefault(key, {})
            here.update((name.lower(), (name, row)) for name, row in rows.items())
        self._normal: dict[str, dict[str, list[str]]] = {}
        self._sold_by: dict[str, list[str]] = {}

    def look_up(self, provider: str | None, model: str) -> Rates | str:
        """Return the rates, or the reason why there is no certain answer (empty: not listed)."""
        name = model_names.spelled(model)
        group = model_names.providers_of(provider)
        split = model_names.prefix(name, self._rows)
        if group is not None and group != ("openai",):
            own_prefix = split and set(model_names.providers_of(split[0]) or ()) & set(group)
            return self._at(group, split[1] if split and own_prefix else name) or ""
        if group is not None and (found := self._at(group, name)):
            return found
        if split is not None:
            # The name says who sells it. With `openai` as provider too: that is then the wire
            # format of a compatible server, not the seller.
            return self._at(model_names.providers_of(split[0]) or (), split[1]) or ""
        return "" if group is not None else self._anywhere(name)

    def _anywhere(self, name: str) -> Rates | str:
        maker = model_names.first_party(model_names.normal(name))
        if maker and (found := self._at(maker, name)):
            return found
        sellers = self._sellers().get(model_names.normal(name), [])
        found_some = [found for seller in sellers if (found := self._in(seller, name))]
        rates = [found for found in found_some if isinstance(found, Rates)]
        if not found_some:
            return ""
        if len(rates) < len(found_some) or not _agree(rates):
            return f"ambiguous: providers ask different prices for `{name}` and none is named"
        if len(rates) < self._fewest:
            # Open weights run anywhere: that one seller is listed does not make him the one.
            return f"no provider is named, and `{name}` is listed for `{rates[0].provider}` alone"
        return rates[0]

    def _at(self, group: tuple[str, ...], name: str) -> Rates | str | None:
        for provider in (*group, ANY):
            if provider in self._rows and (found := self._in(provider, name)) is not None:
                return found
        return None

    def _in(self, provider: str, name: str) -> Rates | str | None:
        rows = self._rows[provider]
        for exact in (name, model_names.undated(name)):
            if exact in rows:
                return self._rates(provider, exact)
        keys = self._spellings(provider).get(model_names.normal(name), [])
        here = model_names.region(name)
        keys = [key for key in keys if model_names.region(key) == here] or keys
        rates = [self._rates(provider, key) for key in keys]
        if rates and not _agree(rates):
            return f"ambiguous: `{name}` is several entries of `{provider}`, differently priced"
        return rates[-1] if rates else None

    def _spellings(self, provider: str) -> dict[str, list[str]]:
        if provider not in self._normal:
            index: dict[str, list[str]] = {}
            for key in self._rows[provider]:
                index.setdefault(model_names.normal(key), []).append(key)
            self._normal[provider] = index
        return self._normal[provider]

    def _sellers(self) -> dict[str, list[str]]:
        if not self._sold_by:
            for provider in self._rows:
                for name in self._spellings(provider):
                    self._sold_by.setdefault(name, []).append(provider)
        return self._sold_by

    def _rates(self, provider: str, key: str) -> Rates:
        name, row = self._rows[provider][key]
        return _rates_of(provider, name, row, self.version)


def _agree(rates: list[Rates]) -> bool:
    return len({astuple(_money(rate)) for rate in rates}) == 1


def _money(rates: Rates) -> Rates:
    return replace(
        rates, provider="", model="", mode="", price_version="", deprecated_at=None,
        max_input_tokens=None, max_output_tokens=None,
    )  # fmt: skip


def _rates_of(provider: str, model: str, row: Mapping[str, Any], version: str) -> Rates:
    tiers = tuple(Tier(**_per_token(step)) for step in row.get("tiers", ()))
    rest = {name: value for name, value in row.items() if name != "tiers"}
    return Rates(provider, model, version, **_per_token(rest), tiers=tiers)


def _per_token(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value if name in _NOTES or name in _COUNTS else value / 1e6
        for name, value in row.items()
    }


def _read(path: Path, *, own: bool) -> _Table:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NotFound(
            f"the price table `{path}` cannot be read: {error.strerror}",
            hint="check `prices` under `[ledger]` in solvent.toml",
        ) from error
    try:
        table = orjson.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    except (ValueError, OSError, EOFError) as error:
        raise Invalid(f"`{path}` is not JSON: {error}", hint="see docs/guide/prices.md") from error
    if own:
        _check(table, path)
    digest = blake2b(data, digest_size=4).hexdigest()
    day = table.get("date", "undated")
    version = f"{'own-' if own else ''}{day}-{digest}"
    return _Table(table["models"], version, sellers=1 if own else 2)


def _check(table: Any, path: Path) -> None:
    """Refuse a table that would price wrongly or silently ignore what somebody wrote."""
    hint = (
        f'write {{"form": "{FORM}", "models": {{"<provider>": {{"<model>": {{"input": 2.5}}}}}}}}'
    )
    if not isinstance(table, dict) or table.get("form") != FORM:
        raise Invalid(f"`{path}` is not a price table of form `{FORM}`", hint=hint)
    if not isinstance(table.get("date", ""), str):
        raise Invalid(f"`date` in `{path}` is not text", hint="write it as YYYY-MM-DD")
    models = table.get("models")
    if not isinstance(models, dict):
        raise Invalid(f"`models` in `{path}` is not an object", hint=hint)
    for provider, rows in models.items():
        if not isinstance(rows, dict):
            raise Invalid(f"`models.{provider}` in `{path}` is not an object", hint=hint)
        for model, row in rows.items():
            _check_row(row, _ROW, f"`{provider}/{model}` in `{path}`")


def _check_row(row: Any, known: frozenset[str], where: str) -> None:
    if not isinstance(row, dict) or "input" not in row:
        raise Invalid(f"{where} has no `input` price", hint="give it in USD per million tokens")
    for name, value in row.items():
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"did you mean `{close[0]}`?" if close else f"known: {', '.join(sorted(known))}"
            raise Invalid(f"`{name}` of {where} is not a field", hint=hint)
        if name == "tiers" and isinstance(value, list):
            for step in value:
                _check_row(step, _STEP, f"a tier of {where}")
        elif not _plausible(name, value):
            raise Invalid(f"`{name}` of {where} is {value!r}", hint=_wanted(name))
    if known is _STEP and "above" not in row:
        raise Invalid(f"{where} has no `above`", hint="say above how many input tokens it holds")


def _plausible(name: str, value: Any) -> bool:
    if name in _TEXTS:
        return isinstance(value, str)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        return False
    return isinstance(value, int) if name in _COUNTS else math.isfinite(value)


def _wanted(name: str) -> str:
    if name in _TEXTS:
        return "give text"
    return "give a count of tokens" if name in _COUNTS else "give USD per million tokens, 0 or more"
