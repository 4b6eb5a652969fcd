"""Prompt stuffing: what is said to the model too long, too often, too loudly, or out of date."""
