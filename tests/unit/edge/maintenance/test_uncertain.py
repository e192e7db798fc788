from __future__ import annotations

import numpy as np
import pytest

from edge.maintenance.uncertain import product, total, within_factor


def test_a_product_has_the_quantiles_of_a_sample():
    rng = np.random.default_rng(5)
    a, b = within_factor(3.0, 2.0), within_factor(7.0, 3.0)
    sample = 21.0 * np.exp(
        a.log_sigma * rng.standard_normal(200_000) + b.log_sigma * rng.standard_normal(200_000)
    )
    assert product(a, b).low == pytest.approx(np.quantile(sample, 0.1), rel=0.02)
    assert product(a, b).high == pytest.approx(np.quantile(sample, 0.9), rel=0.02)


def test_a_sum_has_about_the_quantiles_of_a_sample():
    rng = np.random.default_rng(5)
    terms = [within_factor(3.0, 2.0), within_factor(7.0, 3.0), within_factor(1.0, 1.5)]
    sample = sum(t.median * np.exp(t.log_sigma * rng.standard_normal(200_000)) for t in terms)
    joined = total(terms)
    assert joined.median == pytest.approx(np.quantile(sample, 0.5), rel=0.1)
    assert joined.high == pytest.approx(np.quantile(sample, 0.9), rel=0.1)


def test_terms_of_nothing_add_to_nothing():
    assert total([within_factor(0.0, 2.0)]).high == 0.0
