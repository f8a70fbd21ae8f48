"""Learning: batches, one step, its schedule and optimizer, health and evaluation. No disk, no socket."""
