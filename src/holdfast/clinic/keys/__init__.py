"""Encryption at rest: the master key, data keys of bodies, identities apart from records."""
