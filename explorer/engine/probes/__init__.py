"""Probes: questions to the weights, one a file; `registry` answers requests with them."""
