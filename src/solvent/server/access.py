"""Who may: the few decisions that every request and every change passes through."""

from __future__ import annotations

import hmac
from hashlib import blake2b
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from solvent.errors import Denied

if TYPE_CHECKING:
    from fastapi import Request

    from solvent.settings import Settings

COOKIE = "solvent_session"
OPEN_PATHS = ("/static/", "/sign-in")


def is_loopback(host: str) -> bool:
    """Tell whether an address or name means this machine only."""
    if host in {"localhost", ""}:
        return host == "localhost"
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_token(given: str, settings: Settings) -> bool:
    """Tell whether this is the server's token; never when none is set."""
    token = settings.server.token
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def seal(token: str) -> str:
    """Return what the cookie holds: a hash, so that the token itself is not stored."""
    return blake2b(token.encode(), digest_size=24, person=b"solvent-cookie").hexdigest()


def need_read(request: Request, settings: Settings) -> None:
    """Let a request in, or say why not.

    Raises:
        Denied: A token is set and the request carries neither it nor the cookie; or no token is
            set and the request names another host, as a page of a stranger would after it changed
            its own address to this machine's (DNS rebinding).
    """
    token = settings.server.token
    if token:
        if request.url.path.startswith(OPEN_PATHS):
            return
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        cookie = request.cookies.get(COOKIE, "")
        bearer = scheme.lower() == "bearer" and is_token(given, settings)
        if not bearer and not hmac.compare_digest(cookie.encode(), seal(token).encode()):
            raise Denied("this server asks for its token", hint="open /sign-in")
        return
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    if is_loopback(settings.server.host) and not is_loopback(host):
        raise Denied(
            f"`{host}` is not a name of this machine",
            hint=f"open http://{settings.server.host}:{settings.server.port}",
        )


def need_change(request: Request, settings: Settings) -> None:
    """Let a change through only when it comes from our own pages or from a program.

    Raises:
        Denied: A browser says that another site sent it.
    """
    need_read(request, settings)
    site = request.headers.get("sec-fetch-site", "none")
    origin = request.headers.get("origin")
    ours = urlsplit(origin).netloc == request.headers.get("host") if origin else True
    if site not in {"same-origin", "none"} or not ours:
        raise Denied("another site sent this change", hint="use the page's own form")
