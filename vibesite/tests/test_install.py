from vibesite.install import translated


def test_uv_is_told_what_pip_is_told() -> None:
    listed = (
        "global.index-url='https://mirror.example/simple'\n"
        "global.extra-index-url='file:///school\\nhttps://more.example/simple'\n"
        "global.no-color='true'\n"
    )
    assert translated(listed) == {
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "UV_INDEX": "file:///school https://more.example/simple",
    }


def test_the_environment_wins_over_files_wherever_it_is_listed() -> None:
    listed = ":env:.find-links='/mine /more'\nglobal.find-links='/all'\ninstall.find-links='/some'"
    assert translated(listed) == {"UV_FIND_LINKS": "/mine,/more"}


def test_no_settings_say_nothing() -> None:
    assert translated("") == {}
