"""How far what was said travels, and a warning when it travels faster than others did."""
