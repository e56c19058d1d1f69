"""Whether a member may still do what they ask for."""

from __future__ import annotations

from django.utils.translation import gettext as _

from makegood.accounts.api import Membership, Right, allows, membership_of
from makegood.winback.aftercare.rules import AftercareError

__all__ = ["still_a_member"]


def still_a_member(membership: Membership, right: Right) -> Membership:
    """The member as they stand now. Raises AftercareError where they may not (any more)."""
    found = membership_of(membership.user, membership.workspace)
    if found is None or not allows(found.role, right):
        raise AftercareError(_("Your role doesn’t let you do this."))
    return found
