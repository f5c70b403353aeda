from __future__ import annotations

import json
from pathlib import Path

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimo_export.hosts.rendering import ESCAPES, comment, environment


def rendered(folder: Path, template: str, escapes: str = "json", **values: object) -> str:
    (folder / "template.c").write_text(template, encoding="utf-8")
    return environment([folder], escapes).get_template("template.c").render(values)


def test_marks_are_those_of_any_language_and_braces_stay(tmp_path: Path) -> None:
    template = (
        "<%# nothing %>\n<% for n in names %>\nint <%= n %>[] = {{1}, {% 2 %}};\n<% endfor %>\n"
    )
    assert rendered(tmp_path, template, names=["a", "b"]) == (
        "int a[] = {{1}, {% 2 %}};\nint b[] = {{1}, {% 2 %}};\n"
    )


def test_a_name_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(jinja2.UndefinedError, match="'nonsense' is undefined"):
        rendered(tmp_path, "<%= nonsense %>")


def test_the_first_folder_that_has_a_template_wins(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder, names in ((one, ["a"]), (other, ["a", "b"])):
        folder.mkdir()
        for name in names:
            (folder / name).write_text(f"{folder.name} {name}")
    templates = environment([one, other], "json")
    assert [templates.get_template(name).render() for name in ("a", "b")] == ["one a", "other b"]


@given(st.text())
def test_a_text_in_json_reads_back_and_holds_nothing_that_ends_a_script(text: str) -> None:
    written = ESCAPES["json"](text)
    assert json.loads(written) == text
    assert not set(written) & set("<\n\r\u2028\u2029")


def test_half_a_surrogate_pair_can_be_written_down() -> None:
    assert ESCAPES["json"]("\ud800") == '"\\ud800"'
    assert ESCAPES["octal"]("\ud800") == '"\\355\\240\\200"'


def test_a_text_in_c_is_plain_ascii_without_trigraphs() -> None:
    assert ESCAPES["octal"]('a"\\ü\n??/1') == '"a\\042\\134\\303\\274\\012\\077\\077/1"'


@pytest.mark.parametrize("prefix", [" * ", "// ", ""])
@given(text=st.text(alphabet=st.sampled_from('a*/\\" \n\u2028\r?x<')))
def test_a_comment_cannot_be_ended_from_within(prefix: str, text: str) -> None:
    written = comment(text, prefix)
    assert "*/" not in written
    assert "/*" not in written
    assert "\\" not in written
    for line in written.split("\n")[1:]:
        assert line.startswith(prefix.rstrip())


def test_a_long_comment_is_wrapped_behind_its_prefix() -> None:
    assert comment("word " * 12, " * ", width=30) == (
        "word word word word word\n * word word word word word\n * word word"
    )


def test_a_cell_stays_in_its_cell(tmp_path: Path) -> None:
    assert rendered(tmp_path, "<%= x|cell %>", x="a|b\n<c> \\") == "a\\|b &lt;c&gt; &#92;"


def test_a_name_in_a_readme_is_code_and_in_a_sample_no_code(tmp_path: Path) -> None:
    name = "a`|\n```\n]; evil(); ["
    assert rendered(tmp_path, "<%= x|code %>", x="a") == "`a`"
    assert rendered(tmp_path, "<%= x|code %>", x="a`|b") == "<code>a&#96;&#124;b</code>"
    assert rendered(tmp_path, "<%= x|word %>", x=name) == "a_evil_"
    assert rendered(tmp_path, "// <%= x|line %>", x=name) == "// a`| ``` ]; evil(); ["
