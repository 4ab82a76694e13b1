from hypothesis import given
from hypothesis import strategies as st

from ..stopping import StopGate

WORDS = st.text(alphabet="ab\n", min_size=1, max_size=4)


@given(st.lists(st.text(alphabet="ab\n", max_size=5), max_size=12), st.lists(WORDS, max_size=3))
def test_gate_lets_through_all_before_the_first_stop_string(pieces, stop):
    gate = StopGate(tuple(stop))
    shown = "".join(gate.feed(piece) for piece in pieces) + gate.flush()
    text = "".join(pieces)
    cuts = [text.index(mark) for mark in stop if mark in text]
    assert gate.stopped is bool(cuts)
    if not cuts:
        assert shown == text
    else:
        # With several marks the one that is complete first decides.
        assert text.startswith(shown)
        assert not any(mark in shown for mark in stop)


def test_gate_holds_back_only_what_may_become_a_stop_string():
    gate = StopGate(("END",))
    assert [gate.feed(piece) for piece in ("so E", "N", "T EN", "D!")] == ["so ", "", "ENT ", ""]
    assert gate.stopped
