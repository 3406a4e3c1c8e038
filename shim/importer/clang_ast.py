"""Clang's JSON syntax tree of a toolkit's headers, cut down to what an ABI consists of: functions with their parameter
names and types, records with fields, enums with values, typedefs, integer macros, and every field's offset."""
import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass, field


@dataclass
class Record:
    tag: str  # struct or union
    fields: list = None  # (name, type text or Record); None while only declared
    alignment: int = 0


@dataclass
class Enum:
    values: list = field(default_factory=list)  # (name, number)


@dataclass
class Header:
    functions: dict  # name -> (result, [(parameter, type)])
    types: dict  # name -> Record | Enum | str (what a typedef stands for)
    macros: dict  # name -> integer
    tags: set  # names which need struct, union or enum before them in C
    layout: dict = None  # record -> {"": size, "a.b": offset}


@dataclass
class Toolkit:
    major: int
    include: str
    driver: Header
    runtime: Header
    versions: dict  # driver base name -> {(version, suffix)}: from the PFN_ typedefs


def clang(include, source, *arguments):
    with tempfile.NamedTemporaryFile("w", suffix=".h") as file:
        file.write(source)
        file.flush()
        run = subprocess.run(["clang", "-x", "c", "-w", "-I" + include, *arguments, file.name], capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(run.stderr)
    return run.stdout


def spelled(text):
    text = re.sub(r"\b(struct|union|enum) (?!\()", "", text)
    return text.replace("_Bool", "bool")


def alignment_of(attribute):
    for node in attribute.get("inner", []):
        if "value" in node:
            return int(node["value"])
    return 0


def record_of(node):
    record = Record(node["tagUsed"])
    if not node.get("completeDefinition"):
        return record
    record.fields, nested, nested_name = [], None, None
    for child in node.get("inner", []):
        if child["kind"] == "RecordDecl":
            nested, nested_name = record_of(child), child.get("name")
        elif child["kind"] == "FieldDecl":
            text = child["type"]["qualType"]
            array = re.search(r"\[\d+\]$", text)
            inside = "(unnamed" in text or "(anonymous" in text or (nested_name and spelled(text) == nested_name)
            if inside and array:
                raise SystemExit("array of unnamed records: teach record_of about it")
            aligned = [a for a in child.get("inner", []) if a["kind"] == "AlignedAttr"]
            name = child.get("name", "")
            if aligned:
                record.alignment = max(record.alignment, alignment_of(aligned[0]))
            record.fields.append((name, nested if inside else spelled(text)))
    return record


def enum_of(node):
    enum, next_value = Enum(), 0
    for child in node.get("inner", []):
        if child["kind"] != "EnumConstantDecl":
            continue
        for value in child.get("inner", []):
            if value["kind"] == "ConstantExpr":
                next_value = int(value["value"])
        enum.values.append((child["name"], next_value))
        next_value += 1
    return enum


def function_of(node):
    result = spelled(node["type"]["qualType"].split("(")[0].strip())
    parameters = []
    for child in node.get("inner", []):
        if child["kind"] == "ParmVarDecl":
            parameters.append((child.get("name") or f"a{len(parameters)}", spelled(child["type"]["qualType"])))
    return result, parameters


def wanted(name):
    return bool(re.match(r"(CU|cu|dim3$|uint3$|textureReference$|surfaceReference$|char[124]$|int[124]$|float[124]$)", name))


def read(include, source):
    functions, types, tags, unnamed = {}, {}, set(), None
    for node in json.loads(clang(include, source, "-fsyntax-only", "-Xclang", "-ast-dump=json"))["inner"]:
        kind, name = node["kind"], node.get("name", "")
        if kind == "FunctionDecl" and re.match(r"(__)?cu", name):
            functions.setdefault(name, function_of(node))
        elif kind in ("RecordDecl", "EnumDecl"):
            made = record_of(node) if kind == "RecordDecl" else enum_of(node)
            if not name:
                unnamed = made
                continue
            tags.add(name)
            if kind == "EnumDecl" or name not in types or made.fields is not None:
                types[name] = made
        elif kind == "TypedefDecl":
            text = node["type"]["qualType"]
            if re.match(r"(struct|union|enum) " + name + "$", text) and unnamed is not None and name not in types:
                types[name], unnamed = unnamed, None
            elif spelled(text) != name:
                types[name] = spelled(text)
    return Header(functions, types, {}, tags)


def macros(include, source):
    found = {}
    for line in clang(include, source, "-E", "-dM").splitlines():
        match = re.match(r"#define ((?:cuda[A-Z]|CU_|CUDA_)\w*) \(?(-?0x[0-9A-Fa-f]+|-?\d+)[uUlL]*\)?\s*$", line)
        if match and not re.search(r"VERSION|PTDS|PTSZ|DEFINED$", match[1]):
            found[match[1]] = int(match[2], 0)
    return found


def paths(record, prefix=""):
    for name, kind in record.fields:
        if name:
            yield prefix + name
        if isinstance(kind, Record):
            yield from paths(kind, prefix + name + "." if name else prefix)


def measure(include, source, header):
    """The numbers come from compiling against the genuine header, so that our reading of it is checked by them."""
    lines = ["#include <stdio.h>", "#include <stddef.h>", "int main(void) {"]
    known = {n: r for n, r in header.types.items() if isinstance(r, Record) and r.fields is not None and wanted(n)}
    for name, record in sorted(known.items()):
        spelling = f"T_{name}"
        lines.append(f'printf("{name}  %zu\\n", sizeof({spelling}));')
        for path in paths(record):
            lines.append(f'printf("{name} {path} %zu\\n", offsetof({spelling}, {path}));')
    aliases = []
    for name, record in sorted(known.items()):
        aliases.append(f"typedef {record.tag + ' ' if name in header.tags else ''}{name} T_{name};")
    text = source + "\n" + "\n".join(aliases + lines) + "\nreturn 0; }\n"
    with tempfile.TemporaryDirectory() as folder:
        file, program = os.path.join(folder, "m.c"), os.path.join(folder, "m")
        open(file, "w").write(text)
        subprocess.run(["clang", "-w", "-I" + include, file, "-o", program], check=True)
        output = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    layout = {}
    for line in output.splitlines():
        name, path, number = line.split(" ")
        layout.setdefault(name, {})[path] = int(number)
    return layout


DRIVER = "#define __CUDA_API_VERSION_INTERNAL\n#include <cuda.h>\n"
RUNTIME = "#include <cuda_runtime_api.h>\n"
INTERNAL = "#define __CUDA_API_VERSION_INTERNAL\n" + RUNTIME


def read_toolkit(include):
    version = re.search(r"#define CUDA_VERSION (\d+)", open(os.path.join(include, "cuda.h")).read())
    driver, runtime = read(include, DRIVER), read(include, INTERNAL)
    for name, function in read(include, RUNTIME).functions.items():
        runtime.functions.setdefault(name, function)
    for header, source in ((driver, DRIVER), (runtime, INTERNAL)):
        header.macros = macros(include, source)
        header.layout = measure(include, source, header)
    versions = {}
    pattern = re.compile(r"\bPFN_(cu\w+?)_v(\d+)(_ptds|_ptsz)?\)")
    for base, number, suffix in pattern.findall(open(os.path.join(include, "cudaTypedefs.h")).read()):
        versions.setdefault(base, set()).add((int(number), suffix))
    return Toolkit(int(version[1]) // 1000, include, driver, runtime, versions)
