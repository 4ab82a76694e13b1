"""The partner API's addresses."""

from django.urls import URLPattern, URLResolver, include, path

from solver.api import classic, docs
from solver.api.batches import views
from solver.api.batches.views import by_method
from solver.api.openai.catalogue import model, models
from solver.api.openai.chat import chat_completions
from solver.api.openai.completions import completions
from solver.api.openai.responses import responses

urlpatterns: list[URLPattern | URLResolver] = [
    path("predict", classic.predict, name="predict"),
    path("v1/inference", classic.inference, name="inference"),
    path("v1/health", classic.health, name="health"),
    path("v1/models", models, name="models"),
    path("v1/models/<path:name>", model, name="model"),
    path("v1/chat/completions", chat_completions, name="chat_completions"),
    path("v1/completions", completions, name="completions"),
    path("v1/responses", responses, name="responses"),
    path("v1/files", by_method(POST=views.create_file, GET=views.list_files)),
    path("v1/files/<str:file_id>", by_method(GET=views.read_file, DELETE=views.delete_file)),
    path("v1/files/<str:file_id>/content", views.file_content),
    path("v1/batches", by_method(POST=views.create_batch, GET=views.list_batches)),
    path("v1/batches/<str:batch_id>", views.read_batch),
    path("v1/batches/<str:batch_id>/cancel", views.cancel_batch),
    path("api/docs/", docs.docs, name="api_docs"),
    path("api/schema/", docs.Schema.as_view(), name="api_schema"),
    path("api/v1/", include("solver.api.native.urls")),
]
