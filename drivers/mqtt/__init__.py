"""MQTT uplink."""
