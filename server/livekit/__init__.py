"""The platform as a client of a media engine, its own or a LiveKit server: tokens, the Room Service and webhooks, nothing else."""
