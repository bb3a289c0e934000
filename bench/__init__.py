"""Benchmarks: the registry against the bare statement, side by side in one run."""
