"""Records to analysis tables in ADaM terms; the key is an explicit argument."""
