import pytest

from solver.checking.voting import Sample, by_reliability, clusters, majority


def same(first, second):
    return first.strip().removesuffix(".0") == second.strip().removesuffix(".0")


def test_clusters_put_equal_answers_together_and_leave_empty_ones_out():
    assert clusters(["2", "3", "2.0", "", "3"], same) == ((0, 2), (1, 4))


def test_majority_counts_every_sample_given_an_answer_or_not():
    vote = majority(["2", "2.0", "3", ""], same)
    assert (vote.answer, vote.agreeing, vote.of) == ("2", 2, 4)


@pytest.mark.parametrize("answers", [["2", "3"], [], ["", ""], ["1", "1", "2", "2"]])
def test_majority_is_unsure_on_a_tie_or_on_nothing(answers):
    assert majority(answers, same).is_unsure


def test_reliability_lets_few_sound_samples_outweigh_many_unsound_ones():
    unsound = Sample("3", (True, True, True, False, False))
    sound = Sample("2", (True,) * 5)
    vote = by_reliability([unsound, unsound, unsound, sound], same)
    assert (vote.answer, vote.method) == ("2", "reliability")
    assert unsound.reliability == pytest.approx(0.6**5)


def test_reliability_falls_back_to_majority_when_no_claim_holds():
    samples = [Sample("2", (False,) * 5), Sample("2"), Sample("3", (False,) * 5)]
    vote = by_reliability(samples, same)
    assert (vote.answer, vote.method) == ("2", "majority")
