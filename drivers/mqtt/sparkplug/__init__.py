"""Sparkplug B 3.0: the gateway as an edge node, each of its assets as a device.

Source of all rules: Eclipse Sparkplug Specification 3.0.0. It is imported only by a historian whose site asks
for it.
"""
