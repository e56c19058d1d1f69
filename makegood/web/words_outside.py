"""What the journal says of the outside model."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

__all__ = ["PLAIN"]

PLAIN = {
    "outside_model.saved": gettext_lazy("set up the outside model that reads along"),
    "outside_model.explained": gettext_lazy("said what the outside model’s labels mean"),
    "outside_model.switched_on": gettext_lazy("switched the outside model on"),
    "outside_model.switched_off": gettext_lazy("switched the outside model off"),
    "outside_model.removed": gettext_lazy("removed the outside model"),
    "outside_model.slept": gettext_lazy("leaves the outside model alone for a while, as it does not answer well"),
    "outside_model.limited": gettext_lazy("stopped asking the outside model, as a limit is reached"),
}
