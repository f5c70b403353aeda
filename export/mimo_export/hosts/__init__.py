"""Projects in other languages around a bundle: `mimo-portable embed` writes them.

A language is a folder beside this file that holds a `host.toml`, found by its presence: what a
project in it consists of, its spelling of names and element types, and its templates. Nothing about
a language stands outside of its folder, so that one more language is one more folder.

1. `language.py` reads a `host.toml`;
2. `view.py` makes one frozen picture of a bundle, with names as the language spells them
   (`identifiers.py`) and the golden vectors as plain numbers (`vectors.py`);
3. `embed.py` renders the templates with that picture (`rendering.py`) and publishes the project.
"""
