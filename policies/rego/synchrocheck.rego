# METADATA
# title: Two live systems are joined only when they are in step
# description: >-
#   Closing a breaker between two live sides is denied unless the differences of voltage, frequency and angle are all
#   within their limits. Closing onto a dead side is denied unless dead-line charging is switched on for the breaker.
#   What is not known, live or dead or how far apart, denies. A breaker with one source only is exempt where the site says
#   so with the rating synchrocheck = 0. The relay's own synchrocheck is never bypassed: this stands before it.
# related_resources:
#   - ref: https://standards.ieee.org/ieee/1547/5915/
#     description: IEEE 1547-2018, synchronisation parameter limits by rating (the paid text was not read)
# custom:
#   source: "IEEE 1547-2018, 4.10.4 (limits of the middle size class, from memory); IEC 61850-7-4, RSYN"
#   needs: "points busbar_live, line_live, voltage_difference (%), frequency_difference (Hz), angle_difference (deg) and dead_charging at the breaker, or its rating synchrocheck = 0"
#   parameters:
#     switching_kinds: ["-", "kinds of asset that switch"]
#     opening_quantities: ["-", "what is known to open"]
#     other_quantities: ["-", "what switches nothing, such as the select of a breaker"]
#     limits: ["%, Hz, deg", "by quantity, largest difference in either direction"]
package aios.policies.synchrocheck

import data.aios.commanded.kinds
import data.aios.commanded.names
import data.aios.commanded.none_of
import data.aios.commanded.without
import data.aios.commanded.writes
import data.aios.readings
import rego.v1

rule := "synchrocheck"

parameters := data.parameters.synchrocheck

clear := harmless if others == []

else := ((harmless | unconcerned) | exempt) | (in_step | charging)

# Settled: no switch is commanded.
settled(_, given) := all if {
	all := names
	none_of(kinds, given.switching_kinds)
} else := set()

harmless := settled(writes, parameters)

others := without(harmless)

unconcerned contains command.id if {
	switches := parameters.switching_kinds
	some [command, point] in others
	kind := point.kind
	not kind in switches
}

unconcerned contains command.id if {
	parameters.limits
	some [command, point] in others
	point.quantity in array.concat(parameters.opening_quantities, parameters.other_quantities)
}

exempt contains command.id if {
	parameters.limits
	some [command, point] in closings
	point.ratings.synchrocheck == 0
}

# Cleared: both sides live, and every difference known and within its limit.
in_step contains command.id if {
	some [command, point] in closings
	readings.value(point, "busbar_live") == 1
	readings.value(point, "line_live") == 1
	every quantity, limit in parameters.limits {
		abs(readings.value(point, quantity)) <= limit
	}
	count(parameters.limits) == 3
}

# Cleared: a side that is provably dead, while dead-line charging is switched on.
charging contains command.id if {
	parameters.limits
	some [command, point] in closings
	some side in ["busbar_live", "line_live"]
	readings.value(point, side) == 0
	is_number(readings.value(point, "busbar_live"))
	is_number(readings.value(point, "line_live"))
	readings.value(point, "dead_charging") == 1
}

closings := [[command, point] |
	switches := parameters.switching_kinds
	opening := parameters.opening_quantities
	other := parameters.other_quantities
	some [command, point] in others
	point.kind in switches
	quantity := point.quantity
	not quantity in opening
	not quantity in other
]

stopped := [[command, point] |
	some [command, point] in closings
	not command.id in exempt
]

deny contains denied(command, point, readings.trouble(point, side)) if {
	some [command, point] in stopped
	some side in ["busbar_live", "line_live"]
	not readings.value(point, side)
}

deny contains denied(command, point, text) if {
	some [command, point] in stopped
	readings.value(point, "busbar_live") == 1
	readings.value(point, "line_live") == 1
	some quantity, limit in parameters.limits
	difference := readings.value(point, quantity)
	abs(difference) > limit
	text := sprintf("%s is %v %s, at most %v %s are permitted", [
		replace(quantity, "_", " "),
		readings.hundredths(difference),
		units[quantity],
		limit,
		units[quantity],
	])
}

deny contains denied(command, point, readings.trouble(point, quantity)) if {
	some [command, point] in stopped
	readings.value(point, "busbar_live") == 1
	readings.value(point, "line_live") == 1
	some quantity, _ in parameters.limits
	not readings.value(point, quantity)
}

deny contains denied(command, point, "one side is dead, and dead-line charging is not switched on") if {
	some [command, point] in stopped
	some side in ["busbar_live", "line_live"]
	readings.value(point, side) == 0
	not charges(point)
}

charges(point) if readings.value(point, "dead_charging") == 1

units := {"voltage_difference": "%", "frequency_difference": "Hz", "angle_difference": "deg"}

denied(command, point, text) := {
	"command": command.id,
	"rule": rule,
	"reason": sprintf("%s stays open: %s", [point.title, text]),
}
