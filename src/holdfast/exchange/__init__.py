"""What leaves for others, one file per standard; nothing of an arm, nothing of who withdrew."""
