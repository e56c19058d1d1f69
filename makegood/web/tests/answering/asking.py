"""What the tests of answering ask of the pages."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from makegood.desk.models import Conversation
from makegood.reply.models import Reply

COMPLAINT = "My parcel from Teapot never arrived and nobody answers, I want a refund"
HTMX = {"HX-Request": "true"}
LONG = "We are so sorry about it. A new one leaves today by courier. Keep the old one."


def do(client: Client, name: str, pk: int, **data: Any) -> Any:
    return client.post(reverse(name, args=[pk]), data, headers=HTMX)


def page(client: Client, row: Conversation) -> str:
    return client.get(reverse("conversation", args=[row.pk])).content.decode()


def replies(row: Conversation, **wanted: Any) -> list[Reply]:
    return list(Reply.objects.within(row.workspace_id).filter(conversation=row, **wanted).order_by("id"))


def picture(color: str = "teal") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (90, 60), color).save(out, "PNG")
    return SimpleUploadedFile("../../etc/passwd.html", out.getvalue(), "text/html")
