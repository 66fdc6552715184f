"""Deciding: what may be done, what follows from what happened, and where everybody stands."""
