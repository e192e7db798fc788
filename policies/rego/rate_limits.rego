# METADATA
# title: Nothing is operated more often than it lasts
# description: >-
#   A breaker is closed, and a tap changer moved, only so many times in a while; a compressor rests before it starts
#   again; a battery is neither discharged when it is almost empty nor charged when it is almost full. The gateway counts
#   what it has operated itself, over restarts. Opening, switching off and setting a battery to zero are never held back.
# related_resources:
#   - ref: https://webstore.iec.ch/publication/62785
#     description: IEC 62271-100, mechanical endurance and operating sequences of circuit-breakers (the paid text was not read)
# custom:
#   source: "company rules after manufacturers' manuals; IEC 62271-100 (operating sequences)"
#   needs: "point state_of_charge (%) of every battery; what the gateway has operated in the last day"
#   parameters:
#     limits: ["-, s", "what is held back: quantities of kinds, where most operations among those that count stand in window_s"]
#     rests: ["-, s", "what rests: a quantity of kinds is written with a value other than off_values only least_s after the last such operation"]
#     storage: ["%", "by kind, its setpoint, and the state of charge low_percent and high_percent between which it may be moved either way"]
package aios.policies.rate_limits

import data.aios.commanded.kinds
import data.aios.commanded.names
import data.aios.commanded.none_of
import data.aios.commanded.quantities
import data.aios.commanded.without
import data.aios.commanded.writes
import data.aios.readings
import rego.v1

rule := "rate_limits"

parameters := data.parameters.rate_limits

clear := harmless if others == []

else := (harmless | unconcerned) | ((rare | rested) | stored)

# Settled: nothing that is counted is operated, or a battery in the middle of its range is moved.
settled(pairs, given) := all if {
	all := names
	storage := given.storage
	none_of(kinds, [kind | some kind, _ in storage])
	none_of(quantities, held_back(given))
} else := {command.id |
	storage := given.storage
	usable := readings.usable
	some [command, point] in pairs
	law := storage[point.kind]
	point.quantity == law.setpoint
	percent := usable[point.beside.state_of_charge.point]
	percent > law.low_percent
	percent < law.high_percent
}

harmless := settled(writes, parameters)

others := without(harmless)

held_back(given) := {quantity |
	some limit in array.concat(given.limits, given.rests)
	some quantity in limit.quantities
}

# Cleared: neither counted, nor resting, nor stored energy.
unconcerned contains command.id if {
	limits := array.concat(parameters.limits, parameters.rests)
	parameters.storage
	some [command, point] in others
	quantity := point.quantity
	kind := point.kind
	every limit in limits {
		not concerns(limit, quantity, kind)
	}
	not storing(point)
}

concerns(limit, quantity, kind) if {
	quantity in limit.quantities
	kind in limit.kinds
}

# Cleared: fewer operations than the limit, those of this tick included.
rare contains command.id if {
	some [command, point] in others
	some limit in parameters.limits
	concerns(limit, point.quantity, point.kind)
	operated(command, point, limit) < limit.most
}

operated(command, point, limit) := count(before) + count(beside) if {
	is_array(past(point.asset))
	before := [one |
		some one in past(point.asset)
		one.quantity in limit.counts
		one.ago_s < limit.window_s
	]
	beside := [other.id |
		some [other, its] in writes
		its.asset == point.asset
		its.quantity in limit.counts
		other.id != command.id
	]
}

# What the gateway has operated at an asset; undefined where it does not say.
past(asset) := object.get(input.operations, asset, [])

# Cleared: switches off, or has rested.
rested contains command.id if {
	some [command, point] in others
	some rest in parameters.rests
	concerns(rest, point.quantity, point.kind)
	command.value in rest.off_values
}

rested contains command.id if {
	some [command, point] in others
	some rest in parameters.rests
	concerns(rest, point.quantity, point.kind)
	since_s(point, rest) >= rest.least_s
}

since_s(point, rest) := min([one.ago_s | some one in done]) if {
	done := past_of(point, rest)
	count(done) > 0
}

since_s(point, rest) := rest.least_s if past_of(point, rest) == []

past_of(point, rest) := [one |
	some one in past(point.asset)
	one.quantity in rest.quantities
] if is_array(past(point.asset))

# Cleared: moves stored energy away from the end it is near.
stored contains command.id if {
	some [command, point] in others
	storing(point)
	command.value == 0
}

stored contains command.id if {
	some [command, point] in others
	storing(point)
	command.value > 0
	readings.value(point, "state_of_charge") > parameters.storage[point.kind].low_percent
}

stored contains command.id if {
	some [command, point] in others
	storing(point)
	command.value < 0
	readings.value(point, "state_of_charge") < parameters.storage[point.kind].high_percent
}

# The safe set is judged as the site is loaded, before anything is measured.
stored contains command.id if {
	input.occasion == "load"
	some [command, point] in others
	storing(point)
}

storing(point) if point.quantity == parameters.storage[point.kind].setpoint

deny contains denied(command, text) if {
	some [command, point] in others
	some limit in array.concat(parameters.limits, parameters.rests)
	concerns(limit, point.quantity, point.kind)
	not command.id in rested
	not past(point.asset)
	text := "nobody says how often it has been operated"
}

deny contains denied(command, text) if {
	some [command, point] in others
	some limit in parameters.limits
	concerns(limit, point.quantity, point.kind)
	number := operated(command, point, limit)
	number >= limit.most
	text := sprintf("%s has been operated %v times in %v s, at most %v are permitted", [
		point.title,
		number,
		limit.window_s,
		limit.most,
	])
}

deny contains denied(command, text) if {
	some [command, point] in others
	some rest in parameters.rests
	concerns(rest, point.quantity, point.kind)
	not command.value in rest.off_values
	rested_s := since_s(point, rest)
	rested_s < rest.least_s
	text := sprintf("%s has rested for %v s, %v s are needed", [point.title, readings.tenths(rested_s), rest.least_s])
}

deny contains denied(command, readings.trouble(point, "state_of_charge")) if {
	some [command, point] in others
	storing(point)
	command.value != 0
	not input.occasion == "load"
	not readings.value(point, "state_of_charge")
}

deny contains denied(command, text) if {
	some [command, point] in others
	storing(point)
	command.value > 0
	low_percent := parameters.storage[point.kind].low_percent
	percent := readings.value(point, "state_of_charge")
	percent <= low_percent
	text := sprintf("%s is charged to %v %s, it is not discharged at %v %s", [
		point.title,
		readings.tenths(percent),
		"%",
		low_percent,
		"%",
	])
}

deny contains denied(command, text) if {
	some [command, point] in others
	storing(point)
	command.value < 0
	high_percent := parameters.storage[point.kind].high_percent
	percent := readings.value(point, "state_of_charge")
	percent >= high_percent
	text := sprintf("%s is charged to %v %s, it is not charged at %v %s", [
		point.title,
		readings.tenths(percent),
		"%",
		high_percent,
		"%",
	])
}

denied(command, text) := {
	"command": command.id,
	"rule": rule,
	"reason": sprintf("%s is not written: %s", [command.point, text]),
}
