from ..servers import Servers


def test_servers_take_turns_and_rest_after_a_failure():
    now = [0.0]
    servers = Servers(("http://a/v1/", "http://b/v1", "http://a/v1"), 10.0, lambda: now[0])
    assert [servers.next() for _ in range(3)] == ["http://a/v1", "http://b/v1", "http://a/v1"]
    servers.take_out("http://b/v1")
    assert [servers.next() for _ in range(3)] == ["http://a/v1"] * 3
    now[0] = 10.0
    assert "http://b/v1" in [servers.next() for _ in range(2)]


def test_when_all_rest_the_longest_rested_is_tried():
    now = [0.0]
    servers = Servers(("http://a/v1", "http://b/v1"), 10.0, lambda: now[0])
    servers.take_out("http://b/v1")
    now[0] = 1.0
    servers.take_out("http://a/v1")
    assert servers.next() == "http://b/v1"
    servers.put_back("http://a/v1")
    assert servers.next() == "http://a/v1"
