"""The compiled study file: its parts, its rules, its rendering and its diff."""
