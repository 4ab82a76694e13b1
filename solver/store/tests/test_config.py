import pytest

from solver.models.problem import Kind
from solver.store import alerts, config
from solver.store.config import ConfigRefused
from solver.store.tests.shelf import put

NAME = "model_config.json"


def test_without_a_file_settings_count(store, settings):
    assert config.current().sampling(Kind.MATHS) == {
        "temperature": settings.TEMPERATURE,
        "top_p": settings.TOP_P,
        "max_tokens": settings.MAX_TOKENS,
    }
    assert config.current().problem_chars == settings.PROBLEM_MAX_CHARS
    assert alerts.active() == []


def test_route_goes_before_file_and_file_before_settings(store, settings):
    put(
        "configs",
        NAME,
        """{"temperature": 1, "top_p": 0.8, "model": "m",
        "routes": {"code": {"temperature": 0.0, "model": "c"}},
        "limits": {"problem_chars": 100}}""",
    )

    found = config.current()

    assert found.sampling(Kind.CODE)["temperature"] == 0.0
    assert found.sampling(Kind.MATHS)["temperature"] == 1.0
    assert found.sampling(Kind.CODE)["top_p"] == 0.8
    assert found.sampling(Kind.CODE)["max_tokens"] == settings.MAX_TOKENS
    assert (found.model_of(Kind.CODE), found.model_of(Kind.MATHS)) == ("c", "m")
    assert found.problem_chars == 100


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{\n"temperature": 3}', "line 2: temperature: Input should be less than or equal to 2"),
        (b'{"routes": {\n"maths": {\n"top_p": true}}}', "line 3: routes.maths.top_p"),
        (b'{"max_tokens": 1.5}', "valid integer"),
        (b'{"max_tokens": "many"}', "valid integer"),
        (b'{"temperature": 1,\n"temperture": 1}', "line 2: temperture: unknown key"),
        (b"[1]", "one object"),
        (b'{"temperature": 1,\n', "line 2: no JSON"),
        (b"", "line 1: no JSON"),
        (b'{\n"top_p": NaN}', "line 2: NaN"),
        (b'{"top_p": 1,\n"top_p": 0.5}', "line 2: 'top_p' is said twice"),
        (b'{"a":\n"\xff"}', "line 2: not UTF-8"),
        (b"[" * 60_000, "nested too deeply"),
        (b" " * 70_000, "more than 64,000"),
    ],
)  # fmt: skip
def test_bad_file_is_refused_with_its_line(body, says):
    with pytest.raises(ConfigRefused, match=says):
        config.parse(body)


def test_bad_edit_keeps_the_last_good_and_alerts_with_the_line(store):
    put("configs", NAME, '{"temperature": 0.5}')
    assert config.current().temperature == 0.5

    put("configs", NAME, '{\n\n"temperature": 7}')
    config.config_object.forget()

    assert config.current().temperature == 0.5
    alert = alerts.active()[0]
    assert alert.topic == "model config"
    assert "line 3" in alert.message


def test_change_is_logged_value_by_value(folder_store, caplog):
    put("configs", NAME, '{"temperature": 0.5}')
    config.current()
    put("configs", NAME, '{"temperature": 0.7, "limits": {"problem_chars": 10}}')
    config.config_object.forget()
    with caplog.at_level("INFO"):
        config.current()

    logged = " ".join(record.getMessage() for record in caplog.records)
    assert "temperature: 0.5 -> 0.7" in logged
    assert "limits.problem_chars: None -> 10" in logged
