"""Joins several majors of one API: which types need a twin (X_v12), and which entry points need a row for older majors."""
import re
import sys
from dataclasses import dataclass

from .clang_ast import Enum, Record, paths, wanted

FOREVER = 99000
# In libcudart.so.12 the old name keeps the layout of 11; the header renames calls to cudaGetDeviceProperties_v2.
OLD_LAYOUT = {(12, "cudaGetDeviceProperties"): 11}
# Functions whose answer is the major itself: a row for each.
PER_MAJOR = {"cudaRuntimeGetVersion", "cudaGetDriverEntryPoint", "cudaGetDriverEntryPoint_ptsz"}


@dataclass
class Row:
    symbol: str
    body: str
    since: int
    until: int
    result: str
    params: list


@dataclass
class Api:
    rows: list
    types: dict  # name -> Record | Enum | str, twins included
    macros: dict
    layouts: list  # (where, our name, their name, {path: offset}, record)


def words(text):
    return re.findall(r"[A-Za-z_]\w*", text)


def fields_of(record, prefix=""):
    for name, kind in record.fields:
        if isinstance(kind, Record):
            yield from fields_of(kind, prefix + name + "." if name else prefix)
        else:
            yield prefix + name, kind


def mentions(declaration):
    if isinstance(declaration, Record):
        return [w for _, kind in fields_of(declaration) for w in words(kind)] if declaration.fields else []
    return words(declaration) if isinstance(declaration, str) else []


def same_record(name, old, new, old_layout, new_layout):
    """A newer layout may use up reserved room and add union members; what the old one named must not move."""
    if (old.fields is None) or (new.fields is None):
        return (old.fields is None) == (new.fields is None)
    if old_layout[name][""] != new_layout[name][""]:
        return False
    newer = dict(fields_of(new))
    for path, kind in fields_of(old):
        if re.search(r"reserved|pad", path, re.I):
            continue
        if path not in newer or old_layout[name][path] != new_layout[name][path] or newer[path] != kind:
            return False
    return True


def same_enum(old, new):
    values = dict(new.values)
    return all(values.get(name, number) == number or re.search(r"MAX|Max|Count$|COUNT$", name) for name, number in old.values)


def own_change(name, old, new):
    a, b = old.types[name], new.types[name]
    if type(a) is not type(b):
        return True
    if isinstance(a, Enum):
        return not same_enum(a, b)
    if isinstance(a, Record):
        return not same_record(name, a, b, old.layout, new.layout)
    return a != b


def changed(old, new):
    """Names of `old` whose meaning differs in `new`: by themselves, or through a type they mention."""
    both = [n for n in old.types if wanted(n) and n in new.types]
    found = {n for n in both if own_change(n, old, new)}
    while True:
        more = {n for n in both if n not in found and any(w in found for w in mentions(old.types[n]))}
        if not more:
            return found
        found |= more


def renamed(text, names):
    return re.sub(r"[A-Za-z_]\w*", lambda m: names.get(m[0], m[0]), text)


def rename_type(declaration, names):
    if isinstance(declaration, Record) and declaration.fields is not None:
        fields = [(n, rename_type(k, names)) for n, k in declaration.fields]
        return Record(declaration.tag, fields, declaration.alignment)
    return renamed(declaration, names) if isinstance(declaration, str) else declaration


def merge_types(headers):
    """headers: [(major, Header)], newest first. Returns all types, and per major the names to use in its place."""
    types = {n: d for n, d in headers[0][1].types.items() if wanted(n)}
    names = {headers[0][0]: {}}
    for (new_major, new), (major, old) in zip(headers, headers[1:]):
        twins = changed(old, new)
        names[major] = dict(names[new_major])
        names[major].update({n: f"{n}_v{major}" for n in twins})
        for name, declaration in old.types.items():
            if not wanted(name):
                continue
            ours = names[major].get(name, name)
            if ours not in types:
                types[ours] = rename_type(declaration, names[major])
            elif isinstance(declaration, Enum) and name not in twins:
                have = {n for n, _ in types[ours].values}
                types[ours].values += [v for v in declaration.values if v[0] not in have]
    return types, names


def layouts(where, headers, names):
    found = []
    for index, (major, header) in enumerate(headers):
        for name, offsets in sorted(header.layout.items()):
            ours = names[major].get(name, name)
            twin = ours != name and ours.endswith(f"_v{major}")
            if index == 0 or twin or name not in headers[0][1].layout:
                found.append((f"{where}{major}", ours, name, offsets))
            else:
                found.append((f"{where}{major}", ours, name, {"": offsets[""]}))
    return found


def signature(function, names):
    result, params = function
    return renamed(result, names), [(n, renamed(t, names)) for n, t in params]


def same_signature(row, result, params):
    return row.result == result and [kind for _, kind in row.params] == [kind for _, kind in params]


def runtime(toolkits):
    headers = [(t.major, t.runtime) for t in toolkits]
    types, names = merge_types(headers)
    rows = []
    for symbol in sorted({f for _, h in headers for f in h.functions}):
        newest = True
        for index, (major, header) in enumerate(headers):
            if symbol not in header.functions:
                continue
            use = names[OLD_LAYOUT.get((major, symbol), major)]
            result, params = signature(header.functions[symbol], use)
            since = major * 1000
            if symbol not in PER_MAJOR and rows and rows[-1].symbol == symbol and same_signature(rows[-1], result, params):
                rows[-1].since = since
                continue
            until = FOREVER if index == 0 else (major + 1) * 1000
            body = symbol if newest else f"{symbol}_until{until // 1000}"
            rows.append(Row(symbol, body, since, until, result, params))
            newest = False
    return Api(rows, types, headers[0][1].macros, layouts("cudart", headers, names))


def since_of(versions, symbols):
    """The n-th version of a name is the n-th of its symbols: cuMemAlloc 2000, cuMemAlloc_v2 3020."""
    found = {}
    for base, known in versions.items():
        for suffix in ("", "_ptds", "_ptsz"):
            numbers = sorted(v for v, s in known if s == suffix)
            spelled = [s for s in symbols if re.fullmatch(re.escape(base) + r"(_v\d+)?" + suffix, s)]
            spelled.sort(key=lambda s: int((re.search(r"_v(\d+)", s[len(base):]) or [0, 1])[1]))
            if len(numbers) != len(spelled):
                print(f"{base}{suffix}: versions {numbers}, symbols {spelled}", file=sys.stderr)
            found.update(zip(reversed(spelled), reversed(numbers)))
    return found


def driver(toolkits):
    headers = [(t.major, t.driver) for t in toolkits]
    for (_, new), (major, old) in zip(headers, headers[1:]):
        twins = changed(old, new)
        if twins:
            print(f"driver types that differ in {major}: {sorted(twins)}", file=sys.stderr)
    functions = {}
    for _, header in headers:
        for name, function in header.functions.items():
            functions.setdefault(name, function)
    since = since_of(toolkits[0].versions, list(functions))
    rows = []
    for symbol, (result, params) in sorted(functions.items()):
        if symbol not in since:
            print(f"{symbol}: no version known", file=sys.stderr)
        rows.append(Row(symbol, symbol, since.get(symbol, 0), FOREVER, result, params))
    types = {n: d for n, d in headers[0][1].types.items() if wanted(n)}
    return Api(rows, types, headers[0][1].macros, layouts("driver", headers[:1], {headers[0][0]: {}}))
