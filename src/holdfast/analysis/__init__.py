"""Estimands to results; safety, blinding and the report; blinded until given the key."""
