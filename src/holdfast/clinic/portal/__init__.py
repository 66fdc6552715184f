"""A participant's own pages: what stands about them, what they fill by themselves, and leaving."""
