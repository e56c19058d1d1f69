"""Files of orders: brought in, their columns chosen, read in the background."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from makegood.accounts.api import Right
from makegood.connectors.contract import Trouble
from makegood.identify import api as identify
from makegood.identify.api import Source
from makegood.kit.money import from_minor
from makegood.web.forms_listen import UploadForm
from makegood.web.permissions import needs
from makegood.web.request import MemberRequest

__all__ = ["columns", "forget", "new", "preview"]

SECTION = "channels"
SHOWN = 5
ALWAYS_OFFERED = ("number", "placed_at", "total", "currency", "email", "name", "state")
LABELS = {
    "number": gettext_lazy("Order number"),
    "id": gettext_lazy("Order’s own id"),
    "placed_at": gettext_lazy("Date of the order"),
    "changed_at": gettext_lazy("Last changed"),
    "total": gettext_lazy("Total paid"),
    "currency": gettext_lazy("Currency"),
    "state": gettext_lazy("State"),
    "kind": gettext_lazy("Kind of row"),
    "email": gettext_lazy("Customer’s e-mail"),
    "name": gettext_lazy("Customer’s name"),
    "phone": gettext_lazy("Customer’s phone"),
    "customer_id": gettext_lazy("Customer’s number"),
    "shipping": gettext_lazy("Shipping cost"),
    "tax": gettext_lazy("Tax"),
    "discount": gettext_lazy("Discount"),
    "refunded": gettext_lazy("Given back"),
    "refunded_at": gettext_lazy("Given back on"),
    "payment_ref": gettext_lazy("Payment’s id"),
    "promised_at": gettext_lazy("Promised for"),
    "city": gettext_lazy("Town"),
    "country": gettext_lazy("Country"),
    "tracking": gettext_lazy("Tracking number"),
    "carrier": gettext_lazy("Carrier"),
    "shipped_at": gettext_lazy("Shipped on"),
    "delivered_at": gettext_lazy("Delivered on"),
    "line_name": gettext_lazy("Product"),
    "sku": gettext_lazy("Article number"),
    "quantity": gettext_lazy("Quantity"),
    "line_total": gettext_lazy("Total of the line"),
    "line_price": gettext_lazy("Price of one"),
    "category": gettext_lazy("Category"),
    "cost": gettext_lazy("What it cost you"),
}


@require_http_methods(["GET", "POST"])
@needs(Right.CONNECT)
def new(request: MemberRequest) -> HttpResponse:
    """Brings a file in."""
    form = UploadForm()
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                source = identify.begin_order_file(request.workspace, request.user, file.name, file.chunks())
            except Trouble as trouble:
                form.add_error("file", trouble.sentence)
            else:
                return redirect("order-file-map", source.pk)
    facts = {"section": SECTION, "form": form}
    return render(request, "sources/file_new.html", facts, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Right.CONNECT)
def columns(request: MemberRequest, pk: int) -> HttpResponse:
    """Which column means what; starts the reading."""
    source = _source(request, pk)
    if "draft" not in source.facts:
        return redirect("source-detail", pk)
    try:
        proposal = identify.propose_order_file(source)
        if request.method == "GET":
            return _columns(request, source, proposal.choices, proposal)
        choices = _chosen(request, source)
        identify.start_order_file(source, request.user, choices)
    except Trouble as trouble:
        if request.method == "GET":
            messages.error(request, trouble.sentence)
            return redirect("order-file-new")
        return _columns(request, source, _chosen(request, source), None, problem=trouble.sentence)
    return redirect("source-detail", pk)


@require_POST
@needs(Right.CONNECT)
def preview(request: MemberRequest, pk: int) -> HttpResponse:
    """The first orders as they would be read with the chosen columns: a part of the page."""
    source = _source(request, pk)
    if "draft" not in source.facts:
        raise Http404
    return render(request, "sources/file_preview.html", _previewed(source, _chosen(request, source)))


@require_POST
@needs(Right.CONNECT)
def forget(request: MemberRequest, pk: int) -> HttpResponse:
    """Forgets the file that waits, or stops the one that is being read. What was read stays."""
    identify.forget_order_file(_source(request, pk), request.user)
    messages.success(request, _("The file is forgotten. What was read of it stays."))
    return redirect("source-detail", pk)


def _source(request: MemberRequest, pk: int) -> Source:
    rows = identify.kept_sources(request.workspace).filter(pk=pk, kind="file")
    source: Source | None = rows.select_related("workspace").first()
    if source is None:
        raise Http404
    return source


def _chosen(request: MemberRequest, source: Source) -> Any:
    mapping = {target: request.POST.get(f"column-{target}", "") for target in identify.ORDER_TARGETS}
    return identify.order_choices(
        source,
        {target: column for target, column in mapping.items() if column},
        "," if request.POST.get("decimal") == "," else ".",
        request.POST.get("currency", "").strip().upper()[:3],
        day_first=request.POST.get("day_first") != "0",
    )


def _columns(request: MemberRequest, source: Source, choices: Any, proposal: Any, *, problem: str = "") -> HttpResponse:
    mapping: Mapping[str, str] = choices.mapping
    fields = [
        {"target": target, "label": label, "column": mapping.get(target, "")}
        for target, label in LABELS.items()
        if target in identify.ORDER_TARGETS
    ]
    usual = [each for each in fields if each["target"] in ALWAYS_OFFERED or each["column"]]
    facts = {
        "section": SECTION,
        "source": source,
        "draft": source.facts["draft"],
        "columns": source.facts["draft"]["sniffed"]["columns"],
        "fields": usual,
        "folded": [each for each in fields if each not in usual],
        "choices": choices,
        "notes": proposal.notes if proposal else (),
        "questions": list(proposal.questions.values()) if proposal else (),
        "problem": problem,
        **_previewed(source, choices),
    }
    return render(request, "sources/file_columns.html", facts, status=422 if problem else 200)


def _previewed(source: Source, choices: Any) -> dict[str, Any]:
    try:
        page = identify.preview_orders(source, choices)
    except Trouble as trouble:
        return {"orders": [], "trouble": trouble.sentence, "refused": []}
    rows = [
        {
            "order": each,
            "who": each.name or (each.customer.name if each.customer else "") or each.email,
            "total": f"{from_minor(each.total_minor, each.currency)} {each.currency}",
        }
        for each in page.orders[:SHOWN]
    ]
    return {"orders": rows, "trouble": "", "refused": page.problems[:SHOWN]}
