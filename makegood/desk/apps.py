from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "makegood.desk"
    label = "desk"
