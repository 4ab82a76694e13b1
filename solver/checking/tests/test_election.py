import pytest

from solver.checking.election import elect, with_table
from solver.checking.evidence import Outcome
from solver.checking.exhibits import Exhibit, Source
from solver.checking.verdict import Label

RIGHT, WRONG = Outcome.CONFIRMED, Outcome.REFUTED


def examine(answers, known):
    """Exhibits of those answers of which something is known."""

    def _examine(position):
        outcome = known.get(answers[position])
        return [Exhibit(Source.EVIDENCE, "try", outcome, True)] if outcome else []

    return _examine


@pytest.mark.parametrize(
    ("answers", "known", "winner", "label", "agreeing"),
    [
        ("2 2 3", {}, 0, Label.AGREES, 2),
        ("3 2 2", {}, 1, Label.AGREES, 2),
        ("2 2 3 3", {}, 0, Label.UNCHECKED, 2),
        ("2 2 3 4 5", {}, 0, Label.UNCHECKED, 2),
        # A check outweighs any number of votes.
        ("2 2 2 3", {"3": RIGHT}, 3, Label.CHECKED, 1),
        ("2 2 2 3", {"2": WRONG}, 3, Label.UNCHECKED, 1),
        ("2 2 3 3", {"2": WRONG}, 2, Label.UNCHECKED, 2),
        ("2 2 3 3 3", {"2": WRONG}, 2, Label.AGREES, 3),
        ("2 2 3", {"2": WRONG, "3": WRONG}, 0, Label.CONTRADICTED, 2),
        ("2 2 2", {"2": RIGHT}, 0, Label.CHECKED, 3),
        ("2 3", {"2": WRONG, "3": WRONG}, 0, Label.CONTRADICTED, 1),
        ("- - 3", {}, 2, Label.UNCHECKED, 1),
        ("- -", {}, 0, Label.UNCHECKED, 0),
        ("2", {}, 0, Label.UNCHECKED, 1),
    ],
)
def test_checks_go_before_votes(answers, known, winner, label, agreeing):
    given = [answer.strip("-") for answer in answers.split()]
    election = elect(given, str.__eq__, examine(given, known))
    assert (election.winner, election.ruling.label) == (winner, label)
    assert (election.vote.agreeing, election.vote.of) == (agreeing, len(given))


def test_each_distinct_answer_is_examined_once_and_labels_every_sample_that_gave_it():
    given, asked = ["2", "3", "2", ""], []

    def _examine(position):
        asked.append(position)
        return examine(given, {"2": RIGHT, "3": WRONG})(position)

    election = elect(given, str.__eq__, _examine)
    assert asked == [0, 1]
    assert election.labels == (
        Label.CHECKED,
        Label.CONTRADICTED,
        Label.CHECKED,
        Label.UNCHECKED,
    )


def test_a_tie_is_said():
    election = elect(["2", "3"], str.__eq__, examine(["2", "3"], {}))
    assert election.ruling.exhibits[-1].lines == ("The samples do not agree on one answer.",)


def test_the_table_goes_with_the_vote():
    election = elect(["2", "3"], str.__eq__, examine(["2", "3"], {"2": RIGHT}))
    shown = with_table(election.ruling, election.vote, [{"number": 1}, {"number": 2}])
    assert [len(exhibit.rows) for exhibit in shown.exhibits] == [0, 2]
