"""The shipped protocol files and their assumptions (data)."""
