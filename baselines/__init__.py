"""Baselines: the methods that any claim on the benchmark has to beat."""
