"""Writes the merged lists in the project's own shape: entry points, types in alphabetical order of need, layout rows."""
import re

from .clang_ast import Enum, Record
from .merge import mentions

MADE = "Machine-made by shim/import_headers.py: do not edit."


def declare(kind, name):
    """A C declaration: the name goes inside function pointers and before array bounds."""
    if "(*" in kind:
        return re.sub(r"\(\*\)", f"(*{name})", kind, count=1)
    match = re.match(r"([^\[]*?)((?:\[\d+\])+)$", kind)
    if match:
        return f"{match[1].rstrip()} {name}{match[2]}"
    return f"{kind}{name}" if kind.endswith("*") else f"{kind} {name}"


def fields(record, indent):
    for name, kind in record.fields:
        if isinstance(kind, Record):
            yield f"{indent}{kind.tag} {{"
            yield from fields(kind, indent + "  ")
            yield f"{indent}}}{' ' + name if name else ''};"
        else:
            yield f"{indent}{declare(kind, name)};"


def type_lines(name, declaration):
    if isinstance(declaration, Enum):
        base = "unsigned int" if any(v > 0x7FFFFFFF for _, v in declaration.values) else "int"
        values = sorted(declaration.values, key=lambda v: (v[1], v[0]))
        return [f"enum {name} : {base} {{"] + [f"  {n} = {v if v > -2**31 else '-0x7fffffff - 1'}," for n, v in values] + ["};"]
    if isinstance(declaration, Record):
        if declaration.fields is None:
            return [f"{declaration.tag} {name};"]
        aligned = f"alignas({declaration.alignment}) " if declaration.alignment else ""
        return [f"{declaration.tag} {aligned}{name} {{"] + list(fields(declaration, "  ")) + ["};"]
    return [f"typedef {declare(declaration, name)};"]


def types_file(what, types, macros, known):
    lines = [f"// Types of the {what}: incomplete handles, enums, then the rest in order of need, then integer macros. " + MADE]
    done = set(known)

    def put(name):
        if name in done or name not in types:
            return
        done.add(name)
        declaration = types[name]
        for other in sorted(set(mentions(declaration))):
            if isinstance(types.get(other), Record) and types[other].fields is not None and other not in done and pointer_only(declaration, other):
                continue
            put(other)
        lines.extend(type_lines(name, declaration))

    records = sorted(n for n, d in types.items() if isinstance(d, Record) and n not in known)
    lines.extend(f"{types[n].tag} {n};" for n in records)
    lines.append("")
    done.update(n for n in records if types[n].fields is None)
    for name in sorted(types, key=lambda n: (not isinstance(types[n], Enum), n)):
        put(name)
    lines.append("")
    for name, value in sorted(macros.items()):
        lines.append(f"inline constexpr {'int' if value < 0 else 'unsigned int'} {name} = {value};")
    return "\n".join(lines) + "\n"


def pointer_only(declaration, name):
    texts = [k for _, k in flat(declaration)] if isinstance(declaration, Record) else [declaration]
    return all(not re.search(rf"\b{name}\b(?! (const )?\*)", t) for t in texts)


def flat(record):
    for name, kind in record.fields:
        if isinstance(kind, Record):
            yield from flat(kind)
        else:
            yield name, kind


def row_line(row):
    parameters = ", ".join(declare(kind, name) for name, kind in row.params)
    arguments = ", ".join(name for name, _ in row.params)
    return f"QIAO_ENTRY({row.symbol}, {row.body}, {row.since}, {row.until}, {row.result}, ({parameters}), ({arguments}))"


def list_file(title, rows):
    head = [f"// {title}, sorted by name. {MADE}", "//         symbol, body, since, until, result, (parameters), (arguments)"]
    return "\n".join(head + [row_line(row) for row in rows]) + "\n"


def layout_file(layouts):
    lines = ["// Sizes and offsets taken by compiling against the genuine headers; tests/abi holds our types to them. " + MADE]
    for where, ours, theirs, offsets in layouts:
        lines.append(f"QIAO_SIZE({where}, {ours}, {theirs}, {offsets['']})")
        for path, offset in offsets.items():
            if path:
                lines.append(f"QIAO_OFFSET({where}, {ours}, {theirs}, {path}, {offset})")
    return "\n".join(lines) + "\n"


def reachable(api, also):
    """What the entry points mention, and every enum: flags travel as unsigned int."""
    found, todo = set(), [n for n, d in api.types.items() if isinstance(d, Enum) or n in also]
    for row in api.rows:
        for text in [row.result] + [kind for _, kind in row.params]:
            todo += re.findall(r"[A-Za-z_]\w*", text)
    while todo:
        name = todo.pop()
        if name in found or name not in api.types:
            continue
        found.add(name)
        todo += mentions(api.types[name])
    # a typedef of a found tag is part of the vocabulary
    for name, declaration in api.types.items():
        if isinstance(declaration, str) and declaration in found:
            found.add(name)
    return {n: d for n, d in api.types.items() if n in found}


def enums_file(types_texts):
    """The enumerators' names, for the trace: taken from the types files as they are written."""
    lines = ["// Enums and their enumerators, in the types files' order. " + MADE]
    for text in types_texts:
        for name, body in re.findall(r"^enum (\w+) : [^{]*\{\n(.*?)^\};", text, re.M | re.S):
            values = re.findall(r"^  (\w+) =", body, re.M)
            lines += [f"QIAO_ENUM({name})"] + [f"QIAO_ENUMERATOR({value})" for value in values] + [f"QIAO_ENUM_END({name})"]
    return "\n".join(lines) + "\n"


def everything(driver, runtime):
    driver_types = reachable(driver, ())
    runtime_types = reachable(runtime, ("uint3", "cudaGLDeviceList", "CUoutput_mode"))
    in_both = {n for n in runtime_types if n in driver_types}
    kept = [l for l in driver.layouts if l[1] in driver_types]
    kept += [l for l in runtime.layouts if l[1] in runtime_types and l[1] not in in_both]
    driver_text = types_file("driver API", driver_types, driver.macros, set())
    runtime_text = types_file("runtime API", runtime_types, runtime.macros, in_both)
    return {
        "driver.gen.inc": list_file("Entry points of libcuda.so.1", driver.rows),
        "cudart.gen.inc": list_file("Entry points of libcudart, all majors", runtime.rows),
        "driver_types.gen.inc": driver_text,
        "runtime_types.gen.inc": runtime_text,
        "enums.gen.inc": enums_file([driver_text, runtime_text]),
        "layout.gen.inc": layout_file(kept),
    }
