"""What an engine keeps on disk: events and checkpoints, and what resuming needs of both."""
