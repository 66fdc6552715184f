"""Forms drawn from the instruments and the study file: one way to draw, read and send any of them."""
