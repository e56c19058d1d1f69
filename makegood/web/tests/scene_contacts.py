"""People for the scenes: one with everything, one who was joined, and somebody whom a suggestion is about."""

from __future__ import annotations

from typing import Any

__all__ = ["known_people"]


def known_people(workspace: Any, olga: Any, conversations: dict[str, Any], long_word: str) -> list[str]:
    """Puts them there; returns the addresses worth a look."""
    from makegood.identify import api as identify

    shop = identify.Source.objects.create(
        workspace=workspace, side="shop", kind="woocommerce", name="teapot.example", address="teapot", hook="people"
    )
    hubert = _customer(workspace, shop, "Hubert Blaine Wolfeschlegelsteinhausen", "hubert.blaine@example.com")
    cleo = _customer(workspace, shop, "Cleo Kettle", "cleo@example.com")
    talk = conversations["long name"]
    message = _message(talk)
    contact = identify.tie_by_hand(talk, hubert, "told", f"He called. {long_word}"[:300], message, olga)
    identify.add_address(contact, "phone", "+49 170 1234567", "told", "On the phone", None, olga)
    identify.describe(contact, contact.name, f"Likes blue teapots. {long_word}", olga)
    wrong = identify.add_address(contact, "email", "wrong@example.com", "judgement", "It looked alike", None, olga)
    identify.untie(wrong, olga, f"It is his brother's. {long_word}")
    other = identify.Contact.objects.create(workspace=workspace, name=long_word)
    tied = identify.tie(
        other, kind="author", network="mastodon", value="https://m.example/hub", shown="@hub@m.example", basis="opt_in"
    )
    identify.join(other, contact, olga)
    erased = identify.Contact.objects.create(workspace=workspace, name="Erased")
    _erase(erased, olga)
    identify.IdentitySuggestion.objects.create(
        workspace=workspace,
        conversation=conversations["refused"],
        customer=cleo,
        basis="order_number",
        reasons=[["order_number", "public"], ["name", "Cleo"], ["email", f"{long_word}@example.com"]],
        strength=0.9,
    )
    return [
        f"/contacts/{contact.pk}/",
        f"/contacts/{other.pk}/",
        f"/contacts/{other.pk}/undo/",
        f"/contacts/{erased.pk}/",
        f"/contacts/identities/{tied.pk}/",
        "/contacts/?q=hubert",
    ]


def _message(talk: Any) -> Any:
    """What they said first."""
    from makegood.desk.api import Message

    return Message.objects.within(talk.workspace_id).filter(conversation=talk).first()


def _customer(workspace: Any, shop: Any, name: str, email: str) -> Any:
    from makegood.identify import api as identify
    from makegood.kit import clock

    row = identify.Customer.objects.create(
        workspace=workspace, source=shop, external_id=email, name=name, email=email, verified=True
    )
    for number in range(3):
        identify.Order.objects.create(
            workspace=workspace,
            source=shop,
            customer=row,
            external_id=f"{email}{number}",
            number=f"#{number}042",
            number_key=f"{number}042",
            currency="EUR",
            total_minor=2490 * (number + 1),
            state="shipped",
            placed_at=clock.now(),
            changed_at=clock.now(),
        )
    return row


def _erase(contact: Any, by: Any) -> None:
    from makegood.web.erasing import erase_person

    erase_person(contact, by)
