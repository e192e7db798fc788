"""What is asynchronous is turned the same way in a script and in a notebook, whose loop is taken."""

import asyncio
import threading

import pytest

from aios.simulation.turning import Turning


async def where():
    await asyncio.sleep(0)
    return threading.current_thread()


@pytest.fixture
def turning():
    made = Turning()
    yield made
    made.close()


def test_in_a_script_it_runs_in_the_callers_thread(turning):
    assert turning.run(where()) is threading.current_thread()


async def test_where_a_loop_runs_it_runs_aside_and_always_in_one_thread(turning):
    first, second = turning.run(where()), turning.run(where())
    assert first is second is not threading.current_thread()


async def test_what_is_raised_aside_is_raised_here(turning):
    def fails():
        raise LookupError("no such point")

    with pytest.raises(LookupError, match="no such point"):
        turning.call(fails)


def test_closing_twice_does_nothing(turning):
    turning.run(where())
    turning.close()
