"""Run the command line as a module: `python -m solvent.cli`."""

from solvent.cli import main

main()
