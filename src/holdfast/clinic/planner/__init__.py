"""The planner: a design simulated while one types, saved, compared and written out."""
