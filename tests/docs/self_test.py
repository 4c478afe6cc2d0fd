# SPDX-License-Identifier: Apache-2.0
"""The checks of the pages find what they are to find: each is given pages with one mistake."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import snippets
import links
import markdown
import messages
import reference
import sections
import security
import shell


class Project(unittest.TestCase):
    """A small project, made anew for each test."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def fails(self, check, *arguments):
        """What the check complains of."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said), self.assertRaises(SystemExit) as end:
            check(*arguments)
        self.assertNotIn(end.exception.code, (0, None))
        return said.getvalue() + str(end.exception.code)

    def passes(self, check, *arguments):
        with contextlib.redirect_stdout(io.StringIO()):
            check(*arguments)


class Markdown(Project):
    def test_blocks(self):
        page = self.write("a.md", "Text:\n\n```cpp\nint x;\n```\n\n    esxi vm list\n    esxi host facts\n\n- item\n\n  ```json\n  {}\n  ```\n")
        found = markdown.blocks(page)
        self.assertEqual([(b.language, b.text, b.line) for b in found],
                         [("cpp", "int x;", 4), ("", "esxi vm list\nesxi host facts", 7), ("json", "{}", 13)])
        self.assertEqual(found[0].before, "Text:")

    def test_block_without_end(self):
        self.fails(markdown.blocks, self.write("a.md", "```cpp\nint x;\n"))

    def test_code_spans(self):
        self.assertEqual(markdown.code_spans("`a` and ``b `c` d`` and `` `e` ``"), ["a", "b `c` d", "`e`"])

    def test_anchors(self):
        page = self.write("a.md", "# A `b_c` d\n## Twice\n## Twice\n```\n# no heading\n```\n## [Link](x.md), and more!\n")
        self.assertEqual(markdown.anchors(page), {"a-b_c-d", "twice", "twice-1", "link-and-more"})

    def test_no_page_at_all(self):
        self.fails(markdown.pages, self.root)


class Links(Project):
    def test_good(self):
        self.write("README.md", "# Top\n[a](docs/a.md#part-one) [outside](https://example.org/x) `[no](link.md)`\n")
        self.write("docs/a.md", "## Part one\n[up](../README.md#top) [here](#part-one)\n")
        self.passes(links.main, self.root)

    def test_no_such_file(self):
        self.write("README.md", "[a](docs/a.md)\n")
        self.assertIn("README.md:1: docs/a.md leads nowhere", self.fails(links.main, self.root))

    def test_no_such_heading(self):
        self.write("README.md", "# Top\n[a](#bottom)\n")
        self.assertIn("#bottom: no such heading", self.fails(links.main, self.root))

    def test_out_of_the_project(self):
        self.write("README.md", "[a](../../etc/passwd)\n")
        self.assertIn("leads out of the project", self.fails(links.main, self.root))

    def test_page_that_is_not_linked(self):
        self.write("README.md", "# Top\n")
        self.write("docs/a.md", "# A\n")
        self.assertIn("docs/a.md: no page leads here", self.fails(links.main, self.root))


class Code(Project):
    def block(self, text):
        return markdown.blocks(self.write("a.md", text))[0]

    def test_excerpt(self):
        file = self.write("x.cpp", "// top\nint f()\n{\n    if (a) {\n        b();\n\n        c();\n    }\n}\n")
        for good in ("int f()\n{", "if (a) {\n    b();\n\n    c();\n}", "    if (a) {", "// top"):
            self.assertTrue(snippets.is_excerpt(good, file), good)
        for bad in ("int f() {", "if (a) {\n    b();\n    c();\n}", "int g()", "f()", "if (a) {\nb();"):
            self.assertFalse(snippets.is_excerpt(bad, file), bad)

    def test_file_that_is_named(self):
        self.write("x.cpp", "int f();\n")
        block = self.block("Of [x.cpp](x.cpp):\n\n```cpp\nint f();\n```\n")
        self.assertEqual(markdown.linked_file(block, snippets.QUOTED), self.root / "x.cpp")
        self.assertIsNone(markdown.linked_file(self.block("See [x.cpp](x.cpp).\n\n```cpp\nint f();\n```\n"), snippets.QUOTED))
        gone = self.block("Of [y.cpp](y.cpp):\n\n```cpp\nint f();\n```\n")
        self.assertIn("there is no", snippets.wrong_quote(gone, markdown.linked_file(gone, snippets.QUOTED)))

    def test_json(self):
        block = self.block('Text:\n\n    {"a": [1]}\n    and {"b"}\n')
        self.assertEqual(snippets.json_lines(block), ['{"a": [1]}'])
        self.assertIsNone(snippets.wrong_json(block, '{"a": [1]}'))
        self.assertIn("a.md:3", snippets.wrong_json(block, '{"a": [1,]}'))

    def compiled(self, text):
        snippets.PRELUDE, kept = "", snippets.PRELUDE
        self.addCleanup(setattr, snippets, "PRELUDE", kept)
        (self.root / "include").mkdir(exist_ok=True)
        return "".join(snippets.compile_fragments(markdown.blocks(self.write("a.md", text)), self.root, "g++", []))

    def test_fragments(self):
        good = "```cpp\nint x = 1;\n```\n\n```cpp\nint x = 2;\n```\n\n<!-- compile: declarations -->\n\n```cpp\nstruct y { void f() {} };\ntemplate <class T> T z;\n```\n"
        self.assertEqual(self.compiled(good), "")
        self.assertIn("a.md:6", self.compiled("```cpp\nint x = 1;\n```\n\n```cpp\nint y = x;\n```\n"))
        self.assertIn("error", self.compiled("```cpp\ntemplate <class T> T z;\n```\n"))

    def test_what_the_compiler_says(self):
        self.write("compile_fail/x.cpp", "int f() { return g(); }\n")
        file = self.root / "compile_fail/x.cpp"
        right = self.block("Of [x](compile_fail/x.cpp):\n\n```text\ncompile_fail/x.cpp: error: 'g' was not declared in this scope\n...\n```\n")
        self.assertIsNone(snippets.wrong_message(right, file, self.root, []))
        wrong = self.block("Of [x](compile_fail/x.cpp):\n\n```text\ncompile_fail/x.cpp: error: 'h' was not declared in this scope\n```\n")
        self.assertIn("'h' was not declared", snippets.wrong_message(wrong, file, self.root, []))


class Shell(Project):
    def test_commands(self):
        self.assertEqual(shell.commands("ESXI_HOST=h esxi vm list | head  # all"), [["esxi", "vm", "list"], ["head"]])
        self.assertEqual(shell.commands("./dev asan; ./dev tsan"), [["./dev", "asan"], ["./dev", "tsan"]])
        self.assertEqual(shell.commands("esxi snapshot create a 'b c'"), [["esxi", "snapshot", "create", "a", "b c"]])

    def test_synopsis(self):
        self.assertTrue(shell.is_synopsis(["esxi", "[OPTION]...", "COMMAND"]))
        self.assertFalse(shell.is_synopsis(["esxi", "vm", "list"]))

    def test_programs(self):
        self.assertIsNone(shell.check_dev(["./dev", "test", "-R", "x"], "./dev test [ARG...]  run\n"))
        self.assertIn("tset", shell.check_dev(["./dev", "tset"], "./dev test [ARG...]  run\n"))
        self.assertIsNone(shell.check_simulator(["esxi-sim", "--vms", "0"], "  -vms int\n"))
        self.assertIn("--vmz", shell.check_simulator(["esxi-sim", "--vmz=0"], "  -vms int\n"))

    def test_tool(self):
        tool = self.write("esxi", "#!/bin/sh\necho \"error (config): not expected here: $*\" >&2\nexit 2\n")
        tool.chmod(0o755)
        self.assertIn("not expected here: --replay /nowhere/tape.json vm lst",
                      shell.check_tool(["esxi", "vm", "lst", "--record", "t.json"], str(tool), "ca.pem"))


class Messages(Project):
    def test_literals(self):
        source = '// "no"\n#include "no.hpp"\nthrow error("VM " + name +\n    " is " "gone; say \\"x\\"");'
        self.assertEqual(list(messages.literals(source)), ["VM ", ' is gone; say "x"'])

    def test_can_be_made(self):
        known = {"cannot ", " VM ", "start", ": the host has ", "it no more", "; create it first"}
        for good in ("cannot start VM ", ": the host has it no more; create it first", "the host has it"):
            self.assertTrue(messages.can_be_made(good, known), good)
        for bad in ("cannot begin VM ", ": the host lost it; create it first", "; create it anew"):
            self.assertFalse(messages.can_be_made(bad, known), bad)

    def test_quoted(self):
        page = self.write("a.md", "| kind | message | when |\n|---|---|---|\n| `x` | ``a `b` c``, `d` | `e` |\n\n| said | why |\n|---|---|\n| `f` | g |\n")
        self.assertEqual([text for _, text in messages.quoted(page)], ["a `b` c", "d"])

    def test_whole(self):
        self.write("include/esxi/error.hpp", "enum class error_kind {\n    config,      ///< Bad.\n};\n")
        self.write("docs/troubleshooting.md", "| message |\n|---|\n| `the disk is on fire` |\n")
        said = self.fails(messages.main, self.root)
        self.assertIn("troubleshooting.md:3: no source says `the disk is on fire`", said)
        self.assertIn("no section for `config`", said)

    def test_thrown(self):
        source = """throw error(error_kind::config, "the disk of " + f("a)") + " burns"); error(kind, "not this");
                    return esxi::error(\n esxi::error_kind::absent, std::string(what) + ")");"""
        self.assertEqual(list(messages.thrown(source)), [["the disk of ", "a)", " burns"], [")"]])

    def test_what_no_page_explains(self):
        self.write("include/esxi/error.hpp", 'throw error(error_kind::config, "the disk is " + what + ", and is on fire");\nenum class error_kind {\n};\n')
        self.write("docs/troubleshooting.md", "| message |\n|---|\n| `the disk is` |\n")
        self.assertIn("does not have this message: the disk is ..., and is on fire", self.fails(messages.main, self.root))
        self.assertTrue(messages.is_explained(["the disk is ", ", and is on fire"], "the disk is <where>, and is on fire"))
        self.assertTrue(messages.is_explained([" ", ": "], ""))


class Sections(Project):
    def test_a_page_without_one_and_one_too_many(self):
        whole = "# x\n" + "".join(f"\n## {section}\n\ntext\n" for section in sections.SECTIONS)
        self.write("docs/operations/a.md", whole)
        self.write("docs/operations/b.md", whole.replace("\n## Errors\n\ntext\n", ""))
        self.write("docs/operations/c.md", whole.replace("text", "", 1))
        said = self.fails(sections.main, self.root)
        self.assertIn("b.md: has the sections Properties, Runtime properties, Commands, Example", said)
        self.assertIn("c.md: says nothing under Properties", said)
        self.assertNotIn("a.md", said)


class Security(Project):
    ROW = "| nothing is told | `secrets/scan`, `unit_govc/*` |\n"

    def page(self, rows):
        self.write("docs/security.md", "| who | can |\n|---|---|\n| `nobody` | x |\n\n| promise | test |\n|---|---|\n" + rows)

    def test_good(self):
        self.page(self.ROW * 10)
        self.passes(security.main, self.root, ["secrets/scan", "unit_govc/redact/a"])

    def test_a_test_that_is_not_there(self):
        self.page(self.ROW * 10)
        self.assertIn("security.md:7: ctest knows no test unit_govc/*", self.fails(security.main, self.root, ["secrets/scan", "unit_govc"]))

    def test_a_promise_without_test(self):
        self.page(self.ROW * 10 + "| all is well | see there |\n")
        self.assertIn("security.md:17: no test shows that: all is well", self.fails(security.main, self.root, ["secrets/scan", "unit_govc/a"]))

    def test_no_table(self):
        self.page("")
        self.assertIn("0 promises", self.fails(security.main, self.root, []))


class Reference(Project):
    def names(self, header):
        self.write("include/esxi/a.hpp", header)
        self.write("docs/Doxyfile", (markdown.ROOT / "docs/Doxyfile").read_text(encoding="utf-8").replace("docs/reference.dox", ""))
        out = self.root / "out"
        out.mkdir(exist_ok=True)
        reference.doxygen(self.root, f"OUTPUT_DIRECTORY={out}\nGENERATE_HTML=NO\nGENERATE_XML=YES\nEXTRACT_ALL=YES\nWARN_AS_ERROR=NO\n")
        return set(reference.names_without_comment(out / "xml")[0])

    def test_each_sort_of_name(self):
        said = self.names("/// N.\nnamespace esxi {\nenum class e { a, b };\nstruct s { int m; s(); private: int p; };\ntemplate <class T> concept c = true;\n"
                          "inline constexpr int v = 1;\nvoid f();\nusing t = int;\nnamespace detail { void hidden(); }\n}\nnamespace esxi::other { void g(); }\n")
        self.assertEqual(said, {"esxi::e", "esxi::e::a", "esxi::e::b", "esxi::s", "esxi::s::m", "esxi::s::s", "esxi::c", "esxi::v", "esxi::f",
                                "esxi::t", "esxi::other", "esxi::other::g"})

    def test_nothing_amiss(self):
        self.assertEqual(self.names("/// N.\nnamespace esxi {\n/// E.\nenum class e { a, ///< A.\n};\n/// S.\nstruct s {\n    s() = default;\n    int m; ///< M.\n"
                                    "    friend bool operator==(s const&, s const&) = default;\n};\n/// C.\ntemplate <class T> concept c = true;\n}\n"), set())

    def test_wrong_comment(self):
        self.write("include/esxi/a.hpp", "/// N.\nnamespace esxi {\n/// F.\n/// @param nobody What it is not.\nvoid f(int x);\n}\n")
        self.write("docs/Doxyfile", (markdown.ROOT / "docs/Doxyfile").read_text(encoding="utf-8").replace("docs/reference.dox", ""))
        self.assertIn("nobody", "\n".join(reference.doxygen(self.root, f"OUTPUT_DIRECTORY={self.root}/out\n")))


if __name__ == "__main__":
    unittest.main()
