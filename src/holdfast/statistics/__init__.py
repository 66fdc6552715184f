"""Statistics on arrays: mixed models for repeated measures and what later rooms need; no study in sight."""
