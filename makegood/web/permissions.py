"""Which right a page asks for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from makegood.accounts.api import Right, allows

__all__ = ["needs", "require"]

V = TypeVar("V", bound=Callable[..., Any])

SENTENCES = {
    Right.SEE: gettext_lazy("see this"),
    Right.READ: gettext_lazy("see this"),
    Right.NOTE: gettext_lazy("leave notes"),
    Right.PROPOSE: gettext_lazy("write answers"),
    Right.WORK: gettext_lazy("work on conversations"),
    Right.ANSWER: gettext_lazy("send replies"),
    Right.APPROVE: gettext_lazy(
        "approve answers, share conversations, or change canned responses, macros and who gets what"
    ),
    Right.LISTEN: gettext_lazy("change queries or import files"),
    Right.CONNECT: gettext_lazy("connect or change channels"),
    Right.INVITE: gettext_lazy("invite people or change roles"),
    Right.SETTINGS: gettext_lazy("change the workspace's settings"),
    Right.AUDIT: gettext_lazy("read the journal"),
}


def require(request: HttpRequest, right: Right) -> None:
    """Raises PermissionDenied, with a sentence for the person, when the one who asks lacks this right."""
    member = getattr(request, "membership", None)
    if member is None:
        raise PermissionDenied(_("You do not belong to a workspace."))
    if not allows(member.role, right):
        facts = {
            "role": member.get_role_display().lower(),
            "what": SENTENCES[right],
            "workspace": member.workspace,
        }
        raise PermissionDenied(
            _("As %(role)s you cannot %(what)s. An owner of %(workspace)s can give you a role that does.") % facts
        )


def needs(right: Right) -> Callable[[V], V]:
    """Lets only members with this right into a view, sync or async; the others get the 403 page."""

    def decorate(view: V) -> V:
        if iscoroutinefunction(view):

            @wraps(view)
            async def checked_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                require(request, right)
                return await view(request, *args, **kwargs)

            checked: Any = markcoroutinefunction(checked_async)
        else:

            @wraps(view)
            def checked_sync(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                require(request, right)
                return view(request, *args, **kwargs)

            checked = checked_sync
        checked.right = right
        return cast("V", checked)

    return decorate
