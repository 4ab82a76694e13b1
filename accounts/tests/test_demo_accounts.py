"""The four people of a trial site."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_all_four_have_the_password_that_is_set_now(settings: Any) -> None:
    for password in ("vibesite-demo", "another one", "another one"):
        settings.DEMO_PASSWORD = password
        call_command("demo_accounts")
        people = list(User.objects.all())
        assert [person.username for person in people] == ["alice", "bob", "charlie", "root"]
        assert all(person.check_password(password) for person in people)


def test_a_password_that_one_of_them_changed_is_put_back(settings: Any) -> None:
    call_command("demo_accounts")
    for name in ("alice", "root"):
        person = User.objects.get(username=name)
        person.set_password("something else")
        person.save()
        call_command("demo_accounts")
        assert User.objects.get(username=name).check_password(settings.DEMO_PASSWORD)


def test_what_is_as_it_should_be_is_not_written() -> None:
    call_command("demo_accounts")
    before = list(User.objects.values_list("password", flat=True))
    call_command("demo_accounts")
    assert list(User.objects.values_list("password", flat=True)) == before


def test_production_has_none(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="development only"):
        call_command("demo_accounts")
    assert not User.objects.exists()
