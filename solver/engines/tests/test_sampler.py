import math

import pytest
import torch

from ..sampler import draw_tokens, uniform


def column(*values, dtype=torch.float32):
    return torch.tensor(values, dtype=dtype).unsqueeze(1)


def draw_many(scores, *, temperature=1.0, top_p=1.0, top_k=0, count=4000):
    rows = scores.repeat(count, 1)
    draws = torch.tensor([uniform(3, position) for position in range(count)])
    same = (count, 1)
    tokens = draw_tokens(
        rows,
        torch.full(same, temperature),
        torch.full(same, top_p),
        torch.full(same, top_k, dtype=torch.int32),
        draws.unsqueeze(1),
    )
    return torch.bincount(tokens.flatten(), minlength=scores.numel()) / count


def reference(scores, temperature, top_p, top_k):
    """Probabilities after temperature, top_k and top_p, the slow and plain way."""
    chances = torch.softmax(scores / temperature, -1).tolist()
    order = sorted(range(len(chances)), key=lambda token: -chances[token])
    order = order[: top_k or len(order)]
    whole = sum(chances[token] for token in order)
    kept, mass = [], 0.0
    for token in order:
        if mass >= top_p * whole:
            break
        kept.append(token)
        mass += chances[token]
    return torch.tensor(
        [chances[token] / mass if token in kept else 0.0 for token in range(len(chances))]
    )


@pytest.mark.parametrize("size", [50, 300, 3000])
@pytest.mark.parametrize(
    ("temperature", "top_p", "top_k"),
    [(1.0, 1.0, 0), (0.6, 0.95, 0), (1.0, 0.5, 0), (2.0, 0.99, 0), (1.0, 1.0, 5), (1.0, 0.8, 200)],
)
def test_draws_follow_the_distribution(size, temperature, top_p, top_k):
    scores = torch.randn(size, generator=torch.Generator().manual_seed(size)) * 2
    expected = reference(scores, temperature, top_p, top_k)
    seen = draw_many(scores, temperature=temperature, top_p=top_p, top_k=top_k)
    assert seen[expected == 0].sum() == 0
    assert (seen - expected).abs().max() < 0.035


def test_rows_are_drawn_each_in_its_own_way():
    scores = torch.tensor([[0.0, 1.0, 5.0, 4.9]] * 4)
    tokens = draw_tokens(
        scores,
        column(0.0, 1.0, 1.0, 1.0),
        column(0.5, 0.01, 1.0, 1.0),
        column(0, 0, 2, 0, dtype=torch.int32),
        column(0.9, 0.99, 0.99, 0.9999),
    )
    assert tokens.flatten().tolist() == [2, 2, 3, 3]


def test_scores_that_are_no_numbers_harm_only_their_own_row():
    scores = torch.tensor([[math.nan, 1.0, 2.0], [0.0, 9.0, 0.0]])
    tokens = draw_tokens(
        scores,
        column(1.0, 0.0),
        column(0.9, 1.0),
        column(0, 0, dtype=torch.int32),
        column(0.5, 0.5),
    )
    assert 0 <= int(tokens[0]) < 3
    assert int(tokens[1]) == 1


def test_uniform_is_even_and_repeats():
    draws = [uniform(5, position) for position in range(20_000)]
    assert draws[:50] == [uniform(5, position) for position in range(50)]
    assert draws[:50] != [uniform(6, position) for position in range(50)]
    assert min(draws) >= 0
    assert max(draws) < 1
    assert abs(sum(draws) / len(draws) - 0.5) < 0.01
