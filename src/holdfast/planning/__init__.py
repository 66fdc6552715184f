"""A study played, analysed and written down before its first participant."""
