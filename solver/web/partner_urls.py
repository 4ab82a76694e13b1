"""The pages of those who connect programs: keys and webhooks."""

from django.urls import path

from solver.web import keys, webhooks

_ONE = "webhooks/<uuid:endpoint_id>/"

urlpatterns = [
    path("keys/", keys.keys, name="keys"),
    path("keys/<str:key_id>/rotate/", keys.rotate, name="key_rotate"),
    path("keys/<str:key_id>/revoke/", keys.revoke, name="key_revoke"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path(_ONE, webhooks.endpoint, name="webhook"),
    path(f"{_ONE}test/", webhooks.test, name="webhook_test"),
    path(f"{_ONE}switch/", webhooks.switch, name="webhook_switch"),
    path(f"{_ONE}delete/", webhooks.delete, name="webhook_delete"),
    path(
        f"{_ONE}deliveries/<str:delivery_id>/again/",
        webhooks.redeliver,
        name="webhook_redeliver",
    ),
]
