"""Text of prompts: what it instructs, what repeats, what has gone stale. Pure functions."""
