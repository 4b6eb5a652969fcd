"""What an instrumented application imports: traces, and proof that they arrived."""
