"""What an engine keeps on disk: events, checkpoints, and what a resume needs of both."""
