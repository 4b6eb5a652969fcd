"""The pipeline map: which steps run, what follows what, and how it is drawn."""
