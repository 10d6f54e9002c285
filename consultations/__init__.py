"""The rules of a consultation, as pure functions: no await, clock, randomness, database or network."""
