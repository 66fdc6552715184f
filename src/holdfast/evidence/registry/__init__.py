"""The trial registry: what it says of MDMA trials in PTSD, read with distrust and kept with its date."""
