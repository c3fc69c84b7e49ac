#!/usr/bin/env python
"""Django's command line: `python manage.py help`."""

import os
import sys

from wms.env import SettingError


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wms.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - settings must be named first

    try:
        execute_from_command_line(sys.argv)
    except SettingError as error:
        sys.exit(f"A setting is wrong / 设置有误: {error}")


if __name__ == "__main__":
    main()
