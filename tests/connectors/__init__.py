"""The standard: what every connector must do, and how it must bear what networks do to it."""
