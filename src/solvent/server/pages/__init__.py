"""One page a file: `traces.py` makes the view, `traces.html` beside it shows it."""
