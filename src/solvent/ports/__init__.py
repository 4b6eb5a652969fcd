"""What the inside needs from outside, as protocols."""
