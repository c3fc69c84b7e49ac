"""How fast Fencang is, against the limit of the database that it stands on: `make bench`."""
