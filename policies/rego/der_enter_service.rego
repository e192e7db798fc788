# METADATA
# title: No resource enters service before the grid has been normal for long enough
# description: >-
#   Enabling a battery or plant is denied until voltage and frequency are within the band of the local code and have been
#   for its waiting time. Switching off is never held back. How long the grid has been normal is read from the point
#   grid_normal_time, which a grid-connection relay, an inverter or an agent counts; without it nothing is enabled.
# related_resources:
#   - ref: https://standards.ieee.org/ieee/1547/5915/
#     description: IEEE 1547-2018, enter service (the paid text was not read)
# custom:
#   source: "IEEE 1547-2018, 4.10.2 (60 Hz); EN 50549-1, 4.10.2 (50 Hz), both from memory"
#   needs: "ratings nominal_v (V) and nominal_hz (Hz), points voltage (V), frequency (Hz) and grid_normal_time (s) at the resource"
#   parameters:
#     quantities: ["-", "what puts a resource into service"]
#     kinds: ["-", "kinds of asset that must wait"]
#     off_values: ["-", "values of these quantities that put it out of service"]
#     codes: ["pu, Hz, s", "by nominal frequency, the bands low_pu to high_pu and low_hz to high_hz and the waiting time wait_s"]
package aios.policies.der_enter_service

import data.aios.commanded.names
import data.aios.commanded.none_of
import data.aios.commanded.quantities
import data.aios.commanded.without
import data.aios.commanded.writes
import data.aios.readings
import rego.v1

rule := "der_enter_service"

parameters := data.parameters.der_enter_service

clear := harmless if others == []

else := (harmless | unconcerned) | ready

# Settled: nothing is enabled.
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
	waiting := parameters.kinds
	some [command, point] in others
	kind := point.kind
	not kind in waiting
}

# Cleared: puts it out of service.
unconcerned contains command.id if {
	some [command, _] in others
	command.value in parameters.off_values
}

# Cleared: the grid is normal, and has been for long enough.
ready contains command.id if {
	some [command, point] in enabling
	code := code_of(point)
	voltage_pu := readings.value(point, "voltage") / point.ratings.nominal_v
	voltage_pu >= code.low_pu
	voltage_pu <= code.high_pu
	frequency_hz := readings.value(point, "frequency")
	frequency_hz >= code.low_hz
	frequency_hz <= code.high_hz
	readings.value(point, "grid_normal_time") >= code.wait_s
}

enabling := [[command, point] |
	some [command, point] in others
	point.quantity in parameters.quantities
	point.kind in parameters.kinds
	not command.value in parameters.off_values
]

code_of(point) := parameters.codes[sprintf("%v", [point.ratings.nominal_hz])]

deny contains denied(command, point, text) if {
	some [command, point] in enabling
	not code_of(point)
	text := "the site declares no nominal_hz of it for which there is a code"
}

deny contains denied(command, point, "the site declares no nominal_v for it") if {
	some [command, point] in enabling
	not rated(point)
}

deny contains denied(command, point, readings.trouble(point, quantity)) if {
	some [command, point] in enabling
	some quantity in ["voltage", "frequency", "grid_normal_time"]
	not readings.value(point, quantity)
}

deny contains denied(command, point, text) if {
	some [command, point] in enabling
	code := code_of(point)
	voltage_v := readings.value(point, "voltage")
	nominal_v := point.ratings.nominal_v
	outside(voltage_v / nominal_v, code.low_pu, code.high_pu)
	text := sprintf("the voltage is %v V, permitted are %v to %v V", [
		readings.tenths(voltage_v),
		readings.tenths(code.low_pu * nominal_v),
		readings.tenths(code.high_pu * nominal_v),
	])
}

deny contains denied(command, point, text) if {
	some [command, point] in enabling
	code := code_of(point)
	frequency_hz := readings.value(point, "frequency")
	outside(frequency_hz, code.low_hz, code.high_hz)
	text := sprintf("the frequency is %v Hz, permitted are %v to %v Hz", [
		readings.thousandths(frequency_hz),
		code.low_hz,
		code.high_hz,
	])
}

deny contains denied(command, point, text) if {
	some [command, point] in enabling
	code := code_of(point)
	normal_s := readings.value(point, "grid_normal_time")
	normal_s < code.wait_s
	text := sprintf("the grid has been normal for %v s, %v s are needed", [readings.tenths(normal_s), code.wait_s])
}

rated(point) if point.ratings.nominal_v > 0

outside(number, low, _) if number < low

outside(number, _, high) if number > high

denied(command, point, text) := {
	"command": command.id,
	"rule": rule,
	"reason": sprintf("%s stays out of service: %s", [point.asset, text]),
}
