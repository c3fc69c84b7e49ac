"""Work on a company's allocation rules (分仓规则): edit the draft, look at what it does, publish it, restore a version."""
