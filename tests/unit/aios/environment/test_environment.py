"""The Gymnasium environment: checked by Gymnasium itself, repeatable, and honest about gate and quality."""

import subprocess
import sys

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import aios.environment
from aios.environment.reward import cost
from aios.environment.substation import NAME, Substation

SETPOINT = "bat1/active_power_setpoint"
QUICK = {"start": "17:00", "ticks": 2, "fault": [], "request": [], "consumer": []}


@pytest.fixture
def env():
    made = Substation(**QUICK)
    yield made
    made.close()


def test_gymnasium_finds_nothing_wrong():
    made = gymnasium.make(f"aios.environment:{NAME}", **{**QUICK, "ticks": 1, "loops": []})
    check_env(made.unwrapped)
    made.close()


def test_a_seed_gives_an_episode_and_another_seed_another(env):
    def episode(seed):
        first, _ = env.reset(seed=seed)
        steps = [env.step(np.array([0.5], dtype=np.float32)) for _ in range(2)]
        return first["value"].tolist(), [
            (one["value"].tolist(), reward, told) for one, reward, _, _, told in steps
        ]

    assert episode(3) == episode(3) != episode(4)


def test_an_action_is_asked_for_through_the_gate(env):
    env.reset(seed=1)
    _, _, terminated, truncated, told = env.step(np.array([0.25], dtype=np.float32))
    assert told["verdicts"] == {SETPOINT: "permitted"}
    assert (terminated, truncated, told["converged"]) == (False, False, True)
    (wish,) = [e for e in env.simulation.journal if e.kind == "command" and e.subject.endswith("-0")][:1]
    assert '"value":1000.0' in wish.body
    env.step(np.array([0.25], dtype=np.float32))
    assert env.simulation.state.truth.plant_kw["bat1"] == pytest.approx(1_000.0, rel=0.01)


def test_a_silent_meter_is_masked(env):
    silent = {"kind": "silent", "target": "meter_grid", "onset": "2016-12-14T17:02:00+01:00"}
    seen, _ = env.reset(seed=1, options={"fault": [silent]})
    row = [point.name for point in env.observed.points].index("grid/active_power")
    assert (seen["good"][row], seen["value"][row] > 2_000.0) == (1, True)
    seen, *_ = env.step(np.array([0.0], dtype=np.float32))
    assert (seen["good"][row], seen["value"][row]) == (0, env.observed.low[row])
    assert seen["age_s"][row] > 0.0


def test_an_episode_is_truncated_at_its_end(env):
    env.reset(seed=1, options={"days": 3.0 / 1440.0})
    *_, truncated, _ = env.step(np.array([0.0], dtype=np.float32))
    assert truncated


def test_a_reward_is_a_function_of_what_the_kpis_gained():
    heard = []
    with_own = Substation(**QUICK, reward=lambda grown: heard.append(dict(grown)) or 1.5)
    with_own.reset(seed=1)
    _, reward, *_ = with_own.step(np.array([0.0], dtype=np.float32))
    with_own.close()
    assert reward == 1.5
    assert heard[0]["steps"] == 2.0
    assert heard[0]["imported_kwh"] > 100.0
    assert heard[0]["peak_kw"] is None


def test_the_default_reward_is_never_positive_and_grows_with_less_loss():
    assert cost({"loss_kwh": 1.0}) < cost({"loss_kwh": 0.5}) < cost({}) == 0.0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"set_points": ["cb15/close"]}, "no set-points cb15/close"), ({"ticks": 60}, "less than an hour")],
)
def test_what_cannot_be_stepped_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        Substation(**{**QUICK, **wrong})


def test_a_step_before_the_first_episode_is_refused(env):
    with pytest.raises(ValueError, match="reset comes before"):
        env.step(np.array([0.0], dtype=np.float32))


def test_it_is_drawn_as_a_line():
    with_text = Substation(**QUICK, render_mode="ansi")
    with_text.reset(seed=1)
    assert with_text.render().startswith("<nord at 2016-12-14 17:01:00")
    with_text.close()


def test_without_the_extra_the_error_says_what_to_install():
    code = "import sys; sys.modules['gymnasium'] = None; import aios.environment"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'gymnasium is not installed: pip install "aios-grid[gym]"' in done.stderr


def test_it_is_registered_once():
    assert gymnasium.spec(NAME).entry_point == "aios.environment.substation:Substation"
    assert aios.environment.NAME == "aios/Substation-v0"
