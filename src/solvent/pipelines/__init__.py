"""Pipelines: which steps there are, how they hang together, and which one is to blame."""
