"""The front door of carrying praise on: permission, reshares, the wall, advocates, referrals."""

from __future__ import annotations

from makegood.amplify.advocates.flow import decide as decide_advocate
from makegood.amplify.advocates.flow import lay_thanks
from makegood.amplify.advocates.reading import AdvocatePage, advocates_page
from makegood.amplify.advocates.rules import AdvocateError
from makegood.amplify.erasing import being_shared, erase_praise, export_praise, in_use
from makegood.amplify.models import (
    Advocate,
    Permission,
    PermissionAsk,
    Praise,
    ReferralOrder,
    Scope,
    Share,
    SharingRules,
    ShortLink,
    Wall,
)
from makegood.amplify.praising.flow import let_stand, may_write, take_thanks, take_up
from makegood.amplify.praising.permitting import (
    confirm,
    decline,
    grant,
    keep_doubtful,
    not_an_answer,
    revoke,
    take_question,
)
from makegood.amplify.praising.reading import VIEWS as PRAISE_VIEWS
from makegood.amplify.praising.reading import Card, card_of, cards, proposals
from makegood.amplify.praising.reading import counts as praise_counts
from makegood.amplify.praising.reading import of_conversation as praise_in
from makegood.amplify.praising.rules import PraiseError
from makegood.amplify.praising.wording import usual_words
from makegood.amplify.referring.counting import follow, note_visit
from makegood.amplify.referring.erasing import erase_shown, export_shown, forget_sample_links
from makegood.amplify.referring.flow import (
    address_of,
    end_link,
    lay_link,
    make_link,
    note_handed,
    note_orders,
    take_order_out,
)
from makegood.amplify.referring.reading import Brought, LinkPage, Week, link_of, links_page
from makegood.amplify.referring.reading import by_source as visitors_by_source
from makegood.amplify.referring.reading import measured as visitors_per_share
from makegood.amplify.referring.reading import orders_of as orders_by_link
from makegood.amplify.referring.reading import values as referred_orders
from makegood.amplify.referring.reading import weeks as visitors_by_week
from makegood.amplify.referring.rules import DAYS_COUNTED, FEWEST_SHARES, PerShare, ReferralError
from makegood.amplify.referring.steps import look_after_advocates
from makegood.amplify.sharing.flow import (
    Wanted,
    accounts_of,
    is_down,
    move,
    picture_for,
    plan,
    retry,
    save_rules,
    send_now,
    slot_for,
    take_down,
    withdraw,
)
from makegood.amplify.sharing.flow import capability_of as capability_of_account
from makegood.amplify.sharing.flow import rules_of as sharing_rules
from makegood.amplify.sharing.outbox import queue_age
from makegood.amplify.sharing.reading import VIEWS as SHARE_VIEWS
from makegood.amplify.sharing.reading import page as shares_page
from makegood.amplify.sharing.reading import share_of, troubled
from makegood.amplify.sharing.rules import kinds_of
from makegood.amplify.stepping import find_praise, share_due
from makegood.amplify.wall.flow import Wish as WallWish
from makegood.amplify.wall.flow import hide as hide_from_wall
from makegood.amplify.wall.flow import move as move_on_wall
from makegood.amplify.wall.flow import save as save_wall
from makegood.amplify.wall.flow import show as show_on_wall
from makegood.amplify.wall.flow import wall_of
from makegood.amplify.wall.reading import Candidates, PublicWall, open_wall, public_wall
from makegood.amplify.wall.reading import candidates as wall_candidates
from makegood.amplify.wall.reading import standing as on_wall
from makegood.amplify.wall.rules import FRESH_SECONDS, Piece, WallError, frame_ancestors, hiding_problem, structured

__all__ = [
    "DAYS_COUNTED",
    "FEWEST_SHARES",
    "FRESH_SECONDS",
    "PRAISE_VIEWS",
    "SHARE_VIEWS",
    "Advocate",
    "AdvocateError",
    "AdvocatePage",
    "Brought",
    "Candidates",
    "Card",
    "LinkPage",
    "PerShare",
    "Permission",
    "PermissionAsk",
    "Piece",
    "Praise",
    "PraiseError",
    "PublicWall",
    "ReferralError",
    "ReferralOrder",
    "Scope",
    "Share",
    "SharingRules",
    "ShortLink",
    "Wall",
    "WallError",
    "WallWish",
    "Wanted",
    "Week",
    "accounts_of",
    "address_of",
    "advocates_page",
    "being_shared",
    "capability_of_account",
    "card_of",
    "cards",
    "confirm",
    "decide_advocate",
    "decline",
    "end_link",
    "erase_praise",
    "erase_shown",
    "export_praise",
    "export_shown",
    "find_praise",
    "follow",
    "forget_sample_links",
    "frame_ancestors",
    "grant",
    "hide_from_wall",
    "hiding_problem",
    "in_use",
    "is_down",
    "keep_doubtful",
    "kinds_of",
    "lay_link",
    "lay_thanks",
    "let_stand",
    "link_of",
    "links_page",
    "look_after_advocates",
    "make_link",
    "may_write",
    "move",
    "move_on_wall",
    "not_an_answer",
    "note_handed",
    "note_orders",
    "note_visit",
    "on_wall",
    "open_wall",
    "orders_by_link",
    "picture_for",
    "plan",
    "praise_counts",
    "praise_in",
    "proposals",
    "public_wall",
    "queue_age",
    "referred_orders",
    "retry",
    "revoke",
    "save_rules",
    "save_wall",
    "send_now",
    "share_due",
    "share_of",
    "shares_page",
    "sharing_rules",
    "show_on_wall",
    "slot_for",
    "structured",
    "take_down",
    "take_order_out",
    "take_question",
    "take_thanks",
    "take_up",
    "troubled",
    "usual_words",
    "visitors_by_source",
    "visitors_by_week",
    "visitors_per_share",
    "wall_candidates",
    "wall_of",
    "withdraw",
]
