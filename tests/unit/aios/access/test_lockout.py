"""Lock-out under a clock that the test moves."""

from __future__ import annotations

import asyncio

from aios.access.access import WRONG, Access, Refused
from aios.access.sessions import SignIn
from tests.fakes.front_door import PASSWORD, Clock


def fail(
    access: Access, clock: Clock, times: int, name: str = "erika", source: str = "10.0.0.9"
) -> list[float]:
    return [access.lockout.attempt(name, source, now_ns=clock()) for _ in range(times)]


def test_the_fifth_failure_of_an_account_costs_a_second_and_each_next_twice_as_long(
    access: Access, clock: Clock
) -> None:
    assert fail(access, clock, 5) == [0.0] * 5
    waits = []
    for _ in range(8):
        (wait,) = fail(access, clock, 1)
        waits.append(wait)
        clock.on(s=wait)
        assert fail(access, clock, 1) == [0.0]
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


def test_trying_on_while_waiting_makes_it_no_longer(access: Access, clock: Clock) -> None:
    fail(access, clock, 7)
    assert fail(access, clock, 50) == [1.0] * 50
    clock.on(s=1)
    assert fail(access, clock, 1) == [0.0]


def test_a_source_that_tries_many_names_waits_up_to_a_quarter_of_an_hour(
    access: Access, clock: Clock
) -> None:
    for number in range(10):
        assert fail(access, clock, 1, name=f"guess{number}") == [0.0]
    assert fail(access, clock, 1, name="erika") == [1.0]
    for number in range(30):
        clock.on(s=fail(access, clock, 1, name=f"more{number}")[0])
        fail(access, clock, 1, name=f"more{number}")
    assert fail(access, clock, 1, name="erika") == [900.0]
    assert fail(access, clock, 1, name="erika", source="10.0.0.10") == [0.0]


def test_an_hour_after_the_last_failure_nothing_is_counted(access: Access, clock: Clock) -> None:
    fail(access, clock, 5)
    clock.on(minutes=60)
    assert fail(access, clock, 5) == [0.0] * 5


def test_success_forgets_the_account_and_not_the_source(access: Access, clock: Clock) -> None:
    fail(access, clock, 5)
    clock.on(s=1)
    fail(access, clock, 1)
    access.lockout.succeeded("erika", "10.0.0.9", now_ns=clock())
    assert fail(access, clock, 4) == [0.0] * 4
    assert fail(access, clock, 1, name="other") == [0.0]
    assert fail(access, clock, 1, name="other") == [1.0]


async def test_the_right_password_is_not_even_checked_while_waiting(access: Access, clock: Clock) -> None:
    for _ in range(5):
        refused = await access.sign_in("erika", "wrong password", source="::1", now_ns=clock())
        assert refused == Refused(why=WRONG)
    waiting = await access.sign_in("erika", PASSWORD, source="::1", now_ns=clock())
    assert isinstance(waiting, Refused)
    assert waiting.wait_s == 1.0
    clock.on(s=1)
    assert isinstance(await access.sign_in("erika", PASSWORD, source="::1", now_ns=clock()), SignIn)


async def test_many_attempts_at_once_gain_nothing(access: Access, clock: Clock) -> None:
    tried = [access.sign_in("erika", f"wrong {n}", source="::1", now_ns=clock()) for n in range(20)]
    answers = await asyncio.gather(*tried)
    assert [answer.wait_s for answer in answers if isinstance(answer, Refused)] == [0.0] * 5 + [1.0] * 15


async def test_a_lock_out_outlives_a_restart_and_a_person_ends_it(access: Access, clock: Clock) -> None:
    fail(access, clock, 6)
    again = Access(access._database, passwords=access.passwords)
    assert fail(again, clock, 1) == [1.0]
    again.lockout.forget("erika")
    assert fail(again, clock, 1) == [0.0]


def test_many_addresses_keep_nobody_out_where_they_signed_in_before(access: Access, clock: Clock) -> None:
    access.lockout.succeeded("erika", "10.0.0.1", now_ns=clock())
    for hour in range(8):
        for number in range(20):
            fail(access, clock, 6, source=f"10.0.{hour}.{number + 2}")
        assert fail(access, clock, 1, source="10.9.9.9")[0] > 0, "elsewhere the account waits"
        assert fail(access, clock, 1, source="10.0.0.1") == [0.0]
        access.lockout.succeeded("erika", "10.0.0.1", now_ns=clock())
        clock.on(minutes=60)


def test_where_somebody_signed_in_before_their_failures_are_waited_for_too(
    access: Access, clock: Clock
) -> None:
    access.lockout.succeeded("erika", "10.0.0.1", now_ns=clock())
    assert fail(access, clock, 6, source="10.0.0.1") == [0.0] * 5 + [1.0]
    access.lockout.forget("erika")
    assert fail(access, clock, 1, source="10.0.0.1") == [0.0]


def test_a_place_is_forgotten_after_ninety_days_and_after_twenty_others(access: Access, clock: Clock) -> None:
    def is_known(source: str) -> bool:
        access.lockout.forget("erika")
        fail(access, clock, 5, source="10.1.1.1")
        return fail(access, clock, 1, source=source) == [0.0]

    access.lockout.succeeded("erika", "10.0.0.1", now_ns=clock())
    assert is_known("10.0.0.1")
    clock.on(minutes=90 * 24 * 60)
    assert not is_known("10.0.0.1")
    for number in range(21):
        access.lockout.succeeded("erika", f"10.0.2.{number}", now_ns=clock.on(s=1))
    assert [is_known("10.0.2.0"), is_known("10.0.2.1")] == [False, True]


def test_addresses_of_one_network_of_ipv6_are_one_source(access: Access, clock: Clock) -> None:
    waits = [fail(access, clock, 1, name=f"n{n}", source=f"2001:db8::{n:x}")[0] for n in range(11)]
    assert waits == [0.0] * 10 + [1.0]
    assert fail(access, clock, 1, name="other", source="2001:db8:0:1::1") == [0.0]
