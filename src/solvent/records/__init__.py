"""The nouns: frozen, without behaviour, importable by everyone."""
