# METADATA
# title: The newest connection is curtailed first, and restored last
# description: >-
#   Plants behind one constraint (the same asset upstream) are curtailed in the order last in, first out, by the date of
#   application. A limit below what a plant may export is denied while a newer plant still exports; a limit is not
#   raised while an older plant is still curtailed. What other plants do is known from the limits that stand and from those
#   commanded in the same tick. Every limit reverts to no export within the agreed time when communication is lost.
# related_resources:
#   - ref: https://www.energynetworks.org
#     description: Energy Networks Association, active network management good practice guide (read in summaries)
# custom:
#   source: "UK active network management, last in first out by application date; times are those of the connection agreement"
#   needs: "ratings power_kw and application_date (as the number yyyymmdd) of every plant, and the reading of its limit"
#   parameters:
#     quantities: ["-", "limits of the power exported, kW"]
#     kinds: ["-", "kinds of asset that are curtailed"]
#     tolerance_kw: ["kW", "limit up to which a plant counts as not exporting"]
#     lost_within_s: ["s", "time after which a plant without communication exports nothing"]
package aios.policies.anm_lifo

import data.aios.commanded.names
import data.aios.commanded.none_of
import data.aios.commanded.quantities
import data.aios.commanded.without
import data.aios.commanded.writes
import rego.v1

rule := "anm_lifo"

parameters := data.parameters.anm_lifo

clear := harmless if others == []

else := (harmless | unconcerned) | in_order

# Settled: no limit is written.
settled(_, given) := all if {
	all := names
	none_of(quantities, given.quantities)
} else := set()

harmless := settled(writes, parameters)

others := without(harmless)

unconcerned contains command.id if {
	listed := parameters.quantities
	some [command, point] in others
	quantity := point.quantity
	not quantity in listed
}

unconcerned contains command.id if {
	curtailed := parameters.kinds
	some [command, point] in others
	kind := point.kind
	not kind in curtailed
}

# The safe set is judged as the site is loaded, before anything is measured.
unconcerned contains command.id if {
	input.occasion == "load"
	parameters.kinds
	some [command, _] in others
}

# Cleared: carries its end, and every plant behind the constraint stands where the order wants it.
in_order contains command.id if {
	some [command, point] in limiting
	lost_in_time(command)
	own := plants[point.asset]
	every name in behind[point.upstream] {
		orderly(own, plants[name])
	}
}

lost_in_time(command) if {
	command.reversion_value == 0
	command.reversion_s <= parameters.lost_within_s
}

orderly(own, other) if other.date == own.date

# A newer one: exports nothing, unless this one is not curtailed.
orderly(own, other) if {
	other.date > own.date
	other.limit_kw <= parameters.tolerance_kw
}

orderly(own, other) if {
	other.date > own.date
	own.limit_kw >= own.power_kw
}

# An older one: not curtailed, unless this one exports nothing.
orderly(own, other) if {
	other.date < own.date
	other.limit_kw >= other.power_kw
}

orderly(own, other) if {
	other.date < own.date
	own.limit_kw <= parameters.tolerance_kw
}

limiting := [[command, point] |
	some [command, point] in others
	point.quantity in parameters.quantities
	point.kind in parameters.kinds
]

# By constraint, the plants behind it.
behind := {upstream: group |
	curtailed := parameters.kinds
	some upstream in {point.upstream | some [_, point] in limiting}
	group := {name |
		some name, asset in data.site.assets
		asset.upstream == upstream
		asset.kind in curtailed
	}
}

# What is known of each: its limit as it will stand after this tick.
plants := {name: known |
	some group in behind
	some name in group
	ratings := data.site.assets[name].ratings
	known := {"date": ratings.application_date, "power_kw": ratings.power_kw, "limit_kw": limit_of(name)}
}

limit_of(name) := min(commanded_kw(name)) if {
	count(commanded_kw(name)) > 0
} else := reading.value if {
	some quantity in parameters.quantities
	place := concat("/", [name, quantity])
	reading := input.readings[place]
	is_number(reading.value)
	bits.and(reading.quality, data.site.unusable) == 0
	abs(reading.age_s) <= data.site.points[place].stale_s
}

commanded_kw(name) := [command.value |
	some [command, point] in limiting
	point.asset == name
]

deny contains denied(command, point, text) if {
	some [command, point] in limiting
	some name in behind[point.upstream]
	not plants[name]
	text := sprintf("nobody knows the place of %s in the order: its application_date, power_kw or limit is missing", [name])
}

deny contains denied(command, point, text) if {
	some [command, point] in limiting
	not lost_in_time(command)
	text := sprintf("it would not go to 0 kW within %v s when communication is lost", [parameters.lost_within_s])
}

deny contains denied(command, point, text) if {
	some [command, point] in limiting
	own := plants[point.asset]
	some name in behind[point.upstream]
	other := plants[name]
	not orderly(own, other)
	other.date > own.date
	text := sprintf("%s is newer and still exports up to %v kW", [name, other.limit_kw])
}

deny contains denied(command, point, text) if {
	some [command, point] in limiting
	own := plants[point.asset]
	some name in behind[point.upstream]
	other := plants[name]
	not orderly(own, other)
	other.date < own.date
	text := sprintf("%s is older and still curtailed to %v of %v kW", [name, other.limit_kw, other.power_kw])
}

denied(command, point, text) := {
	"command": command.id,
	"rule": rule,
	"reason": sprintf("%s is not limited to %v kW: %s", [point.asset, command.value, text]),
}
