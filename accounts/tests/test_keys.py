from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.keys import (
    KeyRefused,
    PartnerKey,
    Scope,
    find_key,
    find_key_again,
    make_key,
    rotate_key,
)
from solver.running.tests.conftest import until

HOME = "127.0.0.1"


def refusal(text, address=HOME):
    with pytest.raises(KeyRefused) as refused:
        find_key(text, address)
    return refused.value.code


def test_a_key_is_found_by_its_text_and_kept_without_it(alice):
    key, text = make_key(alice, "School portal")
    assert find_key(text, HOME) == key
    secret = text.rsplit("_", 1)[1]
    stored = PartnerKey.objects.filter(pk=key.pk).values().get()
    assert secret not in str(stored)
    assert set(key.scopes) == set(Scope.values)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1] + ("A" if text[-1] != "A" else "B"),
        lambda text: text + "A",
        lambda text: text.replace("vs_live_", "vs_test_"),
        lambda text: "",
        lambda text: "vs_live_é" + text[9:],
        lambda text: "x" * 10_000,
    ],
)
def test_a_changed_key_is_refused(alice, change):
    _, text = make_key(alice, "School portal")
    assert refusal(change(text)) == "invalid_api_key"


def test_a_key_of_another_id_with_this_secret_is_refused(alice):
    first, text = make_key(alice, "One")
    second, _ = make_key(alice, "Two")
    assert refusal(text.replace(first.pk, second.pk)) == "invalid_api_key"


def test_a_revoked_key_is_refused_and_revoking_twice_changes_nothing(alice):
    key, text = make_key(alice, "School portal")
    assert key.revoke()
    assert not key.revoke()
    assert refusal(text) == "revoked_api_key"


def test_a_key_found_a_moment_ago_needs_no_database(alice, django_assert_num_queries):
    key, text = make_key(alice, "School portal", networks=["192.0.2.0/24"])
    assert find_key_again(text, "192.0.2.7") is None
    find_key(text, "192.0.2.7")
    with django_assert_num_queries(0):
        assert find_key_again(text, "192.0.2.7") == key
        with pytest.raises(KeyRefused, match="not known"):
            find_key_again(text[:-1] + ("a" if text[-1] != "a" else "b"), "192.0.2.7")
        with pytest.raises(KeyRefused, match="this address"):
            find_key_again(text, "198.51.100.1")
    key.revoke()
    assert find_key_again(text, "192.0.2.7") is None


def test_a_key_revoked_by_another_process_is_soon_looked_up_again(alice):
    key, text = make_key(alice, "School portal")
    find_key(text, "192.0.2.7")
    PartnerKey.objects.filter(pk=key.pk).update(revoked_at=timezone.now())
    until(lambda: find_key_again(text, "192.0.2.7") is None)
    assert refusal(text) == "revoked_api_key"


def test_an_expired_key_is_refused(alice):
    expires_at = timezone.now() - timedelta(seconds=1)
    _, text = make_key(alice, "School portal", expires_at=expires_at)
    assert refusal(text) == "expired_api_key"


def test_a_key_of_an_inactive_owner_is_refused(alice):
    _, text = make_key(alice, "School portal")
    alice.is_active = False
    alice.save()
    assert refusal(text) == "expired_api_key"


def test_a_key_is_refused_from_an_address_it_does_not_allow(alice):
    _, text = make_key(alice, "School portal", networks=["192.0.2.0/24", "2001:db8::/32"])
    assert find_key(text, "192.0.2.7")
    assert find_key(text, "2001:db8::1")
    assert refusal(text, "198.51.100.1") == "address_not_allowed"
    assert refusal(text, "no address") == "address_not_allowed"


def test_rotation_leaves_the_old_key_in_force_for_the_overlap(alice):
    old, old_text = make_key(alice, "School portal", scopes=["read"])
    new, new_text = rotate_key(old, timedelta(hours=1))
    assert find_key(old_text, HOME) == old
    assert find_key(new_text, HOME) == new
    assert new.scopes == ["read"]
    rotate_key(old, timedelta(0))
    assert refusal(old_text) == "expired_api_key"


def test_keys_survive_a_change_of_the_sites_secret(alice, settings):
    _, text = make_key(alice, "School portal")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret"
    assert find_key(text, HOME)
    settings.SECRET_KEY_FALLBACKS = []
    assert refusal(text) == "invalid_api_key"


@pytest.mark.parametrize(
    "options",
    [{"name": "  "}, {"scopes": ["everything"]}, {"networks": ["300.1.1.1"]}],
)
def test_bad_options_are_refused_with_what_to_do(alice, options):
    with pytest.raises(ValidationError):
        make_key(alice, **{"name": "School portal", **options})
    assert not PartnerKey.objects.exists()


def test_the_command_prints_the_key_alone_on_the_last_line(alice, capsys):
    call_command("create_api_key", owner="alice", name="Portal", scopes=["inference,read"])
    key = find_key(capsys.readouterr().out.splitlines()[-1], HOME)
    assert key.scopes == ["inference", "read"]


def test_the_command_gives_a_key_limits_of_its_own(alice, capsys):
    call_command("create_api_key", owner="alice", name="Portal", requests_per_minute=0)
    key = find_key(capsys.readouterr().out.splitlines()[-1], HOME)
    assert (key.requests_per_minute, key.requests_per_day) == (0, None)
    with pytest.raises(CommandError, match="limit"):
        call_command("create_api_key", owner="alice", name="Portal", tokens_per_day=-1)
    assert PartnerKey.objects.count() == 1


def test_the_command_says_who_is_missing(db):
    with pytest.raises(CommandError, match="no user 'nobody'"):
        call_command("create_api_key", owner="nobody", name="Portal")
