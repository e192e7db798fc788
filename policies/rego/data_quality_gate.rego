# METADATA
# title: No machine acts on data that cannot be trusted
# description: >-
#   A command that no person asked for is denied where a reading it is decided by is missing, questionable, invalid,
#   substituted, in test or blocked, older than two scans, or was stamped by a clock that is not synchronised. Which
#   readings those are is declared by kind of asset; a kind for which nothing is declared is not commanded by
#   machines at all. A person may act: the page shows the same flags.
# related_resources:
#   - ref: https://webstore.iec.ch/publication/6016
#     description: IEC 61850-7-3, quality of a value (the paid text was not read)
# custom:
#   source: "IEC 61850-7-3, 6.2 (validity and detail quality); the age is a company rule"
#   needs: "points of the declared quantities at every commanded asset"
#   parameters:
#     evidence: ["-", "by kind of asset, the quantities beside the written point by which commands are decided"]
#     most_scans: ["-", "oldest reading, in scans of its device"]
#     person: ["-", "beginning of the names of people among those who ask"]
package aios.policies.data_quality_gate

import data.aios.commanded.names
import data.aios.commanded.without
import data.aios.commanded.writes
import data.aios.readings
import rego.v1

rule := "data_quality_gate"

parameters := data.parameters.data_quality_gate

clear := harmless if others == []

else := (harmless | unconcerned) | trustworthy

# Settled: everything it is decided by is of quality 0 and fresh. Built-in functions are what costs; what is no number
# is smaller or larger than all numbers.
settled(pairs, given) := trusted if {
	evidence := given.evidence
	most_scans := given.most_scans
	seen := input.readings
	trusted := {command.id |
		some [command, point] in pairs
		beside := point.beside
		every quantity in evidence[point.kind] {
			place := beside[quantity]
			reading := seen[place.point]
			reading.quality == 0
			reading.value > -1e15
			reading.value < 1e15
			oldest_s := most_scans * place.scan_s
			reading.age_s <= oldest_s
			reading.age_s >= 0 - oldest_s
		}
	}
} else := set()

harmless := settled(writes, parameters)

others := without(harmless)

# Cleared: a person asked, or the safe set is judged as the site is loaded, before anything is measured.
unconcerned contains command.id if {
	some [command, _] in others
	startswith(command.asked_by, parameters.person)
}

unconcerned contains command.id if {
	input.occasion == "load"
	parameters.evidence
	some [command, _] in others
}

# Cleared: what has details of quality that spoil nothing.
trustworthy contains command.id if {
	spoiling := data.site.unusable + data.site.clock_not_synchronised
	most_scans := parameters.most_scans
	some [command, point] in others
	every quantity in parameters.evidence[point.kind] {
		place := point.beside[quantity]
		reading := input.readings[place.point]
		is_number(reading.value)
		bits.and(reading.quality, spoiling) == 0
		abs(reading.age_s) <= most_scans * place.scan_s
	}
}

distrusted := [[command, point] |
	some [command, point] in others
	not command.id in unconcerned
	not command.id in trustworthy
]

deny contains denied(command, text) if {
	some [command, point] in distrusted
	not parameters.evidence[point.kind]
	text := sprintf("no machine commands %s: nothing is declared by which commands to a %s are decided", [point.asset, point.kind])
}

deny contains denied(command, text) if {
	some [command, point] in distrusted
	some quantity in parameters.evidence[point.kind]
	text := sprintf("no machine commands %s: %s", [point.asset, flaw(point, quantity)])
}

flaw(point, quantity) := sprintf("the clock of %s is not synchronised", [place.point]) if {
	place := point.beside[quantity]
	reading := input.readings[place.point]
	bits.and(reading.quality, data.site.clock_not_synchronised) != 0
	bits.and(reading.quality, data.site.unusable) == 0
} else := sprintf("%s is %v s old, %v s are permitted", [
	place.point,
	readings.tenths(reading.age_s),
	parameters.most_scans * place.scan_s,
]) if {
	place := point.beside[quantity]
	reading := input.readings[place.point]
	is_number(reading.value)
	bits.and(reading.quality, data.site.unusable) == 0
	abs(reading.age_s) > parameters.most_scans * place.scan_s
} else := readings.trouble(point, quantity) if {
	not readings.value(point, quantity)
}

denied(command, text) := {"command": command.id, "rule": rule, "reason": text}
