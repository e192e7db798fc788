"""A command is numbered after the later of what was used and what the device shows, and lasts as declared."""

from __future__ import annotations

import msgspec
import pytest

from kernel.command import Command
from kernel.image import next_image
from kernel.measurement import block
from kernel.pipe.issue import Issuer, stands, writing_of
from kernel.pipe.state import LOST, PipeState, Posture
from kernel.quality import GOOD, INVALID, OLD, QUESTIONABLE
from kernel.testing import EmptyPast
from tests.unit.kernel.conftest import BATTERY, METER, S, make_pipe, make_site


def issue(
    *, used: int | None, shown: int | None, quality: int = GOOD, posture: Posture | None = None
) -> Command:
    site = make_site(sequence="bat/sequence", validity_s=7.0, reversion_s=60.0, reversion_value=1.0)
    state: PipeState = make_pipe(site).begin(EmptyPast(), now_ns=0)
    if shown is not None:
        read = block([site.row["bat/sequence"]], [float(shown)], [quality], at_ns=S)
        state = msgspec.structs.replace(state, image=next_image(state.image, [read], tick=5, now_ns=S))
    if used is not None:
        state = msgspec.structs.replace(state, sequences={BATTERY: used})
    if posture is not None:
        state = msgspec.structs.replace(state, postures={BATTERY: posture})
    issuer = Issuer(site=site, run="run", revision="rev")
    return issuer.command(state, site.point(BATTERY), 30.0, number=2, authority="gate", reason="why")


@pytest.mark.parametrize(
    ("used", "shown", "number"),
    [
        (None, 41, 42), (41, 41, 42), (41, 12, 42), (12, 41, 42), (65535, 65535, 0), (65535, 3, 4),
        (3, 65535, 4), (65534, 65534, 65535), (0, 32767, 32768), (0, 32768, 1),
    ],
    ids=[
        "first use", "agree", "used is later", "shown is later", "wraps", "shown is later over the wrap",
        "used is later over the wrap", "last number", "half the range ahead", "half the range behind",
    ],
)  # fmt: skip
def test_the_next_number_follows_the_later_of_used_and_shown(
    used: int | None, shown: int, number: int
) -> None:
    assert issue(used=used, shown=shown).sequence == number


@pytest.mark.parametrize("quality", [INVALID, QUESTIONABLE | OLD], ids=["invalid", "old"])
def test_a_register_that_cannot_be_read_shows_nothing(quality: int) -> None:
    assert issue(used=100, shown=200, quality=quality).sequence == 101


def test_a_register_that_was_never_read_does_not_bring_high_numbers_back_to_the_first() -> None:
    assert issue(used=40_000, shown=None).sequence == 40_001


def test_a_point_without_a_register_has_no_numbers() -> None:
    site = make_site()
    state = make_pipe(site).begin(EmptyPast(), now_ns=0)
    issuer = Issuer(site=site, run="run", revision="rev")
    command = issuer.command(state, site.point(BATTERY), 1.0, number=0, authority="gate", reason="r")
    assert command.sequence is None


def test_a_command_carries_its_id_its_validity_and_its_reversion() -> None:
    command = issue(used=None, shown=1)
    assert (command.id, command.trace, command.tick) == ("run-5-2", "run-5-1", 5)
    assert command.valid_until_ns - command.issued_at_ns == 7 * S
    assert (command.reversion_s, command.reversion_value, command.revision) == (60.0, 1.0, "rev")


@pytest.mark.parametrize(
    ("authority", "value", "renewal"), [("gate", 30.0, True), ("gate", 31.0, False), (LOST, 30.0, False)]
)
def test_a_command_renews_what_stands_and_nothing_else(
    authority: str, value: float, *, renewal: bool
) -> None:
    posture = Posture(value=value, authority=authority, revision="rev", renew_at_ns=0, command="c")
    assert issue(used=None, shown=1, posture=posture).renewal is renewal


def test_a_point_that_can_only_be_read_has_no_writing() -> None:
    site = make_site()
    with pytest.raises(ValueError, match=f"{METER} cannot be written"):
        writing_of(site.point(METER))
    with pytest.raises(ValueError, match="cannot be written"):
        stands(replace_posture(site), site.point(METER), 1.0)


def replace_posture(site: object) -> PipeState:
    posture = Posture(value=1.0, authority="gate", revision="r", renew_at_ns=0, command="c")
    state = make_pipe(site).begin(EmptyPast(), now_ns=0)  # type: ignore[arg-type]
    return msgspec.structs.replace(state, postures={METER: posture})
