"""The kinds of fact, the envelope they travel in, the chain that holds them, corrections."""
