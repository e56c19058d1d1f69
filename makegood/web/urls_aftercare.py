"""Addresses of asking after a purchase, and the pages that the mails lead to."""

from __future__ import annotations

from django.urls import path

from makegood.web.views import aftercare, aftercare_public, aftercare_settings

urlpatterns = [
    path("winback/after/", aftercare.aftercare_page, name="aftercare"),
    path("winback/after/send/", aftercare.aftercare_send, name="aftercare-send"),
    path("winback/after/<int:pk>/mail/", aftercare.aftercare_mail, name="aftercare-mail"),
    path("winback/after/<int:pk>/handled/", aftercare.aftercare_handled, name="aftercare-handled"),
    path("winback/after/settings/", aftercare_settings.aftercare_settings, name="aftercare-settings"),
    path("winback/after/words/", aftercare_settings.aftercare_words, name="aftercare-words"),
    path("winback/after/agreed/", aftercare_settings.aftercare_agreed, name="aftercare-agreed"),
    path("winback/after/agreed/list/", aftercare_settings.aftercare_list, name="aftercare-list"),
    path("winback/after/agreed/one/", aftercare_settings.aftercare_one, name="aftercare-one"),
    path("after/<str:secret>/", aftercare_public.after, name="after"),
    path("after/<str:secret>/stop/", aftercare_public.after_stop, name="after-stop"),
]
