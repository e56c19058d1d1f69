"""What is needed once a week does not lie in the memory of every process every day."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SELDOM = {
    "apprise",
    "charset_normalizer",
    "feedparser",
    "holidays",
    "icalendar",
    "numpy",
    "onnxruntime",
    "qrcode",
    "stripe",
    "tokenizers",
}
IMPORT = "import django; django.setup(); import sys, {module}; print(*sorted({seldom} & set(sys.modules)))"


@pytest.mark.parametrize(
    "module", ["makegood.site.urls", "makegood.site.pipeline, makegood.jobs.worker", "makegood.listen.listener"]
)
def test_an_idle_process_has_not_imported_what_it_seldom_needs(module: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT.format(module=module, seldom=SELDOM)],
        env={"DJANGO_SETTINGS_MODULE": "makegood.site.settings", "MAKEGOOD_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
