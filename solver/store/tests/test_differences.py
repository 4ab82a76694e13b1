import pytest

from solver.store.differences import Piece, pieces


def test_changed_word_alone_is_marked():
    assert pieces("Be exact now.", "Be brief now.") == [
        Piece("same", "Be "),
        Piece("removed", "exact"),
        Piece("added", "brief"),
        Piece("same", " now."),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [("", "a b"), ("a b", ""), ("a\n\nb", "a b"), ("x y z", "z y x"), ("é 数", "数")],
)
def test_pieces_hold_both_texts(old, new):
    found = pieces(old, new)

    assert "".join(piece.text for piece in found if piece.kind != "added") == old
    assert "".join(piece.text for piece in found if piece.kind != "removed") == new
