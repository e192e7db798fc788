"""Where the devices of a site touch the simulated world: what each one feels.

A device feels the part of the network that has the name of its asset: a meter on feeder f11 the line f11 at
its bay end, a meter on the connection the source, a monitor on t1 the transformer t1. A battery feels whether
there is voltage; it and a breaker report what they do themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from kernel.asset import Asset
from kernel.site import Site
from simulators.couplings.regulating import Stand, capacitor, tap_changer
from simulators.devices.inverter import GRID_STATE
from simulators.heat import ThermalReading
from simulators.networks.network import Generator, Load, Network
from simulators.physics.flows import Flows
from simulators.physics.switching import AS_DRAWN, Switching


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The world at one moment, as far as devices can feel it."""

    flows: Flows
    transformers: Mapping[str, ThermalReading]
    ambient_c: float
    shown: Mapping[str, Mapping[str, float]]
    """What the parts of the world show of each asset, by quantity."""
    switching: Switching = AS_DRAWN
    """With which the flows were solved."""


Sense = Callable[[Scene], dict[str, float]]
"""What one device feels, by quantity: kW, kvar, kV, A, degC; NaN where the grid has no solution."""


class NotCoupled(ValueError):
    """Site and network do not fit; every mismatch is listed."""

    def __init__(self, errors: tuple[str, ...]) -> None:
        self.errors = errors
        super().__init__("site and network do not fit:\n" + "\n".join(f"  {error}" for error in errors))


def couple(site: Site, network: Network) -> dict[str, Sense]:
    """Return what each device of the site feels, by name of the device.

    Raises:
        NotCoupled: a feeder, transformer, connection, battery or breaker of the site is not in the network.
    """
    errors: list[str] = []
    senses: dict[str, Sense] = {}
    for device in site.devices:
        asset = site.asset.get(device.asset)
        if asset is None:
            errors.append(f"device {device.name}: the site has no asset {device.asset}")
        elif asset.name not in _named(network, asset.kind):
            errors.append(f"device {device.name}: the network has no {asset.kind} {asset.name}")
        else:
            senses[device.name] = _with_shown(asset, network)
    if errors:
        raise NotCoupled(tuple(errors))
    return senses


def _named(network: Network, kind: str) -> set[str]:
    names: dict[str, set[str]] = {
        "connection": {network.source.name},
        "feeder": {line.name for line in network.lines},
        "transformer": {unit.name for unit in network.transformers},
        "battery": {battery.name for battery in network.batteries},
        "breaker": set(network.breakers),
        "load": {load.name for load in network.loads},
        "plant": {plant.name for plant in network.generators},
        "capacitor": {bank.name for bank in network.capacitors},
    }
    return names.get(kind, set())


def _sense(asset: Asset, network: Network) -> Sense:
    if asset.kind == "connection":
        return _connection(network.source.bus)
    if asset.kind == "feeder":
        line = next(line for line in network.lines if line.name == asset.name)
        return _feeder(line.name, line.from_bus)
    if asset.kind in {"load", "plant"}:
        return _appliance(asset, network)
    if asset.kind == "battery":
        return _battery(next(one.bus for one in network.batteries if one.name == asset.name))
    return _transformer(asset.name) if asset.kind == "transformer" else _nothing


def _with_shown(asset: Asset, network: Network) -> Sense:
    """Add what the parts of the world show of an asset, such as the temperatures of a transformer.

    Where something stands that is switched, the grid knows best: a part shows what it was told last.
    """
    sense, stand, name = _sense(asset, network), _stand(asset, network), asset.name

    def both(scene: Scene) -> dict[str, float]:
        felt = sense(scene)
        felt.update(scene.shown.get(name, {}))
        if stand is not None:
            felt.update(stand(scene.flows, scene.switching))
        return felt

    return both


def _stand(asset: Asset, network: Network) -> Stand | None:
    """Return what is switched of an asset; None where nothing is, or a device shows it by itself."""
    if asset.kind == "transformer":
        return tap_changer(next(unit for unit in network.transformers if unit.name == asset.name))
    if asset.kind == "capacitor":
        return capacitor(next(bank for bank in network.capacitors if bank.name == asset.name), network)
    return None


def _connection(bus: str) -> Sense:
    def sense(scene: Scene) -> dict[str, float]:
        flows = scene.flows
        kv = flows.kv(bus)
        apparent = (flows.import_kw**2 + flows.import_kvar**2) ** 0.5
        return {
            "active_power": flows.import_kw,
            "reactive_power": flows.import_kvar,
            "voltage": kv,
            "current": apparent / (_SQRT3 * kv),
        }

    return sense


def _feeder(line: str, bus: str) -> Sense:
    def sense(scene: Scene) -> dict[str, float]:
        flow = scene.flows.flow(line)
        return {
            "active_power": flow.from_kw,
            "reactive_power": flow.from_kvar,
            "voltage": scene.flows.kv(bus),
            "current": flow.from_a,
        }

    return sense


def _battery(bus: str) -> Sense:
    def sense(scene: Scene) -> dict[str, float]:
        return {GRID_STATE: float(scene.flows.kv(bus) > 0.0) if scene.flows.converged else float("nan")}

    return sense


def _appliance(asset: Asset, network: Network) -> Sense:
    """A load or a plant feels what flows and the voltage at its bus."""
    things: tuple[Load | Generator, ...] = (*network.loads, *network.generators)
    bus = next(one.bus for one in things if one.name == asset.name)

    def sense(scene: Scene) -> dict[str, float]:
        flows, rows = scene.flows, scene.flows.rows
        if asset.kind == "load":
            power_kw = float(flows.load_kw[rows.load[asset.name]])
        else:
            power_kw = flows.plant(asset.name)
        return {"active_power": power_kw, "voltage": flows.kv(bus)}

    return sense


def _transformer(name: str) -> Sense:
    def sense(scene: Scene) -> dict[str, float]:
        return {"ambient_temperature": scene.ambient_c, "load_current": scene.flows.flow(name).to_a}

    return sense


def _nothing(_: Scene) -> dict[str, float]:
    return {}


_SQRT3: Final = 3.0**0.5
