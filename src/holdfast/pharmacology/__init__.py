"""The day a dose makes: kinetics, effects, people who differ; arrays and cited figures, no study in sight."""
