"""What pages ask the span store: SQL, each beside the rows it answers."""
