"""From a complaint to what became of the customer: the outcome chain, and whether those who complain buy again."""
