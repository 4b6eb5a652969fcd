"""A report in the shape its reader needs: terminal, Markdown, JSON, SARIF."""
