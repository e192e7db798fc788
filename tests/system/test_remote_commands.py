"""Commands over MQTT against a real broker and a real gateway; the breaker counts what it was told."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.system.remote_site import Remote, remote

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def with_header(token: str, header: dict[str, object], secret: bytes | None = None) -> str:
    """The claims of a token under another header: unsigned, or signed with a shared secret."""
    body = f"{encoded(json.dumps(header).encode())}.{token.split('.')[1]}"
    signature = b"" if secret is None else hmac.new(secret, body.encode(), hashlib.sha256).digest()
    return f"{body}.{encoded(signature)}"


async def sent(site: Remote, point: str, *more: str) -> tuple[int | None, Any]:
    """Send a command as a person does, from the command line."""
    key = ("--key", str(site.folder / "dispatch.key"), "--reason", "by hand", "--json")
    words = ("-m", "aios", "send", str(site.folder / "site.toml"), point, "1", *key, *more)
    done = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=asyncio.subprocess.PIPE)
    said, _ = await done.communicate()
    return done.returncode, json.loads(said)


async def once(site: Remote, id_: str, quantity: str, times: int = 1) -> None:
    """Let a pulse be done, and the gateway tell all of it."""
    before, token = site.pulses(), site.token(id_, point=f"cb1/{quantity}")
    site.post.send(token, times)
    ended = await site.until(id_, "ended", again=token)
    assert ended["outcome"] == "done"
    assert ended["digest"] == site.digest(id_)
    assert site.pulses() == [*before, quantity]


async def refused_by_name(site: Remote) -> None:
    """Everything that is wrong with a token has its name."""
    good = site.token("forged")
    header = {"alg": "EdDSA", "typ": "aios-command+jwt", "kid": "dispatch"}
    pem = site.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    stranger, site.key = site.key, Ed25519PrivateKey.generate()
    forged = site.token("stranger")
    site.key = stranger
    wrong = {
        "wrong_algorithm": [
            with_header(good, header | {"alg": "none"}),
            with_header(good, header | {"alg": "HS256"}, pem),
        ],
        "malformed": [with_header(good, header | {"typ": "JWT"})],
        "unknown_key": [with_header(good, header | {"kid": "../dispatch"})],
        "bad_signature": [good[:-8] + "AAAAAAAA", forged],
        "expired": [site.token("late", iat=1_000_000_000.0, exp=1_000_000_060.0)],
        "wrong_audience": [site.token("elsewhere", aud="nord")],
        "person_not_allowed": [site.token("somebody", sub="m.wong")],
        "point_not_allowed": [site.token("other", point="grid/active_power")],
        "unit_mismatch": [site.token("unit", unit="kW")],
        "valid_too_long": [site.token("long", exp=4_000_000_000.0)],
    }
    for tokens in wrong.values():
        for token in tokens:
            site.post.send(token)
    ids = {"bad_signature": ("forged", "stranger"), "expired": ("late",), "wrong_audience": ("elsewhere",)}
    ids |= {"person_not_allowed": ("somebody",), "point_not_allowed": ("other",), "unit_mismatch": ("unit",)}
    ids |= {"valid_too_long": ("long",), "wrong_algorithm": ("forged",), "unknown_key": ("forged",)}
    for refusal, named in ids.items():
        for id_ in named:
            await site.until(id_, "refused")
            for _ in range(100):
                if refusal in {answer["refusal"] for answer in site.post.told(id_)}:
                    break
                await asyncio.sleep(0.05)
            assert refusal in {answer["refusal"] for answer in site.post.told(id_)}
    site.post.send(b"\xff" * 100_000)
    site.post.send(b"")


async def test_each_command_has_one_effect_whoever_dies_and_every_wrong_one_a_name(tmp_path: Path) -> None:
    async with remote(tmp_path) as site:
        await once(site, "open-1", "open", times=3)
        stages = [answer["stage"] for answer in site.post.told("open-1")]
        assert stages == ["accepted", "permitted", "sent", "ended"]
        await refused_by_name(site)
        assert site.pulses() == ["open"]

        # The historian dies between hearing and telling; whoever sent it sends it again.
        for number, quantity in enumerate(("close", "open")):
            token = site.token(f"kill-{number}", point=f"cb1/{quantity}")
            site.post.send(token, 2)
            site.kill_historian()
            await once(site, f"kill-{number}", quantity)
        assert site.pulses() == ["open", "close", "open"]

        # Out of order: what was overtaken is not done any more.
        newer = site.token("newer", seq=2, point="cb1/close")
        site.post.send(newer)
        await site.until("newer", "ended", again=newer)
        older = site.token("older", seq=1, point="cb1/close")
        site.post.send(older)
        assert (await site.until("older", "refused", again=older))["refusal"] == "out_of_order"
        done = ["open", "close", "open", "close"]
        assert site.pulses() == done

        # The gateway is killed, the broker forgets everything; then all of it is replayed.
        assert site.unit.process is not None
        site.unit.process.kill()
        site.restart_broker()
        await site.unit.until("READY", after=asyncio.get_running_loop().time(), within_s=60.0)
        site.post.answers.clear()
        taken = ("open-1", "kill-0", "kill-1", "newer", "older")
        for id_ in taken:
            again = site.tokens[id_]
            site.post.send(again)
            await site.until(id_, "refused" if id_ == "older" else "ended", again=again)
        await once(site, "last", "open")
        code, said = await sent(site, "cb1/close")
        assert (code, [answer["stage"] for answer in said["answers"]][-1]) == (0, "ended")
        assert site.pulses() == [*done, "open", "close"]
        code, said = await sent(site, "cb1/close", "--unit", "kW")
        assert (code, [answer["refusal"] for answer in said["answers"]]) == (1, ["unit_mismatch"])
