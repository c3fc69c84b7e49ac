"""The rooms of the console; importing them registers their pages with the console's site."""

from importlib import import_module
from pkgutil import iter_modules

from wms.console import pages
from wms.console.workbench import splitting
from wms.console.workbench import views as workbench

for page in iter_modules(pages.__path__, f"{pages.__name__}."):
    import_module(page.name)

__all__ = ["splitting", "workbench"]
