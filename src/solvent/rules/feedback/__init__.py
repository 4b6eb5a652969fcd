"""Inadequate feedback: answers that nobody judged."""
