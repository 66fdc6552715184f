"""Monitors that send their readings by themselves: tokens, what came, what became a record, the API."""
