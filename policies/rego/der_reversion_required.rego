# METADATA
# title: A battery never keeps a set-point whose gateway is lost
# description: >-
#   Every set-point written to a battery carries the value it falls back to and a timer of at least 3 and at
#   most 5 renewal periods, never above 900 s: one or two lost renewals do not release it, a lost gateway does.
# related_resources:
#   - ref: https://sunspec.org/sunspec-modbus-specifications/
#     description: SunSpec models 123 and 704
# custom:
#   source: "SunSpec models 123 and 704 (reversion fields); the numbers are a company rule"
#   needs: "the renewal period of every set-point (renew_s)"
#   parameters:
#     kinds: ["-", "kinds of asset that must be able to revert"]
#     least_periods: ["-", "least of the timer, in renewal periods"]
#     most_periods: ["-", "most of the timer, in renewal periods"]
#     longest_s: ["s", "bound of the timer whatever the period"]
package aios.policies.der_reversion_required

import data.aios.commanded.without
import data.aios.commanded.writes
import rego.v1

rule := "der_reversion_required"

parameters := data.parameters.der_reversion_required

clear := reverting if others == []

else := reverting | exempt

# Settled: a value to fall back to is there, and the timer lies between its bounds.
settled(pairs, given) := reverting if {
	kinds := given.kinds
	least_periods := given.least_periods
	most_periods := given.most_periods
	longest_s := given.longest_s
	reverting := {command.id |
		some [command, point] in pairs
		command.operation == "setpoint"
		point.kind in kinds
		command.reversion_value > true
		command.reversion_value < ""
		renew_s := point.renew_s
		renew_s > 0
		timer_s := command.reversion_s
		timer_s >= least_periods * renew_s
		timer_s <= most_periods * renew_s
		timer_s <= longest_s
	}
} else := set()

reverting := settled(writes, parameters)

others := without(reverting)

# Cleared: not a set-point, or not for a resource that can revert.
exempt contains command.id if {
	some [command, _] in others
	command.operation != "setpoint"
}

exempt contains command.id if {
	kinds := parameters.kinds
	some [command, point] in others
	command.operation == "setpoint"
	kind := point.kind
	not kind in kinds
}

# What was not cleared; each gets its reason.
refused := [[command, point] |
	kinds := parameters.kinds
	some [command, point] in others
	command.operation == "setpoint"
	point.kind in kinds
]

deny contains denied(command, "carries no value to fall back to") if {
	some [command, _] in refused
	not is_number(command.reversion_value)
}

deny contains denied(command, "carries no reversion timer") if {
	some [command, _] in refused
	not is_number(command.reversion_s)
}

deny contains denied(command, "cannot be checked: the site declares no renewal period") if {
	some [command, point] in refused
	not point.renew_s > 0
}

deny contains denied(command, text) if {
	some [command, point] in refused
	is_number(command.reversion_s)
	point.renew_s > 0
	shortest_s := parameters.least_periods * point.renew_s
	command.reversion_s < shortest_s
	text := sprintf("would revert after %v s: fewer than %v renewal periods, at least %v s are needed", [
		command.reversion_s,
		parameters.least_periods,
		shortest_s,
	])
}

deny contains denied(command, text) if {
	some [command, point] in refused
	is_number(command.reversion_s)
	point.renew_s > 0
	longest_s := min([parameters.most_periods * point.renew_s, parameters.longest_s])
	command.reversion_s > longest_s
	text := sprintf("would revert only after %v s: at most %v s are permitted (%v renewal periods, never above %v s)", [
		command.reversion_s,
		longest_s,
		parameters.most_periods,
		parameters.longest_s,
	])
}

denied(command, text) := {
	"command": command.id,
	"rule": rule,
	"reason": sprintf("the set-point for %s %s", [command.point, text]),
}
