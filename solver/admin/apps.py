"""The admin site with this project's name on it."""

from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    default_site = "solver.admin.site.Desk"
