"""What Celery runs for the API, on the default worker."""

from celery import shared_task

from solver.api.batches import work


@shared_task(name="solver.api.tasks.advance_batches", ignore_result=True)  # type: ignore[untyped-decorator]
def advance_batches() -> None:
    work.advance_all()
