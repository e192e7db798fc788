# METADATA
# title: The gate
# description: >-
#   Gathers what every policy of the bundle says of every command of a tick. A command is allowed only when its
#   point is known, when its write acts as the point declares, when EVERY policy of the bundle has cleared it
#   in so many words, and when none denies, clamps or asks. A policy that is undefined, for whatever reason,
#   clears nothing: the command is in no list, and whoever reads the document denies it. The module
#   `aios.roll_call`, written when the bundle is made, names the policies of the bundle.
# custom:
#   source: "AIOS Grid design, \"The gate\"; OPA documentation, \"Operations\", readiness and failure modes"
package aios.gate

import data.aios.commanded.names
import data.aios.commanded.writes
import rego.v1

points := data.site.points

# In most ticks every policy has settled every command, and has nothing else to say.
document := {"revision": data.revision, "allow": all, "deny": [], "clamp": [], "ask": []} if {
	all := names
	data.aios.roll_call.open == set()
}

else := {
	"revision": data.revision,
	"allow": allow,
	"deny": deny,
	"clamp": data.aios.roll_call.clamp,
	"ask": data.aios.roll_call.ask,
}

# Two commands of one name cannot be told apart: then none is allowed.
allow contains id if {
	count(fitting) == count(writes)
	some id in (fitting & data.aios.roll_call.clear) - stopped
}

# What can be judged at all.
fitting := {command.id |
	is_number(input.now_ns)
	some [command, _] in writes
}

unfit := [command |
	count(fitting) != count(input.commands)
	some command in input.commands
	not command.id in fitting
]

stopped contains entry.command if some entry in deny

stopped contains entry.command if some entry in data.aios.roll_call.clamp

stopped contains entry.command if some entry in data.aios.roll_call.ask

deny contains entry if some entry in data.aios.roll_call.deny

deny contains entry if {
	some command in unfit
	not points[command.point].operation
	entry := {
		"command": command.id,
		"rule": "known_point",
		"reason": sprintf("%v is no writable point of this site", [command.point]),
	}
}

deny contains entry if {
	some command in unfit
	declared := points[command.point].operation
	command.operation != declared
	entry := {
		"command": command.id,
		"rule": "known_operation",
		"reason": sprintf("%v is written as %v, the site declares %v", [command.point, command.operation, declared]),
	}
}
