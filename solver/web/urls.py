from django.urls import path

from solver.live.sse import solution_events
from solver.web import (
    classes,
    export,
    feedback,
    history,
    home,
    problems,
    reading,
    samples,
    sheets,
    solutions,
    uploads,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("problems/new/", problems.new, name="problem_new"),
    path("problems/preview/", problems.preview, name="problem_preview"),
    path("solutions/<uuid:solution_id>/", solutions.page, name="solution"),
    path("solutions/<uuid:solution_id>/events/", solution_events, name="solution_events"),
    path("solutions/<uuid:solution_id>/parts/", solutions.parts, name="solution_parts"),
    path("solutions/<uuid:solution_id>/reasoning/", reading.reasoning, name="solution_reasoning"),
    path("solutions/<uuid:solution_id>/cancel/", solutions.cancel, name="solution_cancel"),
    path("solutions/<uuid:solution_id>/again/", solutions.again, name="solution_again"),
    path("solutions/<uuid:solution_id>/delete/", solutions.delete, name="solution_delete"),
    path(
        "solutions/<uuid:solution_id>/samples/<int:number>/", samples.sample, name="solution_sample"
    ),
    path("solutions/<uuid:solution_id>/source/", sheets.source, name="solution_source"),
    path("solutions/<uuid:solution_id>/download/", sheets.download, name="solution_download"),
    path("solutions/<uuid:solution_id>/explain/", feedback.explain, name="solution_explain"),
    path("solutions/<uuid:solution_id>/report/", feedback.report, name="solution_report"),
    path("solutions/<uuid:solution_id>/thumb/", feedback.thumb, name="solution_thumb"),
    path("solutions/<uuid:solution_id>/share/", feedback.share, name="solution_share"),
    path("history/", history.history, name="history"),
    path("history/data/", export.data, name="data"),
    path("history/data/export/", export.export, name="export"),
    path("history/data/delete/", export.delete_all, name="data_delete"),
    path("uploads/<uuid:upload_id>/", uploads.upload, name="upload"),
    path("classes/", classes.classes, name="classes"),
]
