"""Probes: questions to the weights, one per file; `registry` dispatches requests to them."""
