"""The public test kit: small projects in YAML, deterministic ids and times."""
