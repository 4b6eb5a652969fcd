"""Evaluation: datasets, scorers, trials of a prompt over a dataset, and their paired comparison."""
