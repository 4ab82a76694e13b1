"""The address map."""

from django.contrib import admin
from django.urls import include, path

from vibesite import health
from vibesite.metrics import metrics

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("accounts/", include("allauth.account.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    path("admin/", admin.site.urls),
    path("", include("solver.api.urls")),
    path("", include("solver.web.urls")),
    path("", include("solver.web.partner_urls")),
]

handler400 = "solver.web.errors.bad_request"
handler403 = "solver.web.errors.permission_denied"
handler404 = "solver.web.errors.page_not_found"
handler500 = "solver.web.errors.server_error"
