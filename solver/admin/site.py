"""The teacher's desk: Django's admin under the site's own name."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class Desk(admin.AdminSite):
    site_header = _("VibeSite desk")
    site_title = _("VibeSite desk")
    index_title = _("Review and administration")
