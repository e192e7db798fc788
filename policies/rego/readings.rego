# METADATA
# title: What policies may believe of the field
# description: >-
#   A reading counts only where it is there, a number, of good quality and not old; otherwise it has a trouble, in words
#   that a dispatcher reads. A place is what the site declares of a point beside the written one.
# custom:
#   source: "AIOS Grid design, \"The image\"; IEC 61850-7-3 (quality)"
package aios.readings

import data.aios.commanded.writes
import rego.v1

# By point, every value that control may use: there, a number, of good quality and not old. The gateway works it out for
# all policies at once; where it has not, it is worked out here for what stands beside the written points.
usable := given if {
	given := input.usable
	given != {}
} else := {place.point: found |
	some [_, point] in writes
	some quantity, place in point.beside
	found := value(point, quantity)
}

# The value of a quantity beside a written point; undefined where control may not use it.
value(point, quantity) := reading.value if {
	place := point.beside[quantity]
	reading := input.readings[place.point]
	is_number(reading.value)
	bits.and(reading.quality, data.site.unusable) == 0
	abs(reading.age_s) <= place.stale_s
}

# Why there is no such value.
trouble(point, quantity) := sprintf("the site declares no %s at %s", [quantity, point.asset]) if {
	not point.beside[quantity]
} else := trouble_at(point.beside[quantity])

trouble_at(place) := sprintf("no reading of %s", [place.point]) if {
	not input.readings[place.point]
} else := sprintf("%s is not good", [place.point]) if {
	bits.and(input.readings[place.point].quality, data.site.unusable) != 0
} else := sprintf("%s is %v s old, %v s are permitted", [place.point, tenths(age_s), place.stale_s]) if {
	age_s := input.readings[place.point].age_s
	abs(age_s) > place.stale_s
} else := sprintf("%s is no number", [place.point])

tenths(number) := round(number * 10) / 10

hundredths(number) := round(number * 100) / 100

thousandths(number) := round(number * 1000) / 1000
