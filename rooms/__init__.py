"""The rules of a meeting, as pure functions: no await, clock, randomness, database or network."""
