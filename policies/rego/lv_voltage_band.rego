# METADATA
# title: No set-point drives the voltage out of its band
# description: >-
#   The voltage at the commanded asset is predicted from its present voltage, its present power and how many volts a
#   kilowatt moves there. A set-point whose predicted voltage leaves the band is denied; one that provably leads back
#   towards the band is not. All set-points of a tick behind the same feeder count together, each with its full effect
#   at its own place, which is more than it has elsewhere. A reading or a rating that is missing denies. The band is the
#   one that is never left in normal operation; the weekly statistics of 10-minute means need a power-quality meter.
# related_resources:
#   - ref: https://www.cencenelec.eu
#     description: EN 50160, voltage characteristics of public distribution systems (the paid text was not read)
# custom:
#   source: "EN 50160:2010, 4.2.2 (10-minute means within 10 % of the nominal voltage in 95 % of a week)"
#   needs: "ratings nominal_v (V) and volts_per_kw (V/kW), points voltage (V) and the present power of each commanded asset"
#   parameters:
#     quantities: ["-", "set-points that move the voltage"]
#     setpoints: ["-", "by kind and quantity, the reading of the present power and which way the voltage goes (1 = a higher value raises it)"]
#     low_pu: ["pu", "lowest predicted voltage by nominal voltage"]
#     high_pu: ["pu", "highest predicted voltage by nominal voltage"]
package aios.policies.lv_voltage_band

import data.aios.commanded.names
import data.aios.commanded.none_of
import data.aios.commanded.quantities
import data.aios.commanded.without
import data.aios.commanded.writes
import data.aios.readings
import rego.v1

rule := "lv_voltage_band"

parameters := data.parameters.lv_voltage_band

clear := harmless if others == []

else := (harmless | unconcerned) | leading

# Settled: nothing that moves the voltage is written, or all of it stays within the band either way.
settled(_, given) := all if {
	all := names
	none_of(quantities, given.quantities)
} else := within if {
	high_pu := given.high_pu
	low_pu := given.low_pu
	ups := up_v
	downs := down_v
	within := {move.command |
		some move in moves
		feeder := move.feeder
		nominal_v := move.nominal_v
		voltage_v := move.voltage_v
		voltage_v + ups[feeder] <= high_pu * nominal_v
		voltage_v + downs[feeder] >= low_pu * nominal_v
	}
} else := set()

harmless := settled(writes, parameters)

others := without(harmless)

# Cleared: moves nothing, or leads towards a limit that is far enough away.
leading contains move.command if {
	parameters.high_pu
	some move in moves
	move.rise_v == 0
}

leading contains move.command if {
	some move in moves
	move.rise_v > 0
	move.voltage_v + up_v[move.feeder] <= parameters.high_pu * move.nominal_v
}

leading contains move.command if {
	some move in moves
	move.rise_v < 0
	move.voltage_v + down_v[move.feeder] >= parameters.low_pu * move.nominal_v
}

# What each set-point does to the voltage at its own place, V; only where everything needed is known.
moves := found if {
	input.occasion != "load"
	laws := parameters.setpoints
	usable := readings.usable
	found := [move |
		some [command, point] in writes
		of_kind := laws[point.kind]
		law := of_kind[point.quantity]
		beside := point.beside
		power := beside[law.present]
		power_kw := usable[power.point]
		voltage_v := usable[beside.voltage.point]
		ratings := point.ratings
		ratings.nominal_v > 0
		ratings.volts_per_kw > 0
		move := {
			"command": command.id,
			"feeder": point.upstream,
			"rise_v": (law.rises * ratings.volts_per_kw) * (command.value - power_kw),
			"voltage_v": voltage_v,
			"nominal_v": ratings.nominal_v,
		}
	]
} else := []

rises[feeder] contains [move.command, move.rise_v] if {
	some move in moves
	feeder := move.feeder
}

up_v := {feeder: total |
	some feeder, group in rises
	total := sum([rise_v | some [_, rise_v] in group; rise_v > 0])
}

down_v := {feeder: total |
	some feeder, group in rises
	total := sum([rise_v | some [_, rise_v] in group; rise_v < 0])
}

# Cleared: moves no voltage, or the safe set as the site is loaded: nothing is measured yet.
unconcerned contains command.id if {
	listed := parameters.quantities
	some [command, point] in others
	quantity := point.quantity
	not quantity in listed
}

unconcerned contains command.id if {
	laws := parameters.setpoints
	some [command, point] in others
	kind := point.kind
	not laws[kind]
}

unconcerned contains command.id if {
	input.occasion == "load"
	some [command, _] in others
	parameters.quantities
}

moving := [[command, point] |
	input.occasion != "load"
	some [command, point] in others
	parameters.setpoints[point.kind]
	point.quantity in parameters.quantities
]

deny contains denied(command, text) if {
	some [command, point] in moving
	some quantity in ["voltage", parameters.setpoints[point.kind][point.quantity].present]
	not readings.value(point, quantity)
	text := sprintf("the voltage at %s cannot be predicted: %s", [point.asset, readings.trouble(point, quantity)])
}

deny contains denied(command, text) if {
	some [command, point] in moving
	some rating in ["nominal_v", "volts_per_kw"]
	not rated(point, rating)
	text := sprintf("the voltage at %s cannot be predicted: the site declares no %s for it", [point.asset, rating])
}

deny contains denied(command, text) if {
	some [command, point] in moving
	some move in moves
	move.command == command.id
	move.rise_v > 0
	predicted_v := move.voltage_v + up_v[move.feeder]
	predicted_v > parameters.high_pu * move.nominal_v
	text := sprintf("the voltage at %s would rise to %v V: at most %v V are permitted", [
		point.asset,
		readings.tenths(predicted_v),
		readings.tenths(parameters.high_pu * move.nominal_v),
	])
}

deny contains denied(command, text) if {
	some [command, point] in moving
	some move in moves
	move.command == command.id
	move.rise_v < 0
	predicted_v := move.voltage_v + down_v[move.feeder]
	predicted_v < parameters.low_pu * move.nominal_v
	text := sprintf("the voltage at %s would fall to %v V: at least %v V are needed", [
		point.asset,
		readings.tenths(predicted_v),
		readings.tenths(parameters.low_pu * move.nominal_v),
	])
}

# A call within `not` has to have defined arguments in one of the evaluators: so the look-up is a rule of its own.
rated(point, rating) if point.ratings[rating] > 0

denied(command, text) := {"command": command.id, "rule": rule, "reason": text}
