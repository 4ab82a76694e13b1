"""Classes and assignments go to the archive and come back."""

from django.utils import timezone

from accounts.models import Classroom
from solver.models import Assignment


def archive_or_bring_back(row: Classroom | Assignment) -> bool:
    """Nothing is lost either way. Returns whether it is back."""
    is_back = row.archived_at is not None
    row.archived_at = None if is_back else timezone.now()
    row.save(update_fields=["archived_at"])
    return is_back
