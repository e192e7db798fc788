# METADATA
# title: No breaker is closed into a zone where people work
# description: >-
#   Closing is denied while a work permit is active on the zone of the commanded asset. There is no override
#   and no role that could have one. Whatever is written to a breaker counts as closing, unless it is known
#   to open. An asset without a zone cannot be checked and is not closed.
# related_resources:
#   - ref: https://www.osha.gov/laws-regs/regulations/standardnumber/1910/1910.269
#     description: OSHA 29 CFR 1910.269
# custom:
#   source: "OSHA 29 CFR 1910.269(m); EN 50110-1; local safety rules"
#   needs: "the isolation zone of every breaker, and the work permits"
#   parameters:
#     switching_kinds: ["-", "kinds of asset that switch"]
#     opening_quantities: ["-", "what is known to open; anything else written to a switch counts as closing"]
#     closing_quantities: ["-", "what counts as closing at any kind of asset"]
package aios.policies.breaker_close_never_under_permit

import data.aios.commanded.kinds
import data.aios.commanded.names
import data.aios.commanded.none_of
import data.aios.commanded.quantities
import data.aios.commanded.without
import data.aios.commanded.writes
import rego.v1

rule := "breaker_close_never_under_permit"

parameters := data.parameters.breaker_close_never_under_permit

clear := harmless if switching == []

else := (harmless | openings) | permitted

# Settled: what is neither a switch nor called closing. In most ticks that is every command.
settled(pairs, given) := all if {
	all := names
	none_of(kinds, given.switching_kinds)
	none_of(quantities, given.closing_quantities)
} else := {command.id |
	closing := given.closing_quantities
	switches := given.switching_kinds
	some [command, point] in pairs
	kind := point.kind
	not kind in switches
	quantity := point.quantity
	not quantity in closing
}

harmless := settled(writes, parameters)

switching := without(harmless)

# Cleared: opening.
openings := {command.id |
	opening := parameters.opening_quantities
	some [command, point] in switching
	point.quantity in opening
}

# Cleared: closing in a zone on which every permit is provably idle now.
permitted := {closing.command |
	some closing in closings
	closing.zone != ""
	every permit in data.site.permits {
		idle(permit, closing.zone)
	}
}

deny contains entry if {
	some closing in closings
	some permit in data.site.permits
	permit.zone == closing.zone
	permit.from_ns <= input.now_ns
	input.now_ns <= permit.until_ns
	entry := {
		"command": closing.command,
		"rule": rule,
		"reason": sprintf(
			"%s stays open: work permit %s, held by %s, is active in zone %s until %s",
			[closing.title, permit.id, permit.holder, permit.zone, permit.until_text],
		),
	}
}

deny contains entry if {
	some closing in closings
	closing.zone == ""
	entry := {
		"command": closing.command,
		"rule": rule,
		"reason": sprintf("%s stays open: the site declares no isolation zone for it, so no permit can be looked up", [closing.title]),
	}
}

closings contains closing if {
	quantities := parameters.closing_quantities
	some [command, point] in switching
	point.quantity in quantities
	closing := {"command": command.id, "zone": point.zone, "title": point.title}
}

closings contains closing if {
	switches := parameters.switching_kinds
	opening := parameters.opening_quantities
	some [command, point] in switching
	point.kind in switches
	not point.quantity in opening
	closing := {"command": command.id, "zone": point.zone, "title": point.title}
}

idle(permit, zone) if permit.zone != zone

idle(permit, _) if input.now_ns < permit.from_ns

idle(permit, _) if input.now_ns > permit.until_ns
