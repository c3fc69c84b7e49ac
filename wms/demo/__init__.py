"""A sample world and the programs around it: `manage.py demo`, for a first look and for trying things out."""
