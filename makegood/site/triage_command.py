"""`makegood triage`: how well it reads, on corrections or on a labelled file; and learning from corrections."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from makegood.accounts.api import Workspace
    from makegood.triage.api import Report, SmallHead

__all__ = ["add_triage"]

EMBEDDED = ("embedded", "linear", "encoder")


class CommandError(Exception):
    """Why a command cannot go on: a sentence that says what to do."""


def add_triage(commands: Any, begin: Callable[[], None]) -> None:
    """Adds `triage` with its own commands. `begin` sets Django up and is called when one of them runs."""
    text = "how well it reads, and learning from corrections"
    own = commands.add_parser("triage", help=text, description=text)
    parts = own.add_subparsers(title="commands", metavar="command", required=True)

    def add(name: str, run: Callable[[argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
        part: argparse.ArgumentParser = parts.add_parser(name, help=text, description=text)
        part.add_argument(
            "--workspace", metavar="NAME", help="which workspace, where there are several: name or number"
        )
        part.set_defaults(run_with=lambda given: _run(given, run, begin))
        return part

    look = add("evaluate", _evaluate, "how good the reading is on what members corrected and confirmed")
    look.add_argument("--file", metavar="CSV", help="on a labelled file: a column text, and columns intent, topic, ...")
    look.add_argument(
        "--with", dest="model", metavar="NAME", default="", help="embedded (as it comes), linear, encoder, or remote"
    )
    add("retrain", _retrain, "learn from corrections, and use it where it helps")
    add("back", _back, "go back to what was in use before the last retraining")


def _run(given: argparse.Namespace, run: Callable[[argparse.Namespace], None], begin: Callable[[], None]) -> int:
    begin()
    from makegood.triage.api import EvaluationError, ModelError

    try:
        run(given)
    except (CommandError, EvaluationError, ModelError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _workspace(given: argparse.Namespace) -> Workspace:
    from makegood.accounts.api import Workspace

    rows = list(Workspace.objects.order_by("id"))
    wanted = given.workspace
    if wanted is not None:
        rows = [row for row in rows if wanted == str(row.pk) or wanted.casefold() == row.name.casefold()]
        if not rows:
            raise CommandError(f"There is no workspace “{wanted}”.")
    if not rows:
        raise CommandError("There is no workspace yet. Start with: makegood up")
    if len(rows) > 1:
        names = ", ".join(f"{row.pk} ({row.name})" for row in rows)
        raise CommandError(f"Say which workspace, with --workspace: {names}.")
    return rows[0]


def _scorer(given: argparse.Namespace, workspace: Workspace | None) -> Any:
    """What reads: the model in use with the workspace's small head, or the one that was named."""
    from makegood.triage.api import embedded_model, model_named, own_scorer

    if given.model:
        found = model_named(given.model, workspace)
        if found is None:
            known = ", ".join(EMBEDDED)
            raise CommandError(
                f"No model is called “{given.model}” here. There are {known}, and remote if it is set up."
            )
        return found
    base = embedded_model()
    return own_scorer(workspace, base) if workspace is not None else base


def _evaluate(given: argparse.Namespace) -> None:
    from makegood.triage.api import evaluate, own_items, read_labelled, thresholds_of

    if given.file:
        items = read_labelled(_content(given.file))
        workspace = _workspace(given) if given.workspace or given.model == "remote" else None
    else:
        workspace = _workspace(given)
        items = own_items(workspace)
    if not items:
        nothing = "Nothing was corrected or confirmed yet. Press i in a conversation to say what a mention is."
        raise CommandError("The file has no rows." if given.file else nothing)
    thresholds = thresholds_of(workspace if workspace is not None else 0)
    _print(evaluate(items, _scorer(given, workspace), thresholds), own=not given.file)


def _content(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from error


def _print(report: Report, *, own: bool) -> None:
    print(f"Read by {report.by}: {report.n} texts" + (f", {report.corrected} of them corrected." if own else "."))
    if own and report.corrected * 2 > report.n:
        print("People correct what is wrong and pass over what is right: these figures look worse than it reads.")
    for head in report.heads:
        if not head.n:
            continue
        if not head.enough:
            print(f"\n{head.name}: too few to say ({head.n}).")
            continue
        print(
            f"\n{head.name}: n {head.n}, macro-F1 {head.macro_f1:.3f} ({head.low:.3f} to {head.high:.3f}),"
            f" calibration error {head.error:.3f}"
        )
        for one in head.labels:
            if not one.enough:
                if one.true:
                    print(f"  {one.label:<12} {one.true:>6}   too few to say")
                continue
            shares = f"precision {_share(one.precision)}   recall {_share(one.recall)}"
            print(f"  {one.label:<12} {one.true:>6}   {shares}   F1 {one.f1:.3f}")
    print("\nIn brackets: where the true figure lies, 19 times of 20 (Wilson; for macro-F1 by drawing again).")


def _share(share: Any) -> str:
    return "-" * 23 if share.value is None else f"{share.value:.3f} ({share.low:.3f} to {share.high:.3f})"


def _retrain(given: argparse.Namespace) -> None:
    from makegood.triage.api import embedded_model, retrain

    _tell(retrain(_workspace(given), embedded_model()))


def _tell(row: SmallHead) -> None:
    for one in row.report.get("heads", []):
        if one["too_few"]:
            print(f"{one['name']}: too few to learn from ({one['n']}).")
            continue
        gain = f"macro-F1 {one['before']:.3f} as it is, {one['after']:.3f} retrained, on {one['n']} left out in turn"
        sure = f"gain at least {one['low']:+.3f}, 19 times of 20"
        kept = "" if one["recall_kept"] else "; it would miss more complaints"
        print(f"{one['name']}: {gain}; {sure}{kept}. " + ("It helps." if one["helps"] else "It stays as it is."))
    if row.state == "in_use":
        print(f"Version {row.number} is in use. To go back: makegood triage back")
    else:
        print("Nothing was changed: it helps only when it is better 19 times of 20 and misses no more complaints.")


def _back(given: argparse.Namespace) -> None:
    from makegood.triage.api import back

    before = back(_workspace(given))
    print(f"Version {before.number} is in use again." if before else "The model reads as it comes again.")
