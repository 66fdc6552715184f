"""The catalogue of instruments, one file per scale."""
