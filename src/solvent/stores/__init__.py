"""Adapters: where spans, records and raw requests are kept."""
