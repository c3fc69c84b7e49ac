"""What the pricing benchmark prices, and how its figures are taken."""
