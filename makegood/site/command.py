"""The `makegood` command. A part is loaded only when asked for, so that every process stays small."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from makegood.site.listen_command import add_listen_worker
from makegood.site.place import Place, PlaceError
from makegood.site.triage_command import add_triage

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one subcommand and returns the exit status: 0 when all is well."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["manage"]:
        return _manage(given[1:])
    asked = _parser().parse_args(given)
    try:
        status: int = asked.run_with(asked) if hasattr(asked, "run_with") else asked.run()
    except PlaceError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="makegood",
        description="Hear every complaint. Answer like a person. Make it good. Keep the customer.",
        epilog="MAKEGOOD_HOME says where the data lives, PORT and HOST where it is reached.",
    )
    commands = parser.add_subparsers(title="commands", metavar="command", required=True)

    def add(name: str, run: Callable[[], int], text: str) -> None:
        commands.add_parser(name, help=text, description=text).set_defaults(run=run)

    add("up", _up, "prepare the database and start everything, until Ctrl-C")
    add("status", _status, "what runs, how much memory it takes, and what waits")
    add("check", _check, "what is wrong with this set-up, in one sentence each")
    add("migrate", _migrate, "bring the database up to date")
    add("web", _web, "only the web process")
    add("worker", _worker, "only the worker")
    add("listen", _listen, "only the listener")
    add("prepare", _prepare, "migrate, and print the address to begin at")
    add("manage", lambda: 0, "Django's own commands, as in: makegood manage shell")
    add_listen_worker(commands, lambda: _begin(django=True))
    add_triage(commands, lambda: _begin(django=True))
    return parser


def _up() -> int:
    from makegood.site.up import up

    return up()


def _status() -> int:
    from makegood.site.status import status

    return status()


def _check() -> int:
    from makegood.site.check import check

    return check()


def _web() -> int:
    _begin()
    import uvicorn

    place = Place.from_env()
    uvicorn.run(
        "makegood.site.asgi:application",
        host=place.host,
        port=place.port,
        loop="asyncio",
        http="h11",
        ws="none",
        interface="asgi3",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        # Open pages hold an event stream for ever; they come back by themselves.
        timeout_graceful_shutdown=3,
    )
    return 0


def _worker() -> int:
    _begin(django=True)
    from makegood.jobs.worker import main as work
    from makegood.site.pipeline import wire

    wire()
    work()
    return 0


def _listen() -> int:
    _begin(django=True)
    from makegood.listen.listener import main as listen

    listen()
    return 0


def _migrate() -> int:
    _begin(django=True)
    import psycopg
    from django.core.management import call_command
    from django.db import Error

    from makegood.jobs import api as jobs

    try:
        call_command("migrate", verbosity=0, interactive=False)
        jobs.prepare()
    except (Error, psycopg.Error) as error:
        print(f"The database cannot be used: {error}", file=sys.stderr)
        return 1
    return 0


def _prepare() -> int:
    failed = _migrate()
    if not failed:
        from makegood.accounts import api as accounts

        # Nobody but whoever sees this terminal may set up a Makegood that others can reach.
        new = accounts.setup_code_needed() and not accounts.any_user_exists()
        print(accounts.setup_link() if new else Place.from_env().url)
    return failed


def _manage(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["makegood manage", *arguments])
    return 0


def _begin(*, django: bool = False) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
    from makegood.site.parent import stop_with_parent

    stop_with_parent()
    if django:
        from django import setup

        setup()


if __name__ == "__main__":
    sys.exit(main())
