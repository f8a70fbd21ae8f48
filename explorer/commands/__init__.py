"""The commands, one kind a file; each imports what is heavy only when it runs."""
