# METADATA
# title: Emergency loading of a transformer is asked for by an engineer, agreed by two, and ends by itself
# description: >-
#   The loading mode of a transformer leaves normal only when a person asks for it with a reason, when two
#   other engineers agree, and when the command carries its end: it reverts to normal after a time that its
#   mode permits. Going back to normal needs nobody. What mode is in force is read by xfmr_loading.
# related_resources:
#   - ref: https://webstore.iec.ch/publication/34351
#     description: IEC 60076-7:2018, long-time and short-time emergency loading (the paid text was not read)
# custom:
#   source: "IEC 60076-7 (2018), 7.3 to 7.5 (the modes); who, how many and how long are company rules"
#   needs: "a writable point loading_mode (0 normal, 1 long-time emergency, 2 short-time emergency) with a reversion timer"
#   parameters:
#     quantities: ["-", "what sets the loading mode"]
#     kinds: ["-", "kinds of asset that have one"]
#     person: ["-", "beginning of the names of people among those who ask"]
#     normal: ["-", "value that is normal loading"]
#     longest_s: ["s", "by value, longest time until it reverts to normal"]
#     approvals: ["-", "people who must agree with the one who asks"]
#     roles: ["-", "who may agree"]
#     approval_s: ["s", "time to decide"]
#     holds_s: ["s", "time in which a complete approval must be used"]
package aios.policies.xfmr_emergency_needs_two_approvers_and_expiry

import data.aios.commanded.names
import data.aios.commanded.none_of
import data.aios.commanded.quantities
import data.aios.commanded.without
import data.aios.commanded.writes
import rego.v1

rule := "xfmr_emergency_needs_two_approvers_and_expiry"

parameters := data.parameters.xfmr_emergency_needs_two_approvers_and_expiry

clear := harmless if others == []

else := (harmless | unconcerned) | agreed

# Settled: no loading mode is written.
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
	concerned := parameters.kinds
	some [command, point] in others
	kind := point.kind
	not kind in concerned
}

# Cleared: back to normal.
unconcerned contains command.id if {
	some [command, _] in others
	command.value == parameters.normal
}

# Cleared: in order, and enough different people have agreed, none of whom asks for it.
agreed contains command.id if {
	some [command, _] in emergencies
	in_order(command)
	count(people(command)) >= parameters.approvals
}

emergencies := [[command, point] |
	normal := parameters.normal
	some [command, point] in others
	point.quantity in parameters.quantities
	point.kind in parameters.kinds
	command.value != normal
]

in_order(command) if {
	startswith(command.asked_by, parameters.person)
	trim_space(command.reason) != ""
	command.reversion_value == parameters.normal
	command.reversion_s > 0
	command.reversion_s <= longest_s(command)
}

longest_s(command) := parameters.longest_s[sprintf("%v", [command.value])]

people(command) := {answer.person |
	some answer in input.approvals[command.id]
	answer.granted == true
	answer.role in parameters.roles
	concat("", [parameters.person, answer.person]) != command.asked_by
}

ask contains question if {
	some [command, point] in emergencies
	in_order(command)
	not command.id in agreed
	question := {
		"command": command.id,
		"rule": rule,
		"reason": sprintf("emergency loading of %s for %v s (%s) needs the agreement of %v engineers", [
			point.title,
			command.reversion_s,
			command.reason,
			parameters.approvals,
		]),
		"approvals": parameters.approvals,
		"roles": parameters.roles,
		"approval_s": parameters.approval_s,
		"holds_s": parameters.holds_s,
	}
}

deny contains denied(command, point, "a person must ask for it, by name") if {
	some [command, point] in emergencies
	not startswith(object.get(command, "asked_by", ""), parameters.person)
}

deny contains denied(command, point, "it gives no reason") if {
	some [command, point] in emergencies
	trim_space(object.get(command, "reason", "")) == ""
}

deny contains denied(command, point, "it does not revert to normal by itself") if {
	some [command, point] in emergencies
	not reverts(command)
}

deny contains denied(command, point, text) if {
	some [command, point] in emergencies
	not longest_s(command)
	text := sprintf("mode %v is not known", [command.value])
}

deny contains denied(command, point, text) if {
	some [command, point] in emergencies
	reverts(command)
	command.reversion_s > longest_s(command)
	text := sprintf("it would last %v s, at most %v s are permitted in mode %v", [
		command.reversion_s,
		longest_s(command),
		command.value,
	])
}

reverts(command) if {
	command.reversion_value == parameters.normal
	command.reversion_s > 0
}

denied(command, point, text) := {
	"command": command.id,
	"rule": rule,
	"reason": sprintf("%s stays in normal loading: %s", [point.title, text]),
}
