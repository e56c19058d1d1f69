"""`make bench-tone`: how long the tone guard takes over a draft of 3,000 characters.

Prints the median and the 99th percentile of the checks by words, of spelling and of grammar, with 500 earlier answers
to hold the draft against; and what the dictionaries cost once, in seconds and megabytes.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from functools import partial

import django
import psutil

__all__ = ["main"]

LENGTH = 3_000
TIMES = 200
TEXTS = {
    "en": (
        "Hi Lena, we are sorry that the parcel came with only one of the two mugs. You should have had both of them "
        "on Monday. We have asked the courier what went wrong, and a new pair is packed. We will get back to you about "
        "the handle in the photo, which broke on the way. If it suits you better, tell us and we pay you back today. "
    ),
    "de": (
        "Hallo Lena, es tut uns leid, dass im Paket nur eine der beiden Tassen war. Wir haben beim Paketdienst "
        "gefragt, was schiefgelaufen ist, und ein neues Paar ist gepackt. Wir melden uns wegen des Henkels auf dem "
        "Foto, der unterwegs gebrochen ist. Wenn es dir lieber ist, zahlen wir dir das Geld noch heute zurück. "
    ),
}


def main() -> int:
    """Measures and prints."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "makegood.site.settings")
    django.setup()
    from makegood.reply.tone.checking import blocking, check
    from makegood.reply.tone.finding import Code, Draft
    from makegood.reply.tone.sketches import sketch_of

    dictionaries = frozenset({Code.SPELLING, Code.GRAMMAR})
    before = [sketch_of(f"{TEXTS['en'][:300]} {number} {number * 7} and so on") for number in range(500)]
    print(f"a draft of {LENGTH} characters, {TIMES} times; milliseconds of one core")
    print(f"{'':24}{'median':>10}{'99 %':>10}")
    for language, text in TEXTS.items():
        long = (text * 12)[:LENGTH]
        for name, off in {
            "by words": dictionaries,
            "and spelling": frozenset({Code.GRAMMAR}),
            "and grammar": frozenset[str](),
        }.items():
            if name == "and grammar" and language != "en":
                continue
            draft = Draft(long, language=language, intent="complaint", earlier=before, off=off)
            once, more = _cost(partial(check, draft))
            _line(f"{language}, {name}", partial(check, draft))
            if once > 0.05:
                print(f"{'':24}its dictionary, once: {once:.2f} s, {more:.0f} MB")
        plain = Draft(long)
        _line(f"{language}, what blocks", partial(blocking, plain))
    return 0


def _cost(act: Callable[[], object]) -> tuple[float, float]:
    process = psutil.Process()
    start, held = time.process_time(), process.memory_info().rss
    act()
    return time.process_time() - start, (process.memory_info().rss - held) / 1e6


def _line(name: str, act: Callable[[], object]) -> None:
    taken = []
    for _ in range(TIMES):
        start = time.process_time()
        act()
        taken.append((time.process_time() - start) * 1e3)
    slow = statistics.quantiles(taken, n=100)[98]
    print(f"{name:24}{statistics.median(taken):10.1f}{slow:10.1f}")


if __name__ == "__main__":
    raise SystemExit(main())
