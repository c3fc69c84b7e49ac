"""Write all ZIP codes of the US to standard output: one line of code, state, latitude, longitude each.

Run as a program of its own, since the package's data takes 55 MB for as long as the process lives.
"""

import sys

import zipcodes


def main() -> None:
    """Write the list, a tenth at a time."""
    for first_digit in "0123456789":
        for entry in zipcodes.similar_to(first_digit):
            sys.stdout.write(f"{entry['zip_code']} {entry['state']} {entry['lat'] or 0} {entry['long'] or 0}\n")


if __name__ == "__main__":
    main()
