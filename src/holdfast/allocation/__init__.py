"""Blocks, strata, slots and kits, sealing; the key is a value of its own, never a record."""
