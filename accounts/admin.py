"""People and classrooms, for administrators."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserCreationForm
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Classroom, Membership, User

# Django's classes take no type argument when they run.
if TYPE_CHECKING:
    Rows = admin.ModelAdmin[Any]
    People = UserAdmin[User]
    Inline = admin.TabularInline[Membership, Classroom]
    CreationForm = UserCreationForm[User]
else:
    Rows, People = admin.ModelAdmin, UserAdmin
    Inline, CreationForm = admin.TabularInline, UserCreationForm


def is_administrator(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, User) and user.is_active and user.is_administrator


class AdministratorsOnly(Rows):
    """The role decides, not Django's per-model permissions."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_administrator(request)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return is_administrator(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_administrator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_administrator(request)


class PersonCreationForm(CreationForm):
    class Meta:
        model = User
        fields = ("username", "email", "role")


@admin.register(User)
class PersonAdmin(AdministratorsOnly, People):
    list_display = ("username", "email", "role", "is_active", "date_joined", "last_login")
    list_filter = ("role", "is_active", "date_joined")
    search_fields = ("username", "email", "first_name", "last_name")
    ordering = ("username",)
    filter_horizontal = ()
    add_form = PersonCreationForm
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "role", "is_active")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "email", "role", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined")


class MembershipInline(Inline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_administrator(request)

    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_administrator(request)


@admin.register(Classroom)
class ClassroomAdmin(AdministratorsOnly):
    list_display = ("name", "join_code", "is_open", "member_count", "created_at", "archived_at")
    list_filter = ("is_open", "archived_at")
    search_fields = ("name", "join_code")
    readonly_fields = ("created_at",)
    inlines = (MembershipInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Classroom]:
        rows: QuerySet[Classroom] = super().get_queryset(request)
        return rows.annotate(member_count=Count("memberships"))

    @admin.display(description=_("members"), ordering="member_count")
    def member_count(self, classroom: Classroom) -> int:
        return int(getattr(classroom, "member_count", 0))
