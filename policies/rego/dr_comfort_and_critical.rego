# METADATA
# title: No event takes supply from those who must not lose it
# description: >-
#   A load is not limited where people's lives or a critical process hang on it, where its rooms have left their
#   band, or where its contract has no event or hour left. Whether a load is critical must be declared, else it counts
#   as critical. A load without rooms says so with the rating comfort = 0. Lifting a limit is never held back.
# related_resources:
#   - ref: https://www.openadr.org/specification
#     description: OpenADR, events and opt-out (limits of events belong to the programme's contract)
# custom:
#   source: "contracts of the demand-response programme; life support is a duty of care in every supply code"
#   needs: "ratings critical (0 or 1), power_kw, events_per_season and event_hours_per_day of each load, points indoor_temperature (degC), season_events and event_hours_today (h)"
#   parameters:
#     quantities: ["-", "limits of the power drawn, kW"]
#     kinds: ["-", "kinds of asset that are limited by events"]
#     indoor_low_c: ["degC", "lowest indoor temperature at which a limit begins or goes on"]
#     indoor_high_c: ["degC", "highest"]
package aios.policies.dr_comfort_and_critical

import data.aios.commanded.names
import data.aios.commanded.none_of
import data.aios.commanded.quantities
import data.aios.commanded.without
import data.aios.commanded.writes
import data.aios.readings
import rego.v1

rule := "dr_comfort_and_critical"

parameters := data.parameters.dr_comfort_and_critical

clear := harmless if others == []

else := (harmless | unconcerned) | (lifted | bearable)

# Settled: no load is limited.
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
	limited := parameters.kinds
	some [command, point] in others
	kind := point.kind
	not kind in limited
}

# Cleared: takes nothing away.
lifted contains command.id if {
	some [command, point] in limiting
	command.value >= point.ratings.power_kw
}

bearable contains command.id if {
	some [command, point] in limiting
	point.ratings.critical == 0
	comfortable(point)
	under_contract(point)
}

# The safe set is judged as the site is loaded, before anything is measured: only what is declared counts.
bearable contains command.id if {
	input.occasion == "load"
	some [command, point] in limiting
	point.ratings.critical == 0
}

comfortable(point) if point.ratings.comfort == 0

comfortable(point) if {
	not point.ratings.comfort == 0
	indoor_c := readings.value(point, "indoor_temperature")
	indoor_c >= parameters.indoor_low_c
	indoor_c <= parameters.indoor_high_c
}

# A running event has been counted when it began, so the last one may go on.
under_contract(point) if {
	readings.value(point, "season_events") <= point.ratings.events_per_season
	readings.value(point, "event_hours_today") < point.ratings.event_hours_per_day
}

limiting := [[command, point] |
	some [command, point] in others
	point.quantity in parameters.quantities
	point.kind in parameters.kinds
]

stopped := [[command, point] |
	some [command, point] in limiting
	not command.id in lifted
	not command.id in bearable
]

deny contains denied(command, point, "it is critical and is never shed") if {
	some [command, point] in stopped
	point.ratings.critical != 0
}

deny contains denied(command, point, "the site does not declare whether it is critical (rating critical, 0 or 1)") if {
	some [command, point] in stopped
	not declared(point, "critical")
}

deny contains denied(command, point, readings.trouble(point, "indoor_temperature")) if {
	some [command, point] in stopped
	not point.ratings.comfort == 0
	not readings.value(point, "indoor_temperature")
}

deny contains denied(command, point, text) if {
	some [command, point] in stopped
	not comfortable(point)
	indoor_c := readings.value(point, "indoor_temperature")
	text := sprintf("its rooms are at %v degC, permitted are %v to %v degC", [
		readings.tenths(indoor_c),
		parameters.indoor_low_c,
		parameters.indoor_high_c,
	])
}

deny contains denied(command, point, readings.trouble(point, quantity)) if {
	some [command, point] in stopped
	some quantity in ["season_events", "event_hours_today"]
	not readings.value(point, quantity)
}

deny contains denied(command, point, text) if {
	some [command, point] in stopped
	some rating in ["events_per_season", "event_hours_per_day"]
	not declared(point, rating)
	text := sprintf("the site declares no %s of its contract", [rating])
}

deny contains denied(command, point, text) if {
	some [command, point] in stopped
	events := readings.value(point, "season_events")
	events > point.ratings.events_per_season
	text := sprintf("it would be event %v of the season, its contract permits %v", [events, point.ratings.events_per_season])
}

deny contains denied(command, point, text) if {
	some [command, point] in stopped
	hours := readings.value(point, "event_hours_today")
	hours >= point.ratings.event_hours_per_day
	text := sprintf("it has been limited for %v h today, its contract permits %v h", [
		readings.tenths(hours),
		point.ratings.event_hours_per_day,
	])
}

declared(point, rating) if is_number(point.ratings[rating])

denied(command, point, text) := {
	"command": command.id,
	"rule": rule,
	"reason": sprintf("%s keeps its supply: %s", [point.title, text]),
}
