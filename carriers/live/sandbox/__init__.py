"""A carrier that does not exist: real HTTP on loopback, made-up prices, so that live quoting is seen working without credentials."""
