# METADATA
# title: Dimming leaves every customer the minimum power of section 14a EnWG
# description: >-
#   A limit of a controllable device, or of an energy-management system in front of several, may not lie below the
#   minimum power. It is reckoned in whole hundredths of a watt, without rounding. Heat pumps behind one
#   connection count as one device of their summed power, cooling likewise; charging points and batteries count each.
#   A limit below the minimum is raised to it; one for what is no controllable device, or without an end, is denied.
#   A limit of one of several heat pumps (or coolers) must leave it its share of their common minimum.
# related_resources:
#   - ref: https://www.bundesnetzagentur.de/DE/Beschlusskammern/1_GZ/BK6-GZ/2022/BK6-22-300/Beschluss/BK6-22-300_Beschluss_Anlage1.pdf?__blob=publicationFile&v=1
#     description: >-
#       BK6-22-300, Anlage 1. The decision itself was not at hand. Read were three public implementations - the crate
#       metering 0.25.0 (src/grid/para14a.rs), which quotes it clause by clause, the simulator grid-edge-gateway and an
#       adapter for home automation. They agree on formula, 4.2 kW, 11 kW, 40 % and all simultaneity factors. The
#       second counts several heat pumps each; the clause 2.4.2 that the first quotes makes them one, and so do we.
# custom:
#   source: "BNetzA BK6-22-300 of 27.11.2023, Anlage 1, 2.4.1 and 2.4.2 (which devices), 4.5.1 (direct control), 4.5.2 (energy-management system)"
#   needs: "rating power_kw of every heat pump, cooler, charging point and battery, and on which connection they hang"
#   parameters:
#     quantities: ["-", "limits of the power drawn, kW"]
#     kinds: ["-", "kinds of asset, and how they count: grouped, single, or connection where an energy-management system takes one limit for all behind it"]
#     controllable_above_w: ["W", "connected power above which a device or group is controllable"]
#     minimum_w: ["W", "power that is left to a device"]
#     scaled_above_w: ["W", "connected power of a group above which it is left a share"]
#     scaling_percent: ["%", "that share"]
#     simultaneity_percent: ["%", "simultaneity factors for 2, 3, ... devices; the last holds for all above"]
#     longest_s: ["s", "time after which a limit that is not renewed has ended"]
package aios.policies.enwg14a_floor

import data.aios.commanded.names
import data.aios.commanded.none_of
import data.aios.commanded.quantities
import data.aios.commanded.without
import data.aios.commanded.writes
import rego.v1

rule := "enwg14a_floor"

parameters := data.parameters.enwg14a_floor

clear := harmless if others == []

else := (harmless | unconcerned) | kept

# Settled: no limit is written.
settled(_, given) := all if {
	all := names
	none_of(quantities, given.quantities)
} else := set()

harmless := settled(writes, parameters)

others := without(harmless)

# Cleared: not a limit, or not of a device that section 14a knows.
unconcerned contains command.id if {
	listed := parameters.quantities
	some [command, point] in others
	quantity := point.quantity
	not quantity in listed
}

unconcerned contains command.id if {
	known := parameters.kinds
	some [command, point] in others
	kind := point.kind
	not known[kind]
}

# Cleared: leaves the minimum and has an end, or takes nothing away.
kept contains limit.command if {
	some limit in limits
	limit.limit_w >= limit.drawn_w
}

kept contains limit.command if {
	some limit in limits
	enough(limit)
	ends(limit)
}

enough(limit) if (100 * limit.limit_w) * limit.of_w >= limit.floor_cw * limit.share_w

ends(limit) if {
	limit.reversion_s > 0
	limit.reversion_s <= parameters.longest_s
}

# Every limit whose minimum can be reckoned. `floor_cw` (hundredths of a watt) belongs to a group of `of_w`, of which
# the limited device is `share_w`.
limits contains limit if {
	some [command, point] in limiting
	devices := behind(point)
	every device in devices {
		device.power_kw > 0
	}
	floor := floor_of(point, devices)
	limit := object.union(floor, {
		"command": command.id,
		"asset": point.asset,
		"limit_w": watts(command.value),
		"reversion_s": object.get(command, "reversion_s", null),
	})
}

limiting := [[command, point] |
	some [command, point] in others
	point.quantity in parameters.quantities
	parameters.kinds[point.kind]
]

# The devices behind the connection on which a limited asset is or hangs; without one, the asset alone.
behind(point) := [device |
	some device in data.site.connections[point.connection]
	parameters.kinds[device.kind] in {"grouped", "single"}
] if point.connection != ""

behind(point) := [{"asset": point.asset, "kind": point.kind, "power_kw": object.get(point.ratings, "power_kw", null)}] if {
	point.connection == ""
}

# Direct control of one device (4.5.1).
floor_of(point, devices) := {"drawn_w": own_w, "share_w": own_w, "of_w": group_w, "floor_cw": floor_cw} if {
	parameters.kinds[point.kind] in {"grouped", "single"}
	some device in devices
	device.asset == point.asset
	own_w := watts(device.power_kw)
	group_w := counted_w(point, own_w, devices)
	group_w > parameters.controllable_above_w
	floor_cw := floor_of_group_cw(parameters.kinds[point.kind], group_w)
}

# An energy-management system in front of all of them (4.5.2).
floor_of(point, devices) := {"drawn_w": drawn_w, "share_w": 1, "of_w": 1, "floor_cw": base_cw + rest_cw} if {
	parameters.kinds[point.kind] == "connection"
	groups := [group_w |
		some kind, how in parameters.kinds
		how == "grouped"
		group_w := sum_w(kind, devices)
		group_w > parameters.controllable_above_w
	]
	singles := [device |
		some device in devices
		parameters.kinds[device.kind] == "single"
		watts(device.power_kw) > parameters.controllable_above_w
	]
	number := count(groups) + count(singles)
	number > 0
	base_cw := max([floor_of_group_cw("grouped", group_w) | some group_w in array.concat([0], groups)])
	rest_cw := ((number - 1) * simultaneity_percent(number)) * parameters.minimum_w
	drawn_w := sum([watts(device.power_kw) | some device in devices])
}

floor_of_group_cw(how, group_w) := parameters.scaling_percent * group_w if {
	how == "grouped"
	group_w > parameters.scaled_above_w
} else := 100 * parameters.minimum_w

counted_w(point, own_w, _) := own_w if parameters.kinds[point.kind] == "single"

counted_w(point, _, devices) := sum_w(point.kind, devices) if parameters.kinds[point.kind] == "grouped"

sum_w(kind, devices) := sum([watts(device.power_kw) | some device in devices; device.kind == kind])

simultaneity_percent(number) := 0 if number == 1

simultaneity_percent(number) := parameters.simultaneity_percent[place] if {
	number > 1
	place := min([number - 2, count(parameters.simultaneity_percent) - 1])
}

watts(kw) := round(kw * 1000)

# A limit below the minimum is raised to it.
clamp contains entry if {
	some limit in limits
	limit.limit_w < limit.drawn_w
	not enough(limit)
	ends(limit)
	least_kw := ceil((limit.floor_cw * limit.share_w) / (limit.of_w * 100)) / 1000
	entry := {
		"command": limit.command,
		"rule": rule,
		"reason": sprintf("%s would be limited to %v kW: section 14a EnWG leaves it at least %v kW", [
			limit.asset,
			limit.limit_w / 1000,
			least_kw,
		]),
		"low": least_kw,
		"high": null,
	}
}

deny contains denied(command, text) if {
	some [command, point] in limiting
	some limit in limits
	limit.command == command.id
	limit.limit_w < limit.drawn_w
	not ends(limit)
	text := sprintf("the limit of %s has no end: it must revert by itself after at most %v s", [
		point.asset,
		parameters.longest_s,
	])
}

deny contains denied(command, text) if {
	some [command, point] in limiting
	some device in behind(point)
	not device.power_kw > 0
	text := sprintf("the minimum power of %s is unknown: the site declares no power_kw of %s", [point.asset, device.asset])
}

deny contains denied(command, text) if {
	some [command, point] in limiting
	devices := behind(point)
	every device in devices {
		device.power_kw > 0
	}
	not floor_of(point, devices)
	text := sprintf("%s is no controllable device of section 14a EnWG: more than %v kW must be connected", [
		point.asset,
		parameters.controllable_above_w / 1000,
	])
}

denied(command, text) := {"command": command.id, "rule": rule, "reason": text}
