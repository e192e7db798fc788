# METADATA
# title: No command loads a transformer beyond its limit
# description: >-
#   A set-point that raises the load of a transformer upstream is denied above the hot-spot limit, denied when
#   the load factor K is at its limit already, and clamped where a bound on its value keeps K at the limit.
#   All raising commands of a tick count together. A reading that is missing, not good or old denies. A
#   command that provably lowers the load is cleared, however hot the transformer is. Where the site has a point
#   loading_mode, the limits are those of the mode that it shows; one that cannot be used counts as normal.
# related_resources:
#   - ref: https://webstore.iec.ch/publication/34351
#     description: IEC 60076-7:2018 (the paid text was not read)
# custom:
#   source: "IEC 60076-7 (2018), loading limits, normal cyclic loading"
#   needs: "rated power and voltage of every transformer, its load current or active power, and the present power of what is moved; a point loading_mode where emergency loading is possible"
#   parameters:
#     hot_spot_limit_c: ["degC", "limit of the hot-spot temperature"]
#     k_limit_medium: ["-", "limit of the load factor K up to medium_up_to_kva"]
#     k_limit_large: ["-", "limit of K above it"]
#     emergency: ["-", "the same three limits by loading_mode: 1 long-time, 2 short-time emergency"]
#     medium_up_to_kva: ["kVA", "rated power of the largest medium transformer"]
#     assumed_power_factor: ["-", "used where only active power is measured"]
#     tolerance_kw: ["kW", "difference that is rounding, not load"]
#     setpoints: ["-", "which set-points move load, the reading that tells what they do now, and which way (-1 = a lower value is more load)"]
package aios.policies.xfmr_loading

import data.aios.commanded.without
import data.aios.commanded.writes
import data.aios.readings
import rego.v1

rule := "xfmr_loading"

parameters := data.parameters.xfmr_loading

points := data.site.points

assets := data.site.assets

unusable := data.site.unusable

clear := fitting if others == []

else := fitting | unconcerned

# Settled: moves no load upwards, or only where there is room. In most ticks there is, on every way that is raised.
settled(_, given) := known if {
	given.tolerance_kw >= 0
	feeds_with_room == feeds
} else := relieving | fed

fitting := settled(writes, parameters)

# Cleared: lowers the load, or leaves it.
relieving := {raise.command |
	tolerance_kw := parameters.tolerance_kw
	some raise in raises
	raise.kw <= tolerance_kw
}

# Cleared: raises it, and every transformer upstream is cool and has room for all that is asked of it.
fed := {raise.command |
	some raise in raising
	raise.transformers in feeds_with_room
}

# What is left to look at: in most ticks nothing.
others := without(fitting)

# Cleared: a pulse, or a set-point that moves no load.
unconcerned contains command.id if {
	some [command, _] in others
	command.operation != "setpoint"
}

unconcerned contains command.id if {
	laws := parameters.setpoints
	some [command, point] in others
	command.operation == "setpoint"
	is_string(point.kind)
	of_kind := object.get(laws, point.kind, {})
	not of_kind[point.quantity]
}

# Cleared: the safe set, judged once when the site is loaded. Nothing is measured yet, and a safe value is one
# that its engineer declares safe at any load; the envelope holds it within the ratings.
unconcerned contains command.id if {
	at_load
	some command in input.commands
}

at_load if input.occasion == "load"

# Cleared: hangs on no transformer.
unconcerned contains command.id if {
	not at_load
	some [command, point, _] in moves
	point.transformers == []
}

# The present power is needed to tell a raise from a relief.
deny contains denied(command.id, text) if {
	some [command, point, law] in moves
	point.transformers != []
	not command.id in known
	present := concat("/", [point.asset, law.present])
	text := sprintf("the change of load is unknown: %s", [trouble(present)])
}

# Every other set-point that moves load, with its point and how it does.
moves := [[command, point, law] |
	not at_load
	laws := parameters.setpoints
	some [command, point] in others
	command.operation == "setpoint"
	of_kind := laws[point.kind]
	law := of_kind[point.quantity]
]

deny contains denied(raise.command, found.text) if {
	count(troubled) > 0
	some found in objections
	some raise in raising
	found.transformer in raise.transformers
}

# Why a transformer takes no more load at all.
objections contains objection(transformer, text) if {
	some transformer in troubled
	not loads[transformer]
	text := sprintf("the load of %s is unknown: %s", [transformer, load_trouble(transformer)])
}

objections contains objection(transformer, text) if {
	some transformer in troubled
	not transformer in cool
	point := assets[transformer].hot_spot
	text := sprintf("the hot spot of %s is unknown: %s", [transformer, trouble(point)])
}

objections contains objection(transformer, text) if {
	some transformer in troubled
	not transformer in cool
	hot_spot_c := value_of(assets[transformer].hot_spot)
	hot_spot_limit_c := limits_of(assets[transformer]).hot_spot_limit_c
	hot_spot_c > hot_spot_limit_c
	text := sprintf("the hot spot of %s is at %v degC, the limit is %v degC", [
		transformer,
		tenths(hot_spot_c),
		hot_spot_limit_c,
	])
}

objections contains objection(transformer, text) if {
	some transformer in troubled
	load := loads[transformer]
	load.room_kw <= parameters.tolerance_kw
	text := sprintf("%s is loaded at K = %v, the limit is K = %v", [
		transformer,
		hundredths(load.factor),
		load.limit,
	])
}

# The room left is shared among the commands that want it, in proportion to what each asks.
clamp contains entry if {
	some transformer in troubled
	transformer in cool
	load := loads[transformer]
	load.room_kw > parameters.tolerance_kw
	asked := asked_kw[transformer]
	asked > load.room_kw + parameters.tolerance_kw
	some raise in raising
	transformer in raise.transformers
	bound := raise.present_kw + (((load.room_kw * raise.kw) / asked) / raise.load_per_kw)
	entry := {
		"command": raise.command,
		"rule": rule,
		"reason": sprintf("%s would be loaded at K = %v: %v kW keep it at the limit K = %v", [
			transformer,
			hundredths(load.factor + (asked / load.rated_kva)),
			tenths(bound),
			load.limit,
		]),
		"low": lower(bound, raise.load_per_kw),
		"high": upper(bound, raise.load_per_kw),
	}
}

# What each set-point adds to the load of the transformers that feed it, kW; only where its asset's present power is
# known, from a reading that control may use.
raises := moves_of(writes, parameters)

moves_of(pairs, given) := found if {
	not input.occasion == "load"
	laws := given.setpoints
	usable := readings.usable
	found := [raise |
		some [command, point] in pairs
		command.operation == "setpoint"
		of_kind := laws[point.kind]
		law := of_kind[point.quantity]
		point.transformers != []
		place := point.beside[law.present]
		power_kw := usable[place.point]
		raise := {
			"command": command.id,
			"kw": law.load_per_kw * (command.value - power_kw),
			"present_kw": power_kw,
			"load_per_kw": law.load_per_kw,
			"transformers": point.transformers,
		}
	]
} else := []

known := {raise.command | some raise in raises}

# Those that load a transformer more.
raising := [raise |
	tolerance_kw := parameters.tolerance_kw
	some raise in raises
	raise.kw > tolerance_kw
]

# The ways on which they are fed, each once: the transformers on one of them, nearest first.
feeds := {raise.transformers | some raise in raising}

feeds_with_room := {feed |
	some feed in feeds
	every transformer in feed {
		transformer in roomy
	}
}

# The transformers concerned, each once: what follows is computed by transformer, not by command.
concerned := {transformer |
	some feed in feeds
	some transformer in feed
}

asked_kw[transformer] := kw if {
	some transformer in concerned
	kw := sum([raise.kw |
		some raise in raising
		transformer in raise.transformers
	])
}

# By transformer: load factor K, its limit, and the room up to it; only where they are known. A rise counts
# in full, as if it were in phase with the load: never too little.
loads[transformer] := load if {
	some transformer in concerned
	asset := assets[transformer]
	factor := load_factor(asset)
	limit := limit_of(asset)
	load := {
		"factor": factor,
		"limit": limit,
		"rated_kva": asset.rated_kva,
		"room_kw": (limit - factor) * asset.rated_kva,
	}
}

# In most ticks each of them has room even for all that is raised anywhere, and nobody has to add up what it is asked.
roomy := spacious if {
	spacious == concerned
} else := {transformer |
	some transformer, load in loads
	transformer in cool
	asked_kw[transformer] <= load.room_kw + parameters.tolerance_kw
}

spacious := {transformer |
	raised_kw := sum([raise.kw | some raise in raising])
	some transformer, load in loads
	transformer in cool
	raised_kw <= load.room_kw + parameters.tolerance_kw
}

# What does not have room for all: each gets its reasons, or its commands a bound.
troubled contains transformer if {
	some transformer in concerned
	not transformer in roomy
}

cool contains transformer if {
	some transformer in concerned
	assets[transformer].hot_spot == ""
}

cool contains transformer if {
	some transformer in concerned
	value_of(assets[transformer].hot_spot) <= limits_of(assets[transformer]).hot_spot_limit_c
}

load_factor(asset) := abs(value_of(asset.load_current)) / asset.rated_current_a if asset.load_current != ""

load_factor(asset) := factor if {
	asset.load_current == ""
	factor := abs(value_of(asset.active_power)) / (asset.rated_kva * parameters.assumed_power_factor)
}

limit_of(asset) := limits_of(asset).k_limit_medium if asset.rated_kva <= parameters.medium_up_to_kva

limit_of(asset) := limits_of(asset).k_limit_large if asset.rated_kva > parameters.medium_up_to_kva

# People agree to a mode and to its end (xfmr_emergency_needs_two_approvers_and_expiry); here it only counts.
limits_of(asset) := given if {
	mode := value_of(asset.loading_mode)
	some name, given in parameters.emergency
	to_number(name) == mode
} else := parameters

load_trouble(transformer) := "the site declares no rated power and voltage for it" if {
	not is_number(assets[transformer].rated_current_a)
} else := trouble(assets[transformer].load_current) if {
	assets[transformer].load_current != ""
} else := "the site declares neither its load current nor its active power" if {
	assets[transformer].active_power == ""
} else := trouble(assets[transformer].active_power)

# A reading that control may use: there, good, not old.
value_of(point) := reading.value if {
	reading := input.readings[point]
	is_number(reading.value)
	bits.and(reading.quality, unusable) == 0
	abs(reading.age_s) <= points[point].stale_s
}

trouble(point) := sprintf("no reading of %s", [point]) if {
	not input.readings[point]
} else := sprintf("%s is not good", [point]) if {
	bits.and(input.readings[point].quality, unusable) != 0
} else := sprintf("%s is %v s old, %v s are permitted", [point, tenths(age_s), stale_s]) if {
	age_s := input.readings[point].age_s
	stale_s := points[point].stale_s
	abs(age_s) > stale_s
}

lower(bound, load_per_kw) := bound if load_per_kw < 0

lower(_, load_per_kw) := null if load_per_kw > 0

upper(bound, load_per_kw) := bound if load_per_kw > 0

upper(_, load_per_kw) := null if load_per_kw < 0

objection(transformer, text) := {"transformer": transformer, "text": text}

tenths(number) := round(number * 10) / 10

hundredths(number) := round(number * 100) / 100

denied(id, text) := {"command": id, "rule": rule, "reason": text}
