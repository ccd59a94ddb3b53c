"""Many files as one: what is put together, in which order, and that a form nobody thought of is refused by name."""

import pytest

from appliance.web.assets import asset, one_sheet, static, takes_gzip
from appliance.web.composing import NotComposed, script, sheet


def test_what_is_imported_stands_before_what_imports_it_and_each_file_once() -> None:
    composed = script(
        "page.js",
        {
            "page.js": 'import { a } from "./a.js";\nimport { b } from "./b.js";\nimport "./c.js";\na(b);\n',
            "a.js": 'import { b } from "./b.js";\nexport function a(x) {\n  return x + b;\n}\n',
            "b.js": "// Why.\nexport const b = 1; // here\n",
            "c.js": "self.c = true;\n",
        },
    )
    assert composed == (
        "const of_b_js=(()=>{const b=1;return{b};})();\n"
        "const of_a_js=(()=>{const{b}=of_b_js;function a(x){return x+b;}\nreturn{a};})();\n"
        "const of_c_js=(()=>{self.c=true;return{};})();\n"
        "const of_page_js=(()=>{const{a}=of_a_js;const{b}=of_b_js;a(b);return{};})();\n"
    )


@pytest.mark.parametrize(
    "line",
    [
        *("const a='b // c';", "const a=`b // c`;", "const a = b //c;", "const a = /b; c/;"),
        *("a(`${b ? `c , d` : e}`);", r'const a = "b\" ; c";'),
    ],
)
def test_what_looks_like_a_comment_in_a_text_and_spaces_in_a_pattern_stay(line: str) -> None:
    assert f"(()=>{{{line}" in script("page.js", {"page.js": f"{line}\nb();\n"})


def test_spaces_around_signs_do_not_travel_and_those_in_texts_and_between_signs_do() -> None:
    line = "const a = ({ b: c }) => (c === 'd = e' ? \"f ? g\" : `h ( i ) ${c && c}`) - -1;"
    assert "{const a=({b:c})=>(c==='d = e'?\"f ? g\":`h ( i ) ${c && c}`)- -1;return" in script(
        "p.js", {"p.js": f"{line}\n"}
    )


def test_a_line_that_does_not_say_where_it_ends_keeps_its_end() -> None:
    lines = "const a = b\nc();\nd( // why (\ne);\nf(1, // 'g'\n2);\nconst h = /i/; // it's\nj();\n"
    assert script("p.js", {"p.js": lines}).startswith(
        "const of_p_js=(()=>{const a=b\nc();d(e);f(1,2);const h = /i/;j();return{};})();"
    )


def test_what_a_script_exports_itself_can_still_be_imported() -> None:
    composed = script("a.js", {"a.js": 'import "./b.js";\nexport const a = 1;\n', "b.js": "export const b = 1;\n"})
    assert composed.endswith("return{a};})();\nexport const { a } = of_a_js;\n")
    assert composed.count("export") == 1


@pytest.mark.parametrize(
    "line",
    [
        'import * as all from "./b.js";',
        'import b from "./b.js";',
        'import { a as b } from "./b.js";',
        'import { a } from "/static/b.js";',
        'const b = await import("./b.js");',
        "console.log(import.meta.url);",
        "export default 1;",
        "export { a };",
        "export let a = 1;",
        "export class A {}",
        'export * from "./b.js";',
        "await go();",
        "const a = `begins",
        "/* a comment of another kind */",
    ],
)
def test_a_form_that_is_not_known_is_refused_by_file_and_line(line: str) -> None:
    with pytest.raises(NotComposed, match=r"^page\.js:2: "):
        script("page.js", {"page.js": f"// First.\n{line}\n", "b.js": ""})


def test_a_circle_and_a_file_that_is_not_there_are_refused_by_name() -> None:
    with pytest.raises(NotComposed, match=r"a\.js imports b\.js imports a\.js"):
        script("a.js", {"a.js": 'import "./b.js";\n', "b.js": 'import "./a.js";\n'})
    with pytest.raises(NotComposed, match=r"a\.js needs b\.js"):
        script("a.js", {"a.js": 'import "./b.js";\n'})


def test_a_style_sheet_loses_comments_and_spaces_and_nothing_else() -> None:
    assert sheet('a :hover,\nb > c { d: "; } e: f"; margin: 1px  2px; }\n@media (x: y) {\n  g { h: i }\n}\n') == (
        'a :hover,b > c{d:"; } e: f";margin:1px  2px}@media (x:y){g{h:i}}\n'
    )
    assert sheet('/* One\n   two */\n\na { content: "/* kept */"; } /* gone */\n  b { c: d; }\n') == (
        'a{content:"/* kept */"}b{c:d}\n'
    )


def test_what_is_for_phones_that_prefer_light_is_for_people_who_chose_it_too() -> None:
    light = ":root:not([data-scheme='dark']){--a:#fff}".replace("'", '"')
    assert sheet(f"e {{ f: g; }} @media (prefers-color-scheme: light) {{ {light} b {{ c: d; }} }} h {{ i: j; }}") == (
        f"e{{f:g}}@media (prefers-color-scheme:light){{{light}b{{c:d}}}}"
        ':root[data-scheme="light"]{--a:#fff}h{i:j}\n'
    )


def test_sheets_that_follow_each_other_become_one_in_their_order() -> None:
    link = '<link rel="stylesheet" href="{}">\n'
    ours = [link.format(static(f"css/{name}.css")) for name in ("tokens", "base", "base", "likes")]
    between = link.format("/events/e1/look.css")
    page = one_sheet("<head>\n" + "".join(ours[:3]) + between + ours[3] + "</head>")
    both, one = static("css/tokens+base.css"), static("css/likes.css")
    assert page == "<head>\n" + link.format(both) + between + link.format(one) + "</head>"
    found = asset("css", "tokens+base.css")
    assert found is not None
    assert found.body.index(b"--night") < found.body.index(b".stage")


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0, br", False),
        ("gzip; q=0.001", True),
        ("deflate", False),
        ("x-gzipped", False),
        ("", False),
        (",;,=", False),
    ],
)
def test_compression_is_for_those_who_take_it(accepted: str, taken: bool) -> None:
    assert takes_gzip(accepted) is taken
