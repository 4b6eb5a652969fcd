"""A repository on disk: its model call sites, prompts and tool definitions.

Files are read and parsed, never imported or run.
"""
