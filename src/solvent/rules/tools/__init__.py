"""Rules on tool sprawl."""
