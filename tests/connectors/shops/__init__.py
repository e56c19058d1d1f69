"""The standard of shops: what every shop connector must do, and how it bears what happens to it."""
