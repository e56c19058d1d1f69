"""`makegood manage password_link you@example.com`: a way back in where no mail is sent."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from makegood.accounts.api import new_password_link


class Command(BaseCommand):
    """Prints a link that lets one person choose a new password."""

    help = "Print a link with which this person can choose a new password."

    def add_arguments(self, parser: CommandParser) -> None:
        """One e-mail address."""
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints the link."""
        link = new_password_link(options["email"])
        if link is None:
            raise CommandError(f"Nobody signs in as {options['email']}.")
        self.stdout.write(link)
