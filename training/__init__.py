"""How the triage model that comes with Makegood is made: `make train`. Not part of the installed product."""
