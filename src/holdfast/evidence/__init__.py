"""Published trials as data, their synthesis, and what may honestly be expected."""
