"""Governance: what is spent, on which model, and what data it carries."""
