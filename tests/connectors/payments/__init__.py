"""The standard for processors: what every payment connector must do, and how it must bear what happens to it."""
