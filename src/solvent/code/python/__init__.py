"""Python files, by their syntax tree."""
