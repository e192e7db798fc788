"""Policy bundles in the pipe: an act of a person is taken, and from that tick on other policies are expected.

Pure. What the gateway found out of the bundle (that it is signed, what answers for it, what it permits more)
came with the act; it is judged here, so that a replay finds the same. The revision changes with the
instructions of a tick, before anything is decided: never inside one.
"""

from __future__ import annotations

import msgspec

from kernel.instruction import BundleAct, BundleStep, Unfit
from kernel.pipe.state import PipeState
from kernel.site import Site


def change_bundle(site: Site, state: PipeState, told: BundleAct) -> PipeState | Unfit:
    """Say what an act with a policy bundle makes of a state, or why it is refused."""
    why = told.unfit or ("" if told.expects else "this gateway has no shelf of policy bundles")
    why = why or (_unapproved(site, told) if told.step is BundleStep.PROMOTE else "")
    if why:
        return Unfit(why)
    match told.step:
        case BundleStep.SHADOW:
            return msgspec.structs.replace(state, trial=msgspec.structs.replace(told, assets=()))
        case BundleStep.PROMOTE if told.assets:
            strange = _not_commanded(site, told.assets)
            return Unfit(strange) if strange else msgspec.structs.replace(state, trial=told)
        case BundleStep.PROMOTE:
            return msgspec.structs.replace(state, policy=told.expects, trial=None)
        case BundleStep.ROLLBACK if state.trial is not None:
            return msgspec.structs.replace(state, trial=None)
        case BundleStep.ROLLBACK:
            return msgspec.structs.replace(state, policy=told.expects)


def same_person(one: str, other: str) -> bool:
    """Tell whether two names are of one person, however they are written.

    >>> same_person("A. Berg", " a.  berg ")
    True
    """
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()


def _unapproved(site: Site, told: BundleAct) -> str:
    """Say why nobody who may has agreed to a bundle that permits more; empty where somebody has.

    An approver who is vouched for is an account, a signer a name in the site file: without the signer's
    account nobody can tell whether they are two people.
    """
    if not told.loosens:
        return ""
    if not told.approver.strip():
        return f"it loosens policy and names no approver: {told.loosens}"
    if site.access is not None and not told.signer_account.strip():
        return (
            f"it loosens policy and the account of {told.signer}, who signed it, is not known:"
            f" name it as `account` in [[policies.signer]] ({told.loosens})"
        )
    if any(same_person(told.approver, one) for one in (told.signer, told.signer_account)):
        return f"it loosens policy and {told.approver} signed it: somebody else must agree ({told.loosens})"
    return ""


def _not_commanded(site: Site, assets: tuple[str, ...]) -> str:
    """Say which of the assets are not commanded at all; empty where all are."""
    known = {point.asset for point in site.writable}
    strange = [name for name in assets if name not in known]
    return f"nothing of {', '.join(strange)} is commanded; what is: {', '.join(sorted(known))}" * bool(
        strange
    )
