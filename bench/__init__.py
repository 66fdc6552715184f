"""Benchmarks: what was measured, with the peer beside it. Run by ``make bench``."""
