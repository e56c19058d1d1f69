"""Teams, and who is new: one transaction a function. What may not be done raises `AccountError`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from makegood.accounts.flow import AccountError, _locked, _member, _member_to_change
from makegood.accounts.models import Membership, Role, Team, User, Workspace
from makegood.accounts.rules import Right, allows, may_give
from makegood.journal import api as journal
from makegood.kit.text import clean, squash

__all__ = ["create_team", "members_of_team", "remove_team", "rename_team", "set_learning", "set_team_members", "teams"]

LONGEST_NAME = 40
MOST_TEAMS = 50


def teams(workspace: Workspace) -> list[Team]:
    """The workspace's teams by name, each with its members loaded (`team.members.all()`). 2 queries."""
    return list(Team.objects.within(workspace).prefetch_related("members").order_by("name")[:MOST_TEAMS])


def members_of_team(team: Team) -> list[User]:
    """The people of a team who still belong to the workspace."""
    here = Membership.objects.within(team.workspace_id).values("user_id")
    return list(team.members.filter(pk__in=here).order_by("pk"))


@transaction.atomic
def create_team(workspace: Workspace, by: User, name: str) -> Team:
    """A new team without members."""
    _may_change_teams(workspace, by)
    words = _free_name(workspace, name)
    if Team.objects.within(workspace).count() >= MOST_TEAMS:
        raise AccountError(_("%(n)d teams are the most. Remove one that you no longer need.") % {"n": MOST_TEAMS})
    team = Team.objects.create(workspace=workspace, name=words)
    journal.record(workspace.pk, "team.created", team, actor=by, name=words)
    return team


@transaction.atomic
def rename_team(workspace: Workspace, by: User, team_id: int, name: str) -> Team:
    """Gives a team another name; the notes that name it follow."""
    _may_change_teams(workspace, by)
    team = _team(workspace, team_id)
    words = _free_name(workspace, name, but=team)
    if words != team.name:
        before, team.name = team.name, words
        team.save(update_fields=["name"])
        journal.record(workspace.pk, "team.renamed", team, actor=by, before=before, after=words)
    return team


@transaction.atomic
def remove_team(workspace: Workspace, by: User, team_id: int) -> None:
    """Takes a team away. Its people stay, its conversations belong to no team."""
    _may_change_teams(workspace, by)
    team = _team(workspace, team_id)
    journal.record(workspace.pk, "team.removed", team, actor=by, name=team.name)
    team.delete()


@transaction.atomic
def set_team_members(workspace: Workspace, by: User, team_id: int, user_ids: Iterable[int]) -> Team:
    """Puts exactly these people into a team. Who does not belong to the workspace is left out."""
    _may_change_teams(workspace, by)
    team = _team(workspace, team_id)
    wanted = set(user_ids)
    here = Membership.objects.within(workspace).filter(user_id__in=wanted)
    after = set(here.values_list("user_id", flat=True))
    before = set(team.members.values_list("pk", flat=True))
    if after != before:
        team.members.set(after)
        journal.record(
            workspace.pk,
            "team.changed",
            team,
            actor=by,
            name=team.name,
            joined=sorted(after - before),
            left=sorted(before - after),
        )
    return team


@transaction.atomic
def set_learning(workspace: Workspace, by: User, member_id: int, *, learning: bool) -> Membership:
    """Says whether an agent is new: what they write waits, then, until somebody has approved it."""
    own, member = _member_to_change(workspace, by, member_id)
    if not may_give(own.role, member.role):
        raise AccountError(_("Your own role does not let you make this change."))
    if learning and member.role != Role.AGENT:
        raise AccountError(_("Only an agent can be learning: what a collaborator writes waits for approval anyway."))
    if member.learning != learning:
        member.learning = learning
        member.save(update_fields=["learning"])
        journal.record(workspace.pk, "member.learning", member, actor=by, user=member.user_id, learning=learning)
    return member


def _may_change_teams(workspace: Workspace, by: User) -> None:
    _locked(workspace)
    if not allows(_member(workspace, by).role, Right.INVITE):
        raise AccountError(_("Your own role does not let you change teams."))


def _team(workspace: Workspace, team_id: int) -> Team:
    team = Team.objects.within(workspace).filter(pk=team_id).first()
    if team is None:
        raise AccountError(_("This team does not exist any more."))
    return team


def _free_name(workspace: Workspace, name: str, but: Any = None) -> str:
    words = squash(clean(name))
    if not words:
        raise AccountError(_("Give the team a name."))
    if len(words) > LONGEST_NAME:
        raise AccountError(_("A team's name has at most %(n)d letters.") % {"n": LONGEST_NAME})
    same = Team.objects.within(workspace).filter(name__iexact=words)
    if any(team.pk != (but.pk if but else None) for team in same):
        raise AccountError(_("There is a team with this name already."))
    return words
