# METADATA
# title: A battery never keeps a set-point whose gateway is lost
# description: >-
#   Every set-point written to a battery carries the value it falls back to and a timer of at least 3 and at
#   most 5 renewal periods, never above 900 s: one or two lost renewals do not release it, a lost gateway does.
# custom:
#   source: SunSpec models 123 and 704 (reversion fields); the numbers are a company rule
package aios.policies.der_reversion_required

import rego.v1

rule := "der_reversion_required"

parameters := data.parameters.der_reversion_required

points := data.site.points

# Cleared: not a set-point, or not for a resource that can revert.
clear contains command.id if {
	some command in input.commands
	command.operation != "setpoint"
}

clear contains command.id if {
	kinds := parameters.kinds
	some command in input.commands
	command.operation == "setpoint"
	kind := points[command.point].kind
	not kind in kinds
}

# Cleared: a value to fall back to is there, and the timer lies between its bounds.
clear contains timer.command.id if {
	some timer in timers
	is_number(timer.command.reversion_value)
	timer.command.reversion_s >= timer.shortest_s
	timer.command.reversion_s <= timer.longest_s
}

deny contains denied(command, "carries no value to fall back to") if {
	some command in refused
	not is_number(command.reversion_value)
}

deny contains denied(command, "carries no reversion timer") if {
	some command in refused
	not is_number(command.reversion_s)
}

deny contains denied(command, "cannot be checked: the site declares no renewal period") if {
	some command in refused
	not is_number(points[command.point].renew_s)
}

deny contains denied(timer.command, text) if {
	cleared := clear
	some timer in timers
	not timer.command.id in cleared
	timer.command.reversion_s < timer.shortest_s
	text := sprintf("would revert after %v s: fewer than %v renewal periods, at least %v s are needed", [
		timer.command.reversion_s,
		parameters.least_periods,
		timer.shortest_s,
	])
}

deny contains denied(timer.command, text) if {
	cleared := clear
	some timer in timers
	not timer.command.id in cleared
	timer.command.reversion_s > timer.longest_s
	text := sprintf("would revert only after %v s: at most %v s are permitted (%v renewal periods, never above %v s)", [
		timer.command.reversion_s,
		timer.longest_s,
		parameters.most_periods,
		parameters.longest_s,
	])
}

# What was not cleared; each gets its reason.
refused := [command |
	cleared := clear
	some command in writes
	not command.id in cleared
]

writes := [command |
	kinds := parameters.kinds
	some command in input.commands
	command.operation == "setpoint"
	points[command.point].kind in kinds
]

# Every write whose timer can be judged, with the shortest and the longest that are permitted.
timers := [timer |
	rules := parameters
	some command in writes
	is_number(command.reversion_s)
	renew_s := points[command.point].renew_s
	is_number(renew_s)
	timer := {
		"command": command,
		"shortest_s": rules.least_periods * renew_s,
		"longest_s": min([rules.most_periods * renew_s, rules.longest_s]),
	}
]

denied(command, text) := {
	"command": command.id,
	"rule": rule,
	"reason": sprintf("the set-point for %s %s", [command.point, text]),
}
