"""Times a training step on this machine against other ways to compute it: `gatescope bench`."""
