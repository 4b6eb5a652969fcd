"""Knowledge: the tables, columns, documents and chunks that an application answers from."""
