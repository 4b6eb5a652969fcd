"""Blame across traces: which step do failures begin at, by comparing failed and passed traces."""
