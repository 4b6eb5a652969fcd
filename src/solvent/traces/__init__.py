"""Any dialect in, one span table out; and what can be read from it: trees, costs, tokens."""
