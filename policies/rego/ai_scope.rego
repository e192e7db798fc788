# METADATA
# title: A model recommends, and acts only where the site has let it
# description: >-
#   A command that an agent asks for is permitted where an entry of the scope names its asset (or kind of asset), quantity and
#   time of day; for everything else a person must agree. What an agent asks for must carry the trace by which its
#   evidence is found. Agents that are plain rules may be exempt by kind. Who cannot be told from a model is one.
#   An entry may let a model act only where it is sure enough: `at_most_wrong` is the share of its outcomes that may be wrong,
#   and the gateway's own calibration says from which confidence on that holds. Below it, and before there are enough outcomes,
#   a person is asked; below `worth_asking_from` nobody is, and nothing is done.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#     description: Regulation (EU) 2024/1689, Article 14 (human oversight of high-risk systems, among them critical infrastructure)
# custom:
#   source: "Regulation (EU) 2024/1689, Article 14 and Annex III, 2; the scope is a company rule"
#   needs: "nothing but the names of the agents in the site file"
#   parameters:
#     person: ["-", "beginning of the names of people among those who ask"]
#     rule_kinds: ["-", "kinds of agent that are plain rules and no models"]
#     scope: ["-", "where models may act: quantity with kind or asset, from_minute and until_minute of the site's local day (0 to 1440), and at_most_wrong where it must be sure enough"]
#     least_outcomes: ["-", "outcomes of an agent by which it counts as calibrated"]
#     worth_asking_from: ["-", "confidence below which nobody is asked about a wish that must be sure enough: it is denied"]
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

else := ((harmless | unconcerned) | agreed) | sure

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
	now_open := [entry | some entry in scope; is_open(entry); not must_be_sure(entry)]
	some kind in {entry.kind | some entry in now_open}
}

named_at(scope) := {asset: {entry.quantity | some entry in now_open; entry.asset == asset} |
	now_open := [entry | some entry in scope; entry.asset; is_open(entry); not must_be_sure(entry)]
	some asset in {entry.asset | some entry in now_open}
}

is_open(entry) if {
	entry.from_minute <= minute
	minute < entry.until_minute
}

must_be_sure(entry) if "at_most_wrong" in object.keys(entry)

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

# Cleared: by what became of its maker's wishes it is sure enough for the scope, the loosest entry of it that fits.
sure contains command.id if {
	some [command, point] in others
	command.trace != ""
	said(command) >= needed(command, entries_of(point))
	calibrated(command)
}

# The entries of the scope that are open now and let a model act where it is sure enough.
entries_of(point) := [entry |
	some entry in parameters.scope
	must_be_sure(entry)
	is_open(entry)
	entry.quantity == point.quantity
	covers(entry, point)
]

covers(entry, point) if entry.asset == point.asset

covers(entry, point) if {
	not entry.asset
	entry.kind == point.kind
}

# Undefined where the wish does not say how sure it is: that is never taken for sure.
said(command) := number if {
	number := input.confidence[command.id].said
	is_number(number)
	number >= 0
	number <= 1
}

# A wish that expects nothing by itself borrows no trust from others that did.
bets(command) if object.get(input.confidence[command.id], "bets", true) == true

calibrated(command) if {
	is_number(parameters.least_outcomes)
	bets(command)
	input.confidence[command.id].outcomes >= parameters.least_outcomes
}

# The largest share of wrong outcomes that one of the entries lets: undefined where none says a number.
share(entries) := max([entry.at_most_wrong | some entry in entries; is_number(entry.at_most_wrong)])

# From which confidence on no larger share than the entries let was wrong: undefined where none is enough.
needed(command, entries) := number if {
	most := share(entries)
	within := [one | some one in input.confidence[command.id].thresholds; one.at_most_wrong <= most]
	largest := max([one.at_most_wrong | some one in within])
	some one in within
	one.at_most_wrong == largest
	number := one.from_confidence
	is_number(number)
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
	not command.id in sure
]

# Not worth a person's time, by its own word: nothing is done.
hopeless contains command.id if {
	some [command, point] in outside
	count(entries_of(point)) > 0
	said(command) < parameters.worth_asking_from
}

ask contains question if {
	some [command, point] in outside
	command.trace != ""
	not command.id in hopeless
	question := {
		"command": command.id,
		"rule": rule,
		"reason": why(command, entries_of(point)),
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

deny contains entry if {
	some [command, _] in outside
	command.id in hopeless
	entry := {
		"command": command.id,
		"rule": rule,
		"reason": sprintf("%s is %v %s sure of %v for %s: below %v %s nobody is asked, and nothing is done", [
			maker(command),
			percent(said(command)),
			"%",
			command.value,
			command.point,
			percent(parameters.worth_asking_from),
			"%",
		]),
	}
}

why(command, entries) := sprintf("%s may recommend %v for %s, and not act: outside its scope %v must agree", [
	maker(command),
	command.value,
	command.point,
	parameters.approvals,
]) if {
	count(entries) == 0
}

why(command, entries) := sprintf("%s does not say how sure it is of %v for %s: %v must agree", [
	maker(command),
	command.value,
	command.point,
	parameters.approvals,
]) if {
	count(entries) > 0
	not said(command)
}

why(command, entries) := sprintf("%s is %v %s sure of %v for %s, not enough calibrated: %v of %v outcomes yet", [
	maker(command),
	percent(said(command)),
	"%",
	command.value,
	command.point,
	outcomes(command),
	parameters.least_outcomes,
]) if {
	count(entries) > 0
	said(command)
	bets(command)
	not calibrated(command)
}

why(command, entries) := sprintf("%s is %v %s sure of %v for %s, and expects nothing by which that could be seen: %v must agree", [
	maker(command),
	percent(said(command)),
	"%",
	command.value,
	command.point,
	parameters.approvals,
]) if {
	count(entries) > 0
	said(command)
	not bets(command)
}

why(command, entries) := sprintf("what is behind %v for %s is not sure enough: %s is %v %s sure, against the %v %s from which at most %v %s turn out wrong (%v of %v outcomes were)", [
	command.value,
	command.point,
	maker(command),
	percent(said(command)),
	"%",
	percent(needed(command, entries)),
	"%",
	percent(share(entries)),
	"%",
	wrong(command),
	outcomes(command),
]) if {
	count(entries) > 0
	said(command)
	calibrated(command)
	needed(command, entries)
}

why(command, entries) := sprintf("what is behind %v for %s is not sure enough: %s is %v %s sure, and no confidence of it is enough now, %v of its last %v outcomes were wrong", [
	command.value,
	command.point,
	maker(command),
	percent(said(command)),
	"%",
	wrong(command),
	outcomes(command),
]) if {
	count(entries) > 0
	said(command)
	calibrated(command)
	not needed(command, entries)
}

outcomes(command) := input.confidence[command.id].outcomes

wrong(command) := input.confidence[command.id].wrong

percent(part) := round(part * 100)

maker(command) := command.asked_by if {
	command.asked_by != ""
} else := "an unnamed agent"
