"""The sealed allocation key: the one room of the site that may know an arm."""
