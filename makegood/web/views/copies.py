"""The copies that were folded under something a customer said: who passed it on, and taking one out."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from makegood.accounts.api import Right
from makegood.desk import api as desk
from makegood.listen import api as listen
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.contacts import number
from makegood.web.views.inbox import find

__all__ = ["copies", "take_out"]


def _message(request: MemberRequest, pk: int, mention: int) -> desk.Message:
    """What was said first, in a conversation that the asker may see, else 404."""
    row = find(request, pk)
    rows = desk.Message.objects.within(request.workspace).filter(conversation=row, mention=mention)
    found = rows.select_related("conversation").first()
    if found is None:
        raise Http404
    return found


@require_GET
@needs(Right.READ)
def copies(request: MemberRequest, pk: int, mention: int) -> HttpResponse:
    """Who said the same, the newest first. With `after` a further page alone, for htmx."""
    message = _message(request, pk, mention)
    after = number(request.GET.get("after", ""))
    rows, more = listen.page_of_copies(request.workspace, mention, after)
    here = reverse("copies", args=[pk, mention])
    context = {
        "section": "inbox",
        "message": message,
        "c": message.conversation,
        "copies": listen.copies_of(request.workspace, [mention]).get(mention),
        "rows": rows,
        "next_url": f"{here}?after={more}" if more else "",
    }
    return render(request, "copies/rows.html" if request.htmx and after else "copies/page.html", context)


@require_POST
@needs(Right.WORK)
def take_out(request: MemberRequest, pk: int, mention: int) -> HttpResponse:
    """A copy is somebody of their own after all: it comes to the inbox."""
    _message(request, pk, mention)
    key = number(request.POST.get("copy", ""))
    copy = listen.copy_under(request.workspace, mention, key)
    if copy is not None and listen.take_out(request.workspace.pk, copy.mention_id, request.user):
        messages.success(request, _("It is on its way to the inbox, as a conversation of its own."))
    else:
        messages.info(request, _("That is no copy any more: somebody took it out, or it was deleted where it stood."))
    return redirect("copies", pk, mention)
