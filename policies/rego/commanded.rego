# METADATA
# title: The commands of a tick beside their points
# description: >-
#   What every policy begins with, worked out once for all of them: each command that can be judged, with what the
#   site declares of its point. A command without a name or a number, for a point that is not declared, or that acts
#   otherwise than its point declares stands in no pair: no policy sees it, so none clears it.
# custom:
#   source: "AIOS Grid design, \"The gate\""
package aios.commanded

import rego.v1

# Values of one type stand between those of others: Booleans, numbers, strings, arrays. A comparison asks for the type at
# a seventh of what a built-in function costs, and every command is asked.
writes := [[command, point] |
	points := data.site.points
	some command in input.commands
	point := points[command.point]
	command.operation == point.operation
	command.id >= ""
	command.id < []
	command.value > true
	command.value < ""
]

# The names of the commands of the tick, once each of them can be judged and is the only one of its name.
names := found if {
	is_number(input.now_ns)
	found := {command.id | some [command, _] in writes}
	count(found) == count(input.commands)
}

# What is written, and on what kinds of asset: where none of it concerns a policy, the policy has settled the tick
# without a look at each command.
quantities := {point.quantity | some [_, point] in writes}

# Undefined where an asset is not declared: then nobody knows what it is, and every policy looks at each command.
kinds := {kind | some kind in found} if {
	found := [point.kind | some [_, point] in writes]
	count(found) == count(writes)
}

# None of what was found stands in a list.
none_of(found, listed) if {
	every one in found {
		not one in listed
	}
}

# The pairs whose command is not among those. A policy asks for what its ordinary case has not cleared: in most
# ticks that is nothing, and nothing has to be looked through.
without(ids) := [pair |
	count(ids) != count(input.commands)
	some pair in writes
	not pair[0].id in ids
]
