"""The safe set: judged by envelope and policy once, when a site or its policies are loaded.

After that, going safe needs neither a live gate nor a live journal.
"""

from __future__ import annotations

from kernel.command import Command
from kernel.point import OnLoss, Operation
from kernel.ports import GateRequest
from kernel.site import Site
from kernel.verdict import Allow, Judgement
from policies.bundle import PolicyBundle
from policies.embedded import EmbeddedGate
from policies.envelope import check_safe_set


class UnsafeSite(ValueError):
    """The safe set of a site is not safe; every reason is listed."""


def permit_safe_set(site: Site, bundle: PolicyBundle, *, now_ns: int) -> tuple[Command, ...]:
    """Judge the safe value of every point that is written when its permit is lost.

    Returns:
        The commands that were permitted, for the journal.

    Raises:
        UnsafeSite: a value lies outside a rating, or policy does not allow it.
    """
    request, gate = safe_request(site, bundle, now_ns=now_ns), EmbeddedGate(bundle)
    judgement = gate.judge_now(request)
    gate.rest()
    if why := judged_safe(site, request, judgement):
        raise UnsafeSite(why)
    return request.commands


def safe_request(site: Site, bundle: PolicyBundle, *, now_ns: int) -> GateRequest:
    """Ask for every safe value, and for the ends of every heartbeat."""
    commands = (
        *safe_commands(site, bundle, now_ns=now_ns),
        *heartbeat_commands(site, bundle, now_ns=now_ns),
    )
    return GateRequest(
        tick=-1, now_ns=now_ns, commands=commands, readings={}, occasion="load", revision=bundle.revision
    )


def judged_safe(site: Site, request: GateRequest, judgement: Judgement) -> str:
    """Say why a safe set is not safe, all of it; empty where it is."""
    if judgement.failure:
        return f"the policies cannot judge the safe set: {judgement.failure}"
    refused = [
        f"safe value {command.value:g} of {command.point} is not permitted: {verdict}"
        for command in request.commands
        if not isinstance(verdict := judgement.verdicts.get(command.id), Allow)
    ]
    return "; ".join((*check_safe_set(site), *refused))


def heartbeat_commands(site: Site, bundle: PolicyBundle, *, now_ns: int) -> tuple[Command, ...]:
    """Write the lowest and the highest value of every heartbeat down as commands: they are judged once."""
    return tuple(
        Command(
            id=f"heartbeat-{point.name}-{value:g}",
            trace="safe-set",
            point=point.name,
            value=value,
            operation=writing.operation,
            tick=-1,
            issued_at_ns=now_ns,
            valid_until_ns=now_ns,
            authority="safe_set",
            revision=bundle.revision,
            reason="heartbeat",
        )
        for point in site.writable
        if (writing := point.writing) is not None and writing.heartbeat_s is not None
        for value in (writing.low, writing.high)
    )


def safe_commands(site: Site, bundle: PolicyBundle, *, now_ns: int) -> tuple[Command, ...]:
    """Write the safe set down as the commands that would be sent."""
    return tuple(
        Command(
            id=f"safe-{point.name}",
            trace="safe-set",
            point=point.name,
            value=writing.safe_value,
            operation=writing.operation,
            tick=-1,
            issued_at_ns=now_ns,
            valid_until_ns=now_ns,
            reversion_value=writing.reversion_value,
            reversion_s=writing.reversion_s,
            authority="safe_set",
            revision=bundle.revision,
            reason="safe set",
        )
        for point in site.writable
        if (writing := point.writing) is not None
        and writing.on_loss is OnLoss.WRITE_SAFE
        and writing.operation is Operation.SETPOINT
    )
