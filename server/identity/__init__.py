"""Who one is and what one may do: accounts, sign-in codes, sessions, roles, and the one policy table."""
