"""分仓规则: the list of rules, the builder of one, and its reading and writing as plain form fields."""
