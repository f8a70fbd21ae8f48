"""Training in several processes, started by torchrun: which one this is, and the group they form."""
