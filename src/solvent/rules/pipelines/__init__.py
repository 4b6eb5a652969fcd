"""Opaque pipelines: work done twice or in vain, and traces that cannot explain it."""
