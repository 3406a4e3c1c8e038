"""Just enough C++ for the style test: comments and literals blanked out, and where functions begin and end."""
import re

TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""", re.S)
SCOPE = re.compile(r"^(?:template\s*<.*>\s*(?:requires\b.*)?)?(?:inline\s+|export\s+|typedef\s+|static\s+|constexpr\s+)*"
                   r"(?:namespace|class|struct|union|enum|extern\s*\"\")\b", re.S)


def without_comments(text):
    """The text with comments gone and literals emptied; line numbers stay."""

    def blank(match):
        whole = match.group(0)
        lines = "\n" * whole.count("\n")
        if whole.startswith(("//", "/*")):
            return lines
        return ('""' if whole[0] in '"R' else "' '") + lines

    includes = []

    def keep_include(match):
        includes.append(match.group(0))
        return f"#include@{len(includes) - 1}@"

    kept = re.sub(r"^[ \t]*#[ \t]*include[^\n]*", keep_include, text, flags=re.M)
    return re.sub(r"#include@(\d+)@", lambda match: includes[int(match.group(1))], TOKEN.sub(blank, kept))


def functions(text):
    """(first line, number of lines) of each function body outside of other functions. `text` has no comments."""
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda match: "\n" * match.group(0).count("\n"), text, flags=re.M)
    found, stack, statement, start, line = [], [], "", 1, 1
    for c in text:
        if c == "\n":
            line += 1
        if c == "{":
            in_function = any(kind == "function" for kind, _ in stack)
            is_scope = SCOPE.match(statement.strip()) and "=" not in statement.split("(")[0]
            kind = "inner" if in_function else "scope" if is_scope else "data" if is_data(statement) else "function"
            stack.append((kind, start))
            statement = ""
        elif c == "}":
            kind, begin = stack.pop() if stack else ("scope", line)
            if kind == "function":
                found.append((begin, line - begin + 1))
            statement = ""
        elif c == ";":
            statement = ""
        else:
            if not statement.strip() and not c.isspace():
                start = line
            statement += c
    return found


def is_data(statement):
    """An initializer: `int a[] = {` or `Row rows[] {`; a function's header has a parameter list."""
    return "(" not in statement or bool(re.search(r"=\s*$", statement))
