"""People, roles, sign-in, and the one function that stands before every page."""
