from django.apps import AppConfig


class ReplyConfig(AppConfig):
    name = "makegood.reply"
    label = "reply"
