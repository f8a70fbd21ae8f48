"""The views: each shows one aspect of a run, painted from a snapshot or an answer."""
