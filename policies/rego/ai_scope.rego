# METADATA
# title: A model recommends, and acts only where the site has let it
# description: >-
#   A command that an agent asks for is permitted where an entry of the scope names its asset (or kind of asset), quantity and
#   time of day; for everything else a person must agree. What an agent asks for must carry the trace by which its
#   evidence is found. Agents that are plain rules may be exempt by kind. Who cannot be told from a model is one.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689, Article 14 (human oversight of high-risk systems, among them critical infrastructure)
# custom:
#   source: "Regulation (EU) 2024/1689, Article 14 and Annex III, 2; the scope is a company rule"
#   needs: "nothing but the names of the agents in the site file"
#   parameters:
#     person: ["-", "beginning of the names of people among those who ask"]
#     rule_kinds: ["-", "kinds of agent that are plain rules and no models"]
#     scope: ["-", "where models may act: quantity with kind or asset, from_minute and until_minute of the site's local day (0 to 1440)"]
#     approvals: ["-", "people who must agree outside the scope"]
#     roles: ["-", "who may agree"]
#     approval_s: ["s", "time to decide"]
#     holds_s: ["s", "time in which a complete approval must be used"]
package aios.policies.ai_scope

import data.aios.commanded.names
import data.aios.commanded.without
import data.aios.commanded.writes
import rego.v1

rule := "ai_scope"

parameters := data.parameters.ai_scope

clear := harmless if others == []

else := (harmless | unconcerned) | agreed

# Settled: a machine's wish, with its trace, within the scope at this time of day.
settled(pairs, given) := {command.id |
	everywhere := open_at(given.scope)
	some [command, point] in pairs
	command.trace != ""
	point.quantity in everywhere[point.kind]
} | {command.id |
	own := named_at(given.scope)
	count(own) > 0
	some [command, point] in pairs
	command.trace != ""
	point.quantity in own[point.asset]
}

harmless := settled(writes, parameters)

others := without(harmless)

# The quantities that are open at this minute, by kind of asset, and by asset.
open_at(scope) := {kind: {entry.quantity | some entry in now_open; entry.kind == kind} |
	now_open := [entry | some entry in scope; is_open(entry)]
	some kind in {entry.kind | some entry in now_open}
}

named_at(scope) := {asset: {entry.quantity | some entry in now_open; entry.asset == asset} |
	now_open := [entry | some entry in scope; entry.asset; is_open(entry)]
	some asset in {entry.asset | some entry in now_open}
}

is_open(entry) if {
	entry.from_minute <= minute
	minute < entry.until_minute
}

minute := (60 * clock[0]) + clock[1] if {
	clock := time.clock([input.now_ns, data.site.time_zone])
}

# Cleared: a person's wish, that of a plain rule, or the safe set as the site is loaded.
unconcerned contains command.id if {
	some [command, _] in others
	startswith(command.asked_by, parameters.person)
}

unconcerned contains command.id if {
	some [command, _] in others
	command.trace != ""
	data.site.agents[command.asked_by] in parameters.rule_kinds
}

unconcerned contains command.id if {
	input.occasion == "load"
	parameters.scope
	some [command, _] in others
}

# Cleared: enough different people have agreed.
agreed contains command.id if {
	some [command, _] in others
	command.trace != ""
	count(people(command)) >= parameters.approvals
}

people(command) := {answer.person |
	some answer in input.approvals[command.id]
	answer.granted == true
	answer.role in parameters.roles
}

outside := [[command, point] |
	some [command, point] in others
	not command.id in unconcerned
	not command.id in agreed
]

ask contains question if {
	some [command, point] in outside
	command.trace != ""
	question := {
		"command": command.id,
		"rule": rule,
		"reason": sprintf("%s may recommend %v for %s, and not act: outside its scope %v must agree", [
			maker(command),
			command.value,
			command.point,
			parameters.approvals,
		]),
		"approvals": parameters.approvals,
		"roles": parameters.roles,
		"approval_s": parameters.approval_s,
		"holds_s": parameters.holds_s,
	}
}

deny contains entry if {
	some [command, _] in outside
	not command.trace != ""
	entry := {
		"command": command.id,
		"rule": rule,
		"reason": sprintf("the wish of %s for %s carries no trace by which its evidence is found", [maker(command), command.point]),
	}
}

maker(command) := command.asked_by if {
	command.asked_by != ""
} else := "an unnamed agent"
