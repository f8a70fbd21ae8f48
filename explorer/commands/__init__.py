"""The commands, one file for each kind; each imports what is heavy only when it runs."""
