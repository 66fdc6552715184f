"""The participants of a study: who is due, the list, one participant's page, and the rater's tasks."""
