"""One-time links to a participant's own pages, and who is told of what was answered there."""
