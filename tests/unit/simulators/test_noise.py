import numpy as np

from simulators.noise import normal, seed_of, uniform


def test_uniform_numbers_fill_the_unit_interval_evenly():
    numbers = np.array([uniform(11, k) for k in range(20_000)])
    counts, _ = np.histogram(numbers, bins=20, range=(0.0, 1.0))
    assert counts.min() > 850
    assert counts.max() < 1150


def test_neighbouring_indices_and_seeds_have_nothing_to_do_with_each_other():
    along = np.array([uniform(11, k) for k in range(5000)])
    across = np.array([uniform(k, 11) for k in range(5000)])
    for numbers in (along, across):
        assert abs(np.corrcoef(numbers[:-1], numbers[1:])[0, 1]) < 0.05


def test_normal_numbers_are_standard():
    numbers = np.array([normal(5, k) for k in range(-5000, 5000)])
    assert abs(numbers.mean()) < 0.05
    assert abs(numbers.std() - 1.0) < 0.05
    assert abs((np.abs(numbers) > 1.96).mean() - 0.05) < 0.01


def test_uses_of_one_seed_do_not_disturb_each_other():
    names = [seed_of(1, "weather"), seed_of(1, "instruments"), seed_of(2, "weather"), seed_of(1, "t1", "x")]
    assert len(set(names)) == 4
    assert seed_of(1, "t1", "x") == seed_of(seed_of(1, "t1"), "x")
