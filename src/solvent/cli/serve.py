"""Take traces in and show the ledger, on http://127.0.0.1:7117."""

from __future__ import annotations

from dataclasses import replace

import click

EXAMPLES = """\b
Examples:
  solvent serve
  solvent serve --port 8000
  SOLVENT_SERVER_TOKEN=… solvent serve --host 0.0.0.0
"""


@click.command(help=__doc__, epilog=EXAMPLES)
@click.option("--host", help="Address to listen on; any but loopback needs a token.")
@click.option("--port", type=int, help="Port to listen on.")
def command(host: str | None, port: int | None) -> None:
    """Serve this folder until interrupted."""
    from solvent.server.serving import serve
    from solvent.settings import find_folder, load

    settings = load(find_folder())
    server = replace(
        settings.server, host=host or settings.server.host, port=port or settings.server.port
    )
    serve(replace(settings, server=server), ready=_say)


def _say(address: str) -> None:
    click.echo(f"Solvent serves {address}  (stop with Ctrl-C)")
    click.echo(f"  send traces with OTEL_EXPORTER_OTLP_ENDPOINT={address}")
