import json

import pytest

from mimo_portable.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ƙauna 未知 🙂\nnext", "ƙauna 未知 🙂\nnext"),
        ("\x1b]52;c;eA==\x07", "\\u001b]52;c;eA==\\u0007"),
        ("a\rb\tc\x7f\x9b1m", "a\\u000db\\u0009c\\u007f\\u009b1m"),
        ("\u202egpj.exe\u2066", "\\u202egpj.exe\\u2066"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_a_terminal_obeys_is_shown_as_an_escape(text, shown):
    assert printable(text) == shown


def test_json_stays_json():
    document = {"name\x9b": ["\x7f\u2028\u202e", "\x1b"]}
    assert json.loads(printable(json.dumps(document, ensure_ascii=False))) == document
