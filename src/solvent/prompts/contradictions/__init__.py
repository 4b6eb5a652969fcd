"""Instructions that cannot both be followed, found without a model by typed comparison."""
