"""The Course of a trial: drawn at once, played through conduct or turned into arrays."""
