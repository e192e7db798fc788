"""SunSpec: finding the models of a device and making a register map of them."""
