"""The front door of alerts."""
