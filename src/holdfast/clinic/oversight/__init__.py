"""Oversight: the report of a study, and the limits with who signed them."""
