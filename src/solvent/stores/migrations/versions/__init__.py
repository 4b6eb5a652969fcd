"""One file per version, only ever appended to."""
