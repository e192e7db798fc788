# METADATA
# title: Nobody closes a breaker alone
# description: >-
#   A closing that a person asks for needs the agreement of another person, one that a machine asks for that of two.
#   Whatever is written to a breaker counts as closing, unless it is known to open: opening needs nobody.
# custom:
#   source: two-person rule for switching; a company rule
package aios.policies.closing_needs_people

import rego.v1

rule := "closing_needs_people"

parameters := data.parameters.closing_needs_people

points := data.site.points

# Cleared: opening, and what is neither a switch nor called closing.
clear contains command.id if {
	opening := parameters.opening_quantities
	some command in input.commands
	points[command.point].quantity in opening
}

clear contains command.id if {
	closing := parameters.closing_quantities
	switches := parameters.switching_kinds
	some command in input.commands
	point := points[command.point]
	kind := point.kind
	not kind in switches
	not point.quantity in closing
}

# Cleared: closing to which enough different people have agreed, none of whom asks for it.
clear contains closing.id if {
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
		"reason": sprintf("closing %s needs the agreement of %v more", [closing.title, closing.needed]),
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
	"title": points[command.point].title,
	"asked_by": object.get(command, "asked_by", ""),
	"needed": needed(command),
} if {
	some command in input.commands
	is_closing(points[command.point])
}

is_closing(point) if point.quantity in parameters.closing_quantities

is_closing(point) if {
	point.kind in parameters.switching_kinds
	not point.quantity in parameters.opening_quantities
}

needed(command) := parameters.beside_a_person if startswith(object.get(command, "asked_by", ""), person)

needed(command) := parameters.beside_a_machine if not startswith(object.get(command, "asked_by", ""), person)
