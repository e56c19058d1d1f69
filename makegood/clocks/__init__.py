"""When the shop is open, what it owes by when, and what was promised."""
