# METADATA
# title: Nobody is dimmed unless the grid is endangered
# description: >-
#   A limit below what the device may draw is permitted only while a transformer or feeder upstream is measured at or
#   above its endangering load, in data that are at most a minute old. Lifting a limit, or easing it, is never
#   held back. A measurement that is missing, not good or old endangers nothing and so permits no dimming.
# related_resources:
#   - ref: https://www.gesetze-im-internet.de/enwg_2005/__14a.html
#     description: section 14a EnWG
# custom:
#   source: "BNetzA BK6-22-300 of 27.11.2023, Anlage 1 (measures only against a threat that is measured or estimated from minute data; the clauses were not read); the load is a company rule"
#   needs: "rated power and voltage and the load current of the transformers upstream; rating power_kw of what is limited"
#   parameters:
#     quantities: ["-", "limits of the power drawn, kW"]
#     kinds: ["-", "kinds of asset that are dimmed"]
#     endangered_from_k: ["-", "load factor (load current by rated current) from which a transformer is endangered"]
#     data_age_s: ["s", "oldest measurement that proves it"]
package aios.policies.enwg14a_only_when_endangered

import data.aios.commanded.names
import data.aios.commanded.none_of
import data.aios.commanded.quantities
import data.aios.commanded.without
import data.aios.commanded.writes
import data.aios.readings
import rego.v1

rule := "enwg14a_only_when_endangered"

parameters := data.parameters.enwg14a_only_when_endangered

clear := harmless if others == []

else := (harmless | unconcerned) | (eased | needed)

# Settled: no limit is written.
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
	dimmed := parameters.kinds
	some [command, point] in others
	kind := point.kind
	not kind in dimmed
}

# The safe set is judged as the site is loaded, before anything is measured.
unconcerned contains command.id if {
	input.occasion == "load"
	parameters.quantities
	some [command, _] in others
}

# Cleared: takes nothing away, or less than stands now.
eased contains command.id if {
	some [command, point] in limiting
	command.value >= point.ratings.power_kw
}

eased contains command.id if {
	some [command, point] in limiting
	command.value >= readings.value(point, point.quantity)
}

# Cleared: something upstream is endangered.
needed contains command.id if {
	some [command, point] in limiting
	some transformer in point.transformers
	load_factor(transformer) >= parameters.endangered_from_k
}

limiting := [[command, point] |
	some [command, point] in others
	point.quantity in parameters.quantities
	point.kind in parameters.kinds
]

load_factor(transformer) := factor if {
	asset := data.site.assets[transformer]
	reading := input.readings[asset.load_current]
	is_number(reading.value)
	bits.and(reading.quality, data.site.unusable) == 0
	abs(reading.age_s) <= parameters.data_age_s
	factor := abs(reading.value) / asset.rated_current_a
}

deny contains entry if {
	some [command, point] in limiting
	not command.id in eased
	not command.id in needed
	not input.occasion == "load"
	entry := {"command": command.id, "rule": rule, "reason": sprintf("%s is not dimmed: %s", [point.asset, why(point)])}
}

why(point) := "the site declares no transformer upstream, so no threat can be measured" if {
	point.transformers == []
} else := concat("; ", sort({state(transformer) | some transformer in point.transformers}))

state(transformer) := sprintf("%s is loaded at K = %v, endangered from K = %v", [
	transformer,
	readings.hundredths(load_factor(transformer)),
	parameters.endangered_from_k,
]) if {
	load_factor(transformer)
} else := sprintf("the load of %s is unknown or older than %v s", [transformer, parameters.data_age_s])
