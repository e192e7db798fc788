package aios.readings_test

import data.aios.readings
import rego.v1

site := {"unusable": 2051}

point := {"asset": "b", "beside": {"u": {"point": "b/u", "stale_s": 10}}}

reading(value, quality, age_s) := {"b/u": {"value": value, "quality": quality, "age_s": age_s}}

trouble(read) := text if {
	text := readings.trouble(point, "u") with input as {"readings": read} with data.site as site
}

value(read) := number if {
	number := readings.value(point, "u") with input as {"readings": read} with data.site as site
}

test_a_good_reading_counts if {
	value(reading(230, 0, 1)) == 230
}

test_what_control_may_not_use_is_no_value if {
	every broken in [{}, reading(null, 0, 1), reading(230, 3, 1), reading(230, 0, 11), reading(230, 0, -11)] {
		not value(broken)
	}
}

test_every_trouble_has_its_words if {
	trouble({}) == "no reading of b/u"
	trouble(reading(230, 3, 1)) == "b/u is not good"
	trouble(reading(230, 0, 11)) == "b/u is 11 s old, 10 s are permitted"
	trouble(reading(null, 0, 1)) == "b/u is no number"
}

test_a_quantity_that_is_not_declared_has_its_words if {
	readings.trouble(point, "hz") == "the site declares no hz at b" with input as {"readings": {}} with data.site as site
}
