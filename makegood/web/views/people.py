"""The people of a workspace, invitations to it, and the switch between workspaces."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.mail import send_mail
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from makegood.accounts import api as accounts
from makegood.accounts.api import AccountError, Invitation, Membership, Right, Role, Team, User
from makegood.kit.text import squash
from makegood.web.forms_accounts import InviteForm, JoinForm
from makegood.web.middleware import SESSION_KEY, without_workspace
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest
from makegood.web.views.start import sign_in

__all__ = ["change_role", "invitation", "invite", "people", "remove", "revoke", "switch"]

log = logging.getLogger(__name__)


@require_GET
@needs(Right.READ)
def people(request: MemberRequest) -> HttpResponse:
    """Everybody here, and the open invitations."""
    return _page(request)


@never_cache
@require_POST
@needs(Right.INVITE)
def invite(request: MemberRequest) -> HttpResponse:
    """Makes an invitation, mails its link where it can, and shows it, this once."""
    form = InviteForm(request.membership.role, request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    try:
        made, secret = accounts.invite(request.workspace, request.user, **form.cleaned_data)
    except AccountError as error:
        form.add_error(None, error.sentence)
        return _page(request, form=form, status=422)
    link = request.build_absolute_uri(reverse("invitation", args=[secret]))
    return _page(request, made=made, link=link, mailed=_mail(made, link))


@require_POST
@needs(Right.INVITE)
def revoke(request: MemberRequest, pk: int) -> HttpResponse:
    """Takes an invitation back."""
    if not accounts.open_invitations(request.workspace).filter(pk=pk).exists():
        raise Http404
    return _try(
        request,
        lambda: accounts.revoke(request.workspace, request.user, pk),
        _("The link opens no door any more."),
    )


@require_POST
@needs(Right.INVITE)
def change_role(request: MemberRequest, pk: int) -> HttpResponse:
    """Gives a member another role."""
    member = _member(request, pk)
    role = request.POST.get("role", "")
    done = _("%(name)s is now: %(role)s.") % {
        "name": member.user.name,
        "role": dict(Role.choices).get(role, role),
    }
    return _try(request, lambda: accounts.change_role(request.workspace, request.user, pk, role), done)


@require_http_methods(["GET", "POST"])
@needs(Right.SEE)
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Asks first, then takes a member out; oneself as well. Whoever does not see the others may only leave."""
    member = _member(request, pk)
    if member.pk != request.membership.pk and not accounts.allows(request.membership.role, Right.READ):
        raise Http404
    if request.method == "GET":
        return render(
            request,
            "people/remove.html",
            {"person": member, "is_me": member.user_id == request.user.pk, "section": "people"},
        )
    done = _("%(name)s no longer belongs to %(workspace)s.") % {
        "name": member.user.name,
        "workspace": member.workspace.name,
    }
    return _try(request, lambda: accounts.remove_member(request.workspace, request.user, pk), done)


@sensitive_post_parameters("password")
@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """What an invitation's link opens: joining for a signed-in person, a new account for anybody else."""
    try:
        found = accounts.look_up_invitation(secret)
    except AccountError as error:
        return render(request, "people/invitation_closed.html", {"sentence": error.sentence}, status=410)
    facts: dict[str, Any] = {"invitation": found, "here": request.path}
    if isinstance(request.user, User):
        return _join_signed_in(request, request.user, secret, facts)
    form = JoinForm(request.POST or None, initial={"email": found.email})
    if request.method == "POST" and form.is_valid():
        try:
            member = accounts.join(secret, **form.cleaned_data)
        except AccountError as error:
            form.add_error(None, error.sentence)
        else:
            sign_in(request, member.user)
            request.session[SESSION_KEY] = member.workspace_id
            return redirect("/")
    return render(request, "people/join.html", facts | {"form": form}, status=422 if form.errors else 200)


@without_workspace
@require_POST
def switch(request: MemberRequest) -> HttpResponse:
    """Goes to another workspace of one's own."""
    wanted = request.POST.get("workspace", "")
    for member in request.memberships:
        if str(member.workspace_id) == wanted:
            request.session[SESSION_KEY] = member.workspace_id
            return redirect("/")
    raise Http404


def _join_signed_in(request: HttpRequest, user: User, secret: str, facts: dict[str, Any]) -> HttpResponse:
    if request.method == "GET":
        return render(request, "people/join_signed_in.html", facts)
    try:
        member = accounts.accept_invitation(secret, user)
    except AccountError as error:
        return render(request, "people/join_signed_in.html", facts | {"problem": error.sentence}, status=422)
    request.session[SESSION_KEY] = member.workspace_id
    return redirect("/")


def _mail(made: Invitation, link: str) -> bool | None:
    """Sends an invitation's link. Whether it went out; None when there is nobody to send it to, or no mail here."""
    if not made.email or not accounts.mail_works():
        return None
    facts = {"invitation": made, "link": link}
    subject = _("%(name)s invites you to %(workspace)s") % {"name": made.created_by, "workspace": made.workspace}
    try:
        # A name may hold a line break, a subject may not.
        send_mail(squash(subject), render_to_string("people/invitation.txt", facts), None, [made.email])
    except OSError:
        log.exception("the invitation %s could not be mailed", made.pk)
        return False
    return True


def _page(
    request: MemberRequest,
    *,
    form: InviteForm | None = None,
    made: Any = None,
    link: str = "",
    mailed: bool | None = None,
    status: int = 200,
) -> HttpResponse:
    own = request.membership
    rows = list(accounts.members(own.workspace))
    secured = accounts.people_with_second_step(row.user_id for row in rows)
    may_invite = accounts.allows(own.role, Right.INVITE)
    waiting = list(accounts.open_invitations(own.workspace)) if may_invite else []
    facts = {
        "section": "people",
        "people": [_row(own, row, row.user_id in secured) for row in rows],
        "waiting": [{"invitation": each, "mine": accounts.may_give(own.role, each.role)} for each in waiting],
        "form": form or (InviteForm(own.role) if may_invite else None),
        "made": made,
        "link": link,
        "mailed": mailed,
        "roles": Role.choices,
        "teams": [_team(each, rows) for each in accounts.teams(own.workspace)],
    }
    return render(request, "people/people.html", facts, status=status)


def _row(own: Membership, member: Membership, two_step: bool) -> dict[str, Any]:
    is_me = member.pk == own.pk
    roles = [(r.value, r.label) for r in Role if accounts.may_change(own.role, member.role, r)]
    return {
        "member": member,
        "two_step": two_step,
        "is_me": is_me,
        "roles": roles,
        "removable": is_me or accounts.may_give(own.role, member.role),
        "teachable": member.role == Role.AGENT and accounts.may_give(own.role, member.role),
    }


def _team(team: Team, here: list[Membership]) -> dict[str, Any]:
    inside = {user.pk for user in team.members.all()}
    people = [{"user": one.user, "inside": one.user_id in inside} for one in here]
    return {"team": team, "people": people, "names": [one.user.name for one in here if one.user_id in inside]}


def _try(request: MemberRequest, act: Any, done: str) -> HttpResponse:
    try:
        act()
    except AccountError as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, done)
    return redirect("people")


def _member(request: MemberRequest, pk: int) -> Membership:
    member = accounts.members(request.workspace).filter(pk=pk).first()
    if member is None:
        raise Http404
    return member
