"""Providers of language models: one file a wire format. See `solvent.ports.completions`."""
