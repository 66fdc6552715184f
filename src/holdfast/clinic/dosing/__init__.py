"""The dosing day: the sessions of a study, and the page beside the participant."""
