"""A text-to-SQL application over World Cup statistics, traced with Solvent. See README.md."""
