"""MQTT uplink: telemetry, repair orders, forecasts and findings as JSON for anyone who subscribes."""
