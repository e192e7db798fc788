"""What a desk passes on carries its word, which a gateway believes for this act alone."""

from __future__ import annotations

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aios.control_room.vouching import NotAssigned, Voucher
from edge.access.vouch import Vouched, verify
from kernel.instruction import Unfit
from kernel.shell.wire import PutRequest
from kernel.site import VouchingDesk
from tests.unit.aios.api.v1.asking import NORD, PEOPLE, as_, asking, asking_source, known, seen_view

KEY = Ed25519PrivateKey.generate()
NOW_S = 1_800_000_000.0
DESKS = {"desk1": VouchingDesk(key="desk1", roles=("OPERATOR",))}
WISH = {"point": "bat1/active_power_setpoint", "value": 12.0, "reason": "peak"}


async def passed_on() -> PutRequest:
    """What a desk with a key passes on of a person's wish."""
    source = asking_source()
    view = await seen_view(source, voucher=Voucher(desk="desk1", key=KEY, now_s=lambda: NOW_S))
    async with asking(view, front=known()) as client:
        answer = await client.post(f"{NORD}/commands", json=WISH, headers=as_("emil", "k1"))
    assert answer.status_code == 202
    (message,) = source.told
    assert isinstance(message, PutRequest)
    return message


def believed(message: PutRequest, *, site: str = "nord", now_s: float = NOW_S) -> Vouched | Unfit:
    """What a gateway makes of it."""
    return verify(message, site=site, desks=DESKS, find_key=lambda _: KEY.public_key(), now_s=now_s)


async def test_a_gateway_believes_who_asks():
    found = believed(await passed_on())
    assert isinstance(found, Vouched)
    assert (found.person, found.roles, found.way) == ("emil", ("OPERATOR",), "token")


@pytest.mark.parametrize("changes", [{"value": 13.0}, {"person": "erika"}, {"point": "bat1/other"}])
async def test_the_word_is_for_no_other_act(changes: dict):
    assert isinstance(believed(msgspec.structs.replace(await passed_on(), **changes)), Unfit)


async def test_the_word_is_for_this_site_and_this_minute():
    message = await passed_on()
    assert isinstance(believed(message, site="south"), Unfit)
    assert isinstance(believed(message, now_s=NOW_S + 61.0), Unfit)


async def test_a_token_of_another_site_is_not_vouched_for():
    voucher, wish = Voucher(desk="desk1", key=KEY, now_s=lambda: NOW_S), await passed_on()
    with pytest.raises(NotAssigned, match="olga asks by a token that is not for site nord"):
        voucher.vouched(wish, PEOPLE["olga"], site="nord")
    assert voucher.vouched(wish, PEOPLE["olga"], site="south").vouch
    assert voucher.vouched(wish, PEOPLE["anton"], site="nord").vouch, "assigned to every site"
