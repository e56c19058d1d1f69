"""A customer who was asked after a purchase and told of trouble, and mails to others."""

from __future__ import annotations

from typing import Any

from makegood.identify import api as identify
from makegood.kit import clock
from makegood.winback import api as winback
from makegood.winback.aftercare.links import make_link

__all__ = ["asked_after"]


def asked_after(workspace: Any, source: int, mark: str) -> dict[str, Any]:
    """Puts them there, bought in the shop `source` (an id), with `mark` in all that others must not read; the rows."""
    own, now = {"workspace": workspace}, clock.now()
    shop = identify.Source.objects.within(workspace).get(pk=source)
    who = identify.Customer.objects.create(
        **own, source=shop, external_id="after", name=f"{mark} customer", email=f"{mark.lower()}@example.com"
    )
    mails = []
    for number, state in enumerate(("sent", "ready", "sent")):
        order = identify.Order.objects.create(
            **own,
            source=shop,
            customer=who,
            external_id=f"after{number}",
            number=f"{mark} {number}",
            number_key=f"AFTER{number}",
            currency="EUR",
            total_minor=100,
            state="delivered",
            placed_at=now,
            changed_at=now,
        )
        mails.append(
            winback.AftercareMessage.objects.create(
                **own, order=order, address_hash=f"{mark}{number}", state=state, sent_at=now, language="en"
            )
        )
    said = winback.AftercareAnswer.objects.create(
        **own, message=mails[0], good=False, comment=f"{mark} chipped", trouble=True, ever_trouble=True
    )
    secret = make_link(mails[2])[0].rsplit("/", 2)[-2]
    return {"aftercare mail": mails[1].pk, "aftercare trouble": said.pk, "after": secret}
