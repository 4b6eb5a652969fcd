"""Rules about what an application answers from: documents, chunks, tables, columns."""
