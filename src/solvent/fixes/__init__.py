"""Fixes: changes to prompts that pay debt down, each judged by trying it on examples."""
