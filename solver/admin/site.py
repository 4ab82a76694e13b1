"""The teacher's desk: Django's admin under the site's own name."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _


class Desk(admin.AdminSite):
    site_header = _("VibeSite desk")
    site_title = _("VibeSite desk")
    index_title = _("Review and administration")
    enable_nav_sidebar = False

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The site's own log-in, which is rate-limited; 403 for people without a desk."""
        login: Any = secure_admin_login(super().login)
        response: HttpResponse = login(request, extra_context)
        return response
