"""The append-only ledger: one writer, one reader, verification and rebuilding."""
