# METADATA
# title: What must be selected is operated only by who selected it, as selected, in time
# description: >-
#   A device that the site declares to be selected before it is operated is operated only while it is reserved, for the
#   value it was reserved for, by whose wish it was reserved, within the time of the reservation. The operation that
#   brings its select along in the same tick is cleared with it: the select goes out, and the operation is judged again
#   when the device has confirmed. A point without a select operates directly, as its site file declares.
# related_resources:
#   - ref: https://webstore.iec.ch/publication/6015
#     description: IEC 61850-7-2, control model, select before operate with enhanced security (the paid text was not read)
# custom:
#   source: "IEC 61850-7-2, clause 20 (control class model), as public documents describe it"
#   needs: "what the gateway itself keeps of its selections"
#   parameters:
#     least_left_s: ["s", "time that must be left of a reservation"]
package aios.policies.sbo_sequence

import data.aios.commanded.without
import data.aios.commanded.writes
import data.aios.readings
import rego.v1

rule := "sbo_sequence"

parameters := data.parameters.sbo_sequence

clear := harmless if others == []

else := harmless | (selecting | reserved)

# Settled: operates directly.
settled(pairs, given) := {command.id |
	some [command, point] in pairs
	point.select == ""
} if {
	given.least_left_s >= 0
} else := set()

harmless := settled(writes, parameters)

others := without(harmless)

# Cleared: brings its select along, of the same trace and of the same wish.
selecting contains command.id if {
	parameters.least_left_s >= 0
	some [command, point] in selected
	not input.reservations[command.id]
	some other in input.commands
	other.point == point.select
	other.trace == command.trace
	other.asked_by == command.asked_by
}

# Cleared: reserved, and nothing has changed since.
reserved contains command.id if {
	some [command, _] in selected
	reservation := input.reservations[command.id]
	reservation.confirmed == true
	reservation.value == command.value
	reservation.asked_by == command.asked_by
	reservation.left_s > parameters.least_left_s
}

selected := [[command, point] |
	some [command, point] in others
	point.select != ""
]

deny contains denied(command, text) if {
	some [command, point] in selected
	not input.reservations[command.id]
	not command.id in selecting
	text := sprintf("%s must be selected first", [point.select])
}

deny contains denied(command, "the device has not confirmed that it is reserved") if {
	some [command, _] in selected
	reservation := input.reservations[command.id]
	not reservation.confirmed == true
}

deny contains denied(command, text) if {
	some [command, _] in selected
	reservation := input.reservations[command.id]
	reservation.value != command.value
	text := sprintf("it was selected for the value %v, not for %v", [reservation.value, command.value])
}

deny contains denied(command, text) if {
	some [command, _] in selected
	reservation := input.reservations[command.id]
	reservation.asked_by != command.asked_by
	text := sprintf("it was selected by %s, not by %s", [reservation.asked_by, command.asked_by])
}

deny contains denied(command, text) if {
	some [command, _] in selected
	reservation := input.reservations[command.id]
	not reservation.left_s > parameters.least_left_s
	text := sprintf("its reservation has %v s left, more than %v s are needed", [
		readings.tenths(reservation.left_s),
		parameters.least_left_s,
	])
}

denied(command, text) := {
	"command": command.id,
	"rule": rule,
	"reason": sprintf("%s is not operated: %s", [command.point, text]),
}
