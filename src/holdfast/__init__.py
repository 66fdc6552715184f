"""Holdfast designs, runs and judges MDMA-assisted therapy for PTSD, from one protocol file."""

__version__ = "0.1.0"
