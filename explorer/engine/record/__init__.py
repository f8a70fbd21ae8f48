"""What an engine keeps on disk: events, checkpoints and kept moments, and what resuming needs of both."""
