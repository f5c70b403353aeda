"""A static page that runs the three models in a browser: the one package that knows both sides.

`trained` reads which data a bundle's model was trained with, `examples` takes rows of their test
part, `build` compiles the page with npm, `site` puts it together. The page itself is `templates/`.
"""

from mimo_portable.demo.site import write_site

__all__ = ["write_site"]
