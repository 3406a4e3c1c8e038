"""Makes single instructions from the rows of the instruction table (qiao isa --json): each choice of modifiers and types
at least once, and mutations of those (a wrong type, a modifier too few or too many, operands, registers, versions)."""
import hashlib
import re

# Older ones are nobody's any more: rows that are, are tried with these.
OLDEST_PTX, OLDEST_SM = 23, 20
VERSIONS = [23, 30, 31, 32, 40, 41, 42, 43, 50, *range(60, 66), *range(70, 79), *range(80, 89), 90]
# The first PTX version that knows a target.
TARGETS = {20: 20, 30: 30, 32: 40, 35: 31, 50: 40, 52: 41, 53: 42, 60: 50, 61: 50, 62: 50, 70: 60, 72: 61, 75: 63, 80: 70,
           86: 71, 87: 74, 89: 78, 90: 78, 100: 86, 103: 88, 120: 87, 121: 88}
TYPE_BITS = {"pred": 1, "b128": 128, "tf32": 32, "f32x2": 64}
# What holds a type that no register has: four-bit pairs lie in a byte.
HELD_BY = {"e2m1x2": "b8"}
REGISTERS = ["pred", "b16", "u16", "s16", "b32", "u32", "s32", "f32", "b64", "u64", "s64", "f64"]
# Constants that an instruction demands.
NUMBERS = {("cp", "size"): "16", ("discard", "size"): "128", ("applypriority", "size"): "128", ("alloca", "align"): "8",
           ("setmaxnreg", "n"): "40", ("fence", "size"): "128", ("st", "b"): "0"}
# ptxas takes testp's tests and istypep's kinds on every instruction and ignores them.
IGNORED = ["finite", "infinite", "number", "notanumber", "normal", "subnormal", "texref", "samplerref", "surfref"]
# Textures and surfaces: coordinates behind the layer.
GEOMETRIES = {"1d": 1, "2d": 2, "3d": 3, "a1d": 1, "a2d": 2, "cube": 3, "acube": 3}
# Operands that only a whole statement shows.
STATEMENTS = {
    "bra": ["bra L;", "bra.uni L;"],
    "brx": ["brx.idx %u32_1, T;", "brx.idx.uni %u32_1, T;"],
    "call": ["call (%b32_1), f, (%b32_2);", "call.uni (%b32_1), f, (%b32_2);", "call g;", "call g, ();"],
}


def bits(type_name):
    """Width of a value of this type, f16x2 counted whole."""
    if type_name in TYPE_BITS:
        return TYPE_BITS[type_name]
    match = re.fullmatch(r"[a-z]+(\d+)(x2|x4)?", type_name)
    if match:
        return int(match[1]) * int((match[2] or "x1")[1:])
    small = re.fullmatch(r"(?:ue)?e?(\d+)m(\d+)(x2|x4)?", type_name)  # e4m3x2: a byte each, e2m1x2: half a byte
    each = 4 if type_name.startswith("e2m1") else 8
    return each * int((small[3] or "x1")[1:])


def register_type(type_name):
    """The type of a register that holds it: halves and packed formats live in bit registers, bytes in 16 bits."""
    if type_name in REGISTERS or type_name == "b128":
        return type_name
    if type_name in HELD_BY:
        return HELD_BY[type_name]
    width = max(bits(type_name), 16)
    return (type_name[0] if type_name in ("u8", "s8") else "b") + str(width)


def wide(type_name):
    return type_name[0] + str(2 * bits(type_name))


def some(candidates, about, count):
    """About so many of them, always the same for the same `about`: a new one does not change the choice of others."""
    def share(one):
        return int.from_bytes(hashlib.sha1(f"{about} {one}".encode()).digest()[:4], "big") / 2**32
    return [one for one in candidates if share(one) * len(candidates) < count]


class Choice:
    """One choice of tokens (None: left out) for a row, and which optional operands are written."""

    def __init__(self, row, tokens, optional):
        self.row, self.tokens, self.optional = row, list(tokens), set(optional)

    def changed(self, position, token):
        tokens = list(self.tokens)
        tokens[position] = token
        return Choice(self.row, tokens, self.optional)

    def types(self):
        return [token for item, token in zip(self.row["tokens"], self.tokens) if item["type"]]

    def mnemonic(self, extra=()):
        return ".".join([self.row["opcode"], *[token for token in self.tokens if token], *extra])

    def operands(self):
        return [(slot, self.operand(slot, number)) for number, slot in enumerate(self.row["operands"], 1)
                if not slot["optional"] or slot["name"] in self.optional]

    def operand(self, slot, number):
        types, kind = [*self.types(), None, None, None, None], slot["type"]
        if kind == "Number":
            return NUMBERS.get((self.row["opcode"], slot["name"]), "2")
        if kind == "Address":
            return f"[%b64_{number}]"
        if kind in ("Image", "Tuple"):
            return self.image(slot, number)
        if kind == "Four":
            return "{" + ", ".join(f"%{register_type(types[1])}_{number}{lane}" for lane in range(4)) + "}"
        fixed = {"Pred": "pred", "U32": "u32", "S32": "s32", "B16": "b16", "B32": "b32", "B64": "b64", "B128": "b128",
                 "F32": "f32", "Any": "b32", "A": types[1], "B": types[2], "C": types[3]}
        type_name = wide(types[0]) if kind == "Wide" else fixed.get(kind, types[0]) or "u64"
        name = f"%{register_type(type_name)}_{number}"
        width = next((int(token[1:]) for token in self.tokens if token in ("v2", "v4", "v8")), 1)
        if kind == "Vec" and width > 1:
            return "{" + ", ".join(f"{name}{lane}" for lane in range(width)) + "}"
        return name

    def image(self, slot, number):
        """A texture or surface and its coordinates, or a tuple of offsets or gradients."""
        geometry = next((token for token in self.tokens if token in GEOMETRIES), None)
        types = self.types()
        if slot["type"] == "Tuple":
            kinds = ["s32" if slot["name"] == "e" else "f32"] * GEOMETRIES[geometry]
        elif geometry is None:
            return f"[%b64_{number}]"
        else:
            layer = ["b32"] if geometry[0] == "a" else []
            kinds = layer + [types[1] if self.row["opcode"] in ("tex", "tld4") else "s32"] * GEOMETRIES[geometry]
        kinds += kinds[-1:] * (4 - len(kinds) if len(kinds) == 3 else 0)
        elements = "{" + ", ".join(f"%{kind}_{number}{lane}" for lane, kind in enumerate(kinds)) + "}"
        return f"[%b64_{number}, {elements}]" if slot["type"] == "Image" else elements

    def text(self, extra=()):
        return self.mnemonic(extra) + written(self.operands())


def written(operands):
    text = ""
    for slot, operand in operands:
        text += "|" if slot and slot["after_pipe"] else ", " if text else " "
        text += operand
    return text + ";"


def pick(candidates, about):
    return candidates[int.from_bytes(hashlib.sha1(about.encode()).digest()[:4], "big") % len(candidates)]


def optional_operands(row, tokens):
    """Those without which the choice is incomplete: a cache hint's policy."""
    return {slot["name"] for slot in row["operands"] if slot["name"] == "policy" and "L2::cache_hint" in tokens}


def make(row, tokens, more=()):
    return Choice(row, tokens, optional_operands(row, tokens) | set(more))


def choices(row, combinations):
    """A plain choice first, then each token in its place, then each optional operand, then some combinations."""
    items = row["tokens"]
    base = [item["tokens"][0] if item["required"] else None for item in items]
    seen = {tuple(base): make(row, base)}
    for position, item in enumerate(items):
        for token in item["tokens"]:
            tokens = [*base[:position], token, *base[position + 1:]]
            seen.setdefault(tuple(tokens), make(row, tokens))
    for number in range(combinations):
        tokens = [pick(item["tokens"] + ([] if item["required"] else [None, None]), f"{row['syntax']} {position} {number}")
                  for position, item in enumerate(items)]
        seen.setdefault(tuple(tokens), make(row, tokens))
    found = list(seen.values())
    for slot in row["operands"]:
        if slot["optional"] and slot["name"] != "policy":
            before = [one["name"] for one in row["operands"] if one["optional"] and one is not slot and one["name"] != "policy"]
            found.append(make(row, base, {slot["name"]}))
            found.append(make(row, base, {slot["name"], *before}))
    return found


def mutations(choice, vocabulary, count):
    """(what was done, text) pairs; some are other instructions of PTX, so nothing is said of being right or wrong."""
    row, found = choice.row, []
    for position, item in enumerate(row["tokens"]):
        if item["required"]:
            found.append(("left out", choice.changed(position, None)))
        if item["type"]:
            others = [one for one in vocabulary["types"] if one not in item["tokens"]]
            for other in some(others, choice.text(), count):
                found.append(("type", choice.changed(position, other)))
    texts = []
    for what, one in found:
        try:
            texts.append((what, one.text()))
        except (IndexError, TypeError, KeyError):  # the operands of a mutation without types cannot be named
            texts.append((what, one.mnemonic() + written(choice.operands())))
    known = {token for item in row["tokens"] for token in item["tokens"]}
    strangers = [one for one in vocabulary["modifiers"] if one not in known and one not in IGNORED]
    for token in some(strangers, choice.text(), 3 * count):
        at = next((i for i, item in enumerate(row["tokens"]) if item["type"]), len(row["tokens"]))
        tokens = [*choice.tokens[:at], token, *choice.tokens[at:]]
        texts.append(("modifier", ".".join([row["opcode"], *[one for one in tokens if one]]) + written(choice.operands())))
    return texts + operand_mutations(choice, count)


def operand_mutations(choice, count):
    operands, texts = choice.operands(), []
    if operands:
        texts.append(("operand too few", choice.mnemonic() + written(operands[:-1])))
    texts.append(("operand too many", choice.mnemonic() + written([*operands, (None, "%b32_8")])))
    for position, (slot, operand) in enumerate(operands):
        if not operand.startswith("%"):
            continue
        for other in some(REGISTERS, f"{choice.text()} {position}", 2 * count):
            changed = [*operands[:position], (slot, f"%{other}_7"), *operands[position + 1:]]
            texts.append(("register", choice.mnemonic() + written(changed)))
    return texts


def places(row):
    """The (version, target) a row is tried at, and the next older ones."""
    sm = max(row["sm"], OLDEST_SM)
    ptx = max(int(row["ptx"].replace(".", "")), TARGETS[sm], OLDEST_PTX)
    older = []
    versions = [one for one in VERSIONS if one < ptx]
    if versions and versions[-1] >= TARGETS[sm]:
        older.append((versions[-1], sm))
    targets = [one for one in TARGETS if one < sm and TARGETS[one] <= ptx]
    if targets:
        older.append((ptx, targets[-1]))
    return (ptx, sm), older


# Every instruction there is but those without .sync.
NEWEST = (90, "100a")


def module(place, instruction):
    """A module with these instructions in one kernel; the first stands on line FIRST_LINE."""
    ptx, sm = place
    number = int(re.sub(r"\D", "", str(sm)))
    registers = REGISTERS + (["b128"] if ptx >= 83 and number >= 70 else []) + (["b8"] if number >= 100 else [])
    declared = " ".join(f".reg .{one} %{one}_<80>;" for one in registers)
    return (f".version {ptx // 10}.{ptx % 10}\n.target sm_{sm}\n.address_size 64\n"
            ".func (.reg .b32 r) f (.reg .b32 a) { ret; }\n.func g () { ret; }\n.visible .entry k(.param .u64 p) {\n"
            f"{declared}\n{'T: .branchtargets L;' if ptx >= 60 and number >= 30 else ''}\n{instruction}\nL: ret;\n}}\n")


FIRST_LINE = 9
