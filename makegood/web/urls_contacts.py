"""Addresses of contacts."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import contact_side, contact_work, contacts, retention

urlpatterns = [
    path("contacts/", contacts.contacts, name="contacts"),
    path("contacts/<int:pk>/", contacts.contact, name="contact"),
    path("contacts/<int:pk>/find/", contacts.find, name="contact-find"),
    path("contacts/<int:pk>/describe/", contact_work.describe, name="contact-describe"),
    path("contacts/<int:pk>/address/", contact_work.add_address, name="contact-address"),
    path("contacts/<int:pk>/join/", contact_work.join, name="contact-join"),
    path("contacts/<int:pk>/undo/", contact_work.undo, name="contact-undo"),
    path("contacts/<int:pk>/export/", contact_work.export, name="contact-export"),
    path("contacts/<int:pk>/erase/", contact_work.erase, name="contact-erase"),
    path("contacts/identities/<int:pk>/", contact_work.take_apart, name="contact-identity"),
    path("contacts/suggestions/<int:pk>/take/", contact_side.take, name="contact-suggestion-take"),
    path("contacts/suggestions/<int:pk>/decline/", contact_side.decline, name="contact-suggestion-decline"),
    path("inbox/<int:pk>/contact/", contact_side.side, name="contact-side"),
    path("inbox/<int:pk>/contact/customers/", contact_side.customers, name="contact-customers"),
    path("inbox/<int:pk>/contact/tie/", contact_side.tie, name="contact-tie"),
    path("settings/retention/", retention.retention, name="retention"),
]
