"""Outgoing mail: the letters, and how they leave the house."""
