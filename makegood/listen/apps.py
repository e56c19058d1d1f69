from django.apps import AppConfig


class ListenConfig(AppConfig):
    name = "makegood.listen"
    label = "listen"
