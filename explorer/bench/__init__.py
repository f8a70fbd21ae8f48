"""What a training step costs here, against other ways to compute it: `gatescope bench`."""
