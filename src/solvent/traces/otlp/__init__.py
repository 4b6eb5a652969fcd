"""OTLP over any of its wires: what a request brings, and the rows it becomes."""

from solvent.traces.otlp.requests import (
    JSON,
    PROTOBUF,
    Checked,
    Decoded,
    check,
    decode,
    decode_document,
)

__all__ = ["JSON", "PROTOBUF", "Checked", "Decoded", "check", "decode", "decode_document"]
