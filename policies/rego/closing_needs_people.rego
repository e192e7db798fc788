# METADATA
# title: Nobody closes a breaker alone
# description: >-
#   A closing that a person asks for needs the agreement of another person, one that a machine asks for that of two.
#   Whatever is written to a breaker counts as closing, unless it is known to open: opening needs nobody. Bypassing an
#   interlock and changing a protection setting count the same, and so does taking either back.
# related_resources:
#   - ref: https://webstore.iec.ch/publication/6912
#     description: IEC 62351-8, role-based access control (the paid text was not read)
# custom:
#   source: "two-person rule for switching; a company rule"
#   needs: "nothing but whose wish a command is"
#   parameters:
#     switching_kinds: ["-", "kinds of asset that switch"]
#     opening_quantities: ["-", "what is known to open"]
#     closing_quantities: ["-", "what counts as closing at any kind of asset"]
#     words: ["-", "what each of these does, where it does not close"]
#     beside_a_person: ["-", "people who must agree with a person who asks"]
#     beside_a_machine: ["-", "people who must agree with a machine"]
#     roles: ["-", "who may agree"]
#     approval_s: ["s", "time to decide"]
#     holds_s: ["s", "time in which a complete approval must be used"]
package aios.policies.closing_needs_people

import data.aios.commanded.kinds
import data.aios.commanded.names
import data.aios.commanded.none_of
import data.aios.commanded.quantities
import data.aios.commanded.without
import data.aios.commanded.writes
import rego.v1

rule := "closing_needs_people"

parameters := data.parameters.closing_needs_people

clear := (harmless | openings) | agreed_closings

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

# Cleared: closing to which enough different people have agreed, none of whom asks for it.
agreed_closings := {closing.id |
	some closing in closings
	people := agreed(closing)
	count(people) >= closing.needed
}

ask contains question if {
	some closing in closings
	not closing.id in clear
	question := {
		"command": closing.id,
		"rule": rule,
		"reason": sprintf("%s %s needs the agreement of %v more", [closing.does, closing.title, closing.needed]),
		"approvals": closing.needed,
		"roles": parameters.roles,
		"approval_s": parameters.approval_s,
		"holds_s": parameters.holds_s,
	}
}

# A maker with this prefix is a person, everybody else a machine.
person := "person:"

agreed(closing) := {answer.person |
	some answer in input.approvals[closing.id]
	answer.granted == true
	answer.role in parameters.roles
	concat("", [person, answer.person]) != closing.asked_by
}

closings contains {
	"id": command.id,
	"title": point.title,
	"does": object.get(parameters.words, point.quantity, "closing"),
	"asked_by": object.get(command, "asked_by", ""),
	"needed": needed(command),
} if {
	some [command, point] in switching
	is_closing(point)
}

is_closing(point) if point.quantity in parameters.closing_quantities

is_closing(point) if {
	point.kind in parameters.switching_kinds
	not point.quantity in parameters.opening_quantities
}

needed(command) := parameters.beside_a_person if startswith(object.get(command, "asked_by", ""), person)

needed(command) := parameters.beside_a_machine if not startswith(object.get(command, "asked_by", ""), person)
