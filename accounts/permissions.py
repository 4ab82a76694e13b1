"""What a partner key may do through DRF views; people without a key have no scopes to mind."""

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.authentication import drf_caller
from accounts.keys import Scope

if TYPE_CHECKING:
    # DRF's views import this class by its name in the settings.
    from rest_framework.views import APIView


class HasScope(BasePermission):
    """`read` for safe methods and `write` for others, or the view's own `required_scope`."""

    message = "This API key has not the scope that this call needs. Ask its owner for another key."
    code = "insufficient_scope"

    def has_permission(self, request: Request, view: "APIView") -> bool:
        usual = Scope.READ if request.method in SAFE_METHODS else Scope.WRITE
        return drf_caller(request).may(getattr(view, "required_scope", None) or usual)
