"""clocks: the time of a practice may be moved; of nothing else."""
