"""What an endpoint's refusal means, as one of our errors; every HTTP provider shares it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from solvent.errors import Denied, Invalid, NotFound, OverBudget, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from solvent.errors import SolventError

SHOWN_CHARS = 300
"""Characters of an endpoint's own words that an error carries."""


def refusal(
    endpoint: str, status: int, said: str, *, model: str, headers: Mapping[str, str], key: str
) -> SolventError:
    """Return the error for an HTTP status.

    Args:
        endpoint: Address that answered.
        status: HTTP status.
        said: The endpoint's own words.
        model: Model that was asked for.
        headers: Headers of the answer; `Retry-After` is told.
        key: Name of the environment variable that holds the key.
    """
    words = " ".join(said.split())[:SHOWN_CHARS]
    if status in {401, 403}:
        return Denied(f"`{endpoint}` does not accept the key: {words}", hint=f"export {key}=<key>")
    if status == 404:  # noqa: PLR2004  statuses are best known by number
        return NotFound(
            f"`{model}` is not offered by `{endpoint}`: {words}",
            hint="name a model it offers; its address may also lack a part such as /v1",
        )
    if status == 429:  # noqa: PLR2004
        wait = headers.get("retry-after", "")
        when = f"try again in {wait} s" if wait.isdigit() else "try again later"
        return OverBudget(f"`{endpoint}` takes no more requests for now: {words}", hint=when)
    if status >= 500 or status == 408:  # noqa: PLR2004
        return Unavailable(
            f"`{endpoint}` answers {status}: {words}", hint="try again later, or another endpoint"
        )
    return Invalid(f"`{endpoint}` refuses the request ({status})", hint=words)


@contextmanager
def told(library: Any, endpoint: str, *, model: str, key: str) -> Iterator[None]:
    """Turn what an official client raises inside the block into our errors.

    Args:
        library: The client's package; both name their errors alike.
        endpoint: Address that is asked.
        model: Model that is asked for.
        key: Name of the environment variable that holds the key.
    """
    try:
        yield
    except library.APIStatusError as error:
        raise refusal(
            endpoint,
            error.status_code,
            error.message,
            model=model,
            headers=error.response.headers,
            key=key,
        ) from error
    except (library.APIError, ValueError) as error:  # ValueError: what came is not JSON
        raise broken(endpoint, str(error)) from error


def broken(endpoint: str, said: str) -> SolventError:
    """Return the error for an answer that stopped or never came."""
    return Unavailable(
        f"`{endpoint}` cannot be used: {' '.join(said.split())[:SHOWN_CHARS]}",
        hint="look whether it runs; `providers.timeout_seconds` and `max_retries` bound the wait",
    )


def missing(package: str) -> SolventError:
    """Return the error for a client library that is not installed."""
    return NotFound(
        f"the client library `{package}` is not installed", hint="pip install 'solvent[providers]'"
    )
