"""The front door of clocks."""
