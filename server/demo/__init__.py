"""The demo: an agency of a province that does not exist, accounts named by their roles, and three consultations."""
