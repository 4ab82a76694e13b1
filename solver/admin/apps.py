"""The admin site with this project's name on it."""

from importlib import import_module

from django.contrib.admin.apps import AdminConfig

# Django looks for `solver.admin` by itself, but that package is loaded before models are.
DESKS = ("problems", "solutions", "prompts", "attempts", "reviews")


class DeskConfig(AdminConfig):
    default_site = "solver.admin.site.Desk"

    def ready(self) -> None:
        super().ready()
        for desk in DESKS:
            import_module(f"solver.admin.{desk}")
