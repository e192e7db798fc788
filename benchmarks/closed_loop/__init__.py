"""The substation on which the closed loop is measured: 144 buses, 20 devices, 3 loops."""
