"""Who sees what on the desk: teachers what `visible_to` gives them, administrators everything."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirect

from accounts.models import User

# Django's class takes no type argument when it runs.
if TYPE_CHECKING:
    Rows = admin.ModelAdmin[Any]
else:
    Rows = admin.ModelAdmin


def is_on_desk(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, User) and user.is_active and user.is_staff


class HistoryAdmin(Rows):
    """Rows that are history: teachers and administrators read them, nobody writes them."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        visible: QuerySet[Any] = rows.visible_to(request.user)
        return visible

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_on_desk(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None:
            return is_on_desk(request)
        return is_on_desk(request) and self.get_queryset(request).filter(pk=obj.pk).exists()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponseRedirect:
        """What is not theirs is not there, as everywhere on the site."""
        raise Http404

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        if not self.get_queryset(request).filter(pk=self._pk(object_id)).exists():
            raise Http404
        return super().history_view(request, object_id, extra_context)

    def _pk(self, object_id: str) -> Any:
        try:
            return self.model._meta.pk.to_python(object_id)
        except ValidationError as error:
            raise Http404 from error
