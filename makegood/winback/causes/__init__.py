"""Causes: what complaints and suggestions have in common, who mends it, and whether there are suddenly more of them."""
