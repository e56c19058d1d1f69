"""`make bench-triage`, the part about quality: the model that comes with Makegood, and what more data would give."""

from __future__ import annotations

import json
from pathlib import Path

from training.__main__ import OUT, SHIPPED
from training.report import Report, report

RESULT = Path(__file__).resolve().parents[1] / "benchmarks" / "out" / "triage.json"


def main() -> None:
    """Measures each model there is, and writes the same to benchmarks/out/triage.json."""
    found: dict[str, Report] = {}
    for name, folder in (
        ("open", SHIPPED),
        ("research", OUT / "research"),
        ("research-airline", OUT / "research-airline"),
    ):
        if not (folder / "model.json").is_file():
            print(f"\n=== {name}: not made here (`make train-research` makes it)")
            continue
        print(f"\n=== {name}", flush=True)
        found[name] = report(folder)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
