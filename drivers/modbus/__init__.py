"""Modbus: register maps as data, codec, links, driver."""
