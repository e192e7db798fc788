# METADATA
# title: What a person may
# description: >-
#   A right is a role, an action, a kind of object and a site. Nothing is permitted that is not granted here;
#   a site may withhold, never grant. Who bears a role that only reads does nothing else, whatever else they are.
# custom:
#   source: IEC 62351-8 (roles), IEC 62443-3-3 SR 2.1 (authorization enforcement, least privilege)
package aios.rights

import rego.v1

document := {"granted": granted, "roles": lending, "reasons": reasons}

default granted := false

granted if {
	count(lending) > 0
	count(reasons) == 0
}

takes := {role | some role in data.rights.grants[input.kind][input.action]}

bearing contains role if {
	some role in input.roles
	role in takes
}

lending contains role if {
	some role in bearing
	not role in withheld
}

withheld contains one.role if {
	some one in data.rights.withheld
	covers(one.site, input.site)
	covers(one.kind, input.kind)
	covers(one.action, input.action)
}

here if {
	some site in input.sites
	covers(site, input.site)
}

covers(pattern, _) if pattern == "*"

covers(pattern, name) if pattern == name

reasons contains sprintf("there is no right %s (%s)", [input.action, input.kind]) if {
	count(takes) == 0
}

reasons contains sprintf("%s is not assigned to site %s", [input.person, input.site]) if {
	not here
}

reasons contains sprintf("%s has no right %s (%s): it takes the role %s", [
	input.person, input.action, worded(input.kind), concat(" or ", sort(takes)),
]) if {
	count(takes) > 0
	count(bearing) == 0
}

reasons contains sprintf("site %s withholds from the role %s the right %s (%s)", [
	input.site, role, input.action, worded(input.kind),
]) if {
	count(lending) == 0
	some role in bearing
	role in withheld
}

reasons contains sprintf("%s bears the role %s, which does nothing but %s", [
	input.person, role, concat(" and ", sort(only)),
]) if {
	some role, only in data.rights.only
	role in input.roles
	not input.action in only
}

reasons contains sprintf("%s bears the role %s, which excludes the right %s (%s)", [
	input.person, role, input.action, worded(input.kind),
]) if {
	some role, never in data.rights.never
	role in input.roles
	input.action in never[input.kind]
}

worded(name) := replace(name, "_", " ")
