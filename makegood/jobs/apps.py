from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "makegood.jobs"
    label = "jobs"
