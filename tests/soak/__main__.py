"""`python -m tests.soak`: runs a soak, prints its figures, and leaves them in build/soak.json."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

from tests.soak.options import Options
from tests.soak.run import soak

OUT = Path(__file__).resolve().parent.parent.parent / "build" / "soak.json"


def main() -> int:
    """1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    for each in fields(Options):
        name = f"--{each.name.replace('_', '-')}"
        parser.add_argument(name, type=type(each.default), default=each.default, help=f"default {each.default}")
    options = Options(**vars(parser.parse_args()))
    size = f"{options.mentions:,} mentions, {options.replies:,} replies, {options.kills} kills"
    print(f"{size}, {options.minutes:g} minutes of bad weather, seed {options.seed}.", flush=True)
    with tempfile.TemporaryDirectory(prefix="makegood-soak-") as home:
        told = soak(options, Path(home) / "home")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    print(_shown(told))
    print(f"All figures: {OUT}")
    return 1 if told["failures"] else 0


def _shown(told: dict[str, Any]) -> str:
    left_out = {"options", "failures", "journal", "began", "trouble_while_saying"}
    lines = [f"{name.replace('_', ' ')}: {json.dumps(value)}" for name, value in told.items() if name not in left_out]
    wrong = [f"WRONG: {sentence}" for sentence in told["failures"]]
    return "\n".join([*lines, *(wrong or ["Nothing is missing, nothing double."])])


if __name__ == "__main__":
    sys.exit(main())
