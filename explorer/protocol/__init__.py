"""The protocol of an engine's private socket: requests, answers, and the client that asks."""
