"""What an instrumented application imports: traces on OpenTelemetry, and proof that they arrived."""
