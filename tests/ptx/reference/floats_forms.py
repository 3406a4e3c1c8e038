"""The rows of a family's form table as instructions: each choice of modifiers and types that a syntax line allows."""
import itertools
import os
import re

from ptx_file import PTX, generator

ISA = os.path.join(PTX, "../../src/isa")
ROUNDING_SETS = ("rnd", "irnd", "frnd2", "frnd3", "fcmp", "test", "rn")


def read(path):
    with open(os.path.join(ISA, path), encoding="ascii") as file:
        return file.read()


SETS = dict(re.findall(r'^QIAO_SET\("(\w+)", "([^"]+)"\)', read("modifier_sets.inc"), re.M))
TYPES = set(re.findall(r'^QIAO_TYPE\(\w+, "(\w+)"', read("types.inc"), re.M))


class Row:
    def __init__(self, syntax, version, target):
        self.syntax, self.version, self.target = syntax, int(version), int(target)
        self.name, _, self.operands = syntax.partition(" ")
        self.opcode = re.match(r"\w+", self.name).group()
        tokens = re.findall(r"\{\.([\w:]+)\}|\.([\w:]+)", self.name[len(self.opcode):])
        self.tokens = [(optional or fixed, bool(optional)) for optional, fixed in tokens]

    def choices(self):
        """Per token: what may stand there, "" for nothing."""
        for token, optional in self.tokens:
            names = [name.partition("@")[0] for name in SETS[token].strip(".").split(".")] if token in SETS else [token]
            yield ([""] if optional else []) + names

    def file_name(self):
        kept = [token for token, optional in self.tokens if not optional and token not in ROUNDING_SETS]
        return "_".join([self.opcode] + kept).replace("::", "_")


class Instruction:
    """One choice: text "add.rn.ftz.f32", the modifiers in order, the types in order."""

    def __init__(self, opcode, chosen):
        self.text = ".".join([opcode, *chosen])
        self.modifiers = [one for one in chosen if one not in TYPES]
        self.types = [one for one in chosen if one in TYPES]

    def has(self, modifier):
        return modifier in self.modifiers

    def one_of(self, names, default=None):
        found = [one for one in self.modifiers if one in names]
        return found[0] if found else default

    def rounding(self):
        return self.one_of(("rn", "rz", "rm", "rp", "rna", "rs"), "rn")


def rows(family, wanted):
    """The rows of forms/FAMILY.inc whose syntax line meets `wanted`."""
    found = []
    for syntax, rest in re.findall(r'^QIAO_FORM\("([^"]+)",(.*)\)$', read(f"forms/{family}.inc"), re.M):
        numbers = re.findall(r", (\d+), (\d+)", rest)
        if numbers and wanted(syntax):
            found.append(Row(syntax, *numbers[0]))
    return found


def covering(choices, limit, seed):
    """All combinations, or when they are more than `limit`, some in which every pair of choices occurs."""
    every = list(itertools.product(*choices))
    if len(every) <= limit:
        return every
    rng = generator("covering", seed)
    missing = {(i, x, j, y) for i, j in itertools.combinations(range(len(choices)), 2)
               for x in choices[i] for y in choices[j]}
    found = []
    while missing:
        tried = rng.sample(every, min(len(every), 200))
        gain = [sum((i, c[i], j, c[j]) in missing for i, j in itertools.combinations(range(len(c)), 2)) for c in tried]
        best = tried[gain.index(max(gain))]
        if max(gain) == 0:
            continue
        found.append(best)
        missing -= {(i, best[i], j, best[j]) for i, j in itertools.combinations(range(len(best)), 2)}
    return sorted(found, key=every.index)


def instructions(row, limit=24):
    """By types: the instructions of the row with these types, with at most about `limit` choices of modifiers."""
    choices = list(row.choices())
    typed = [i for i, choice in enumerate(choices) if any(one in TYPES for one in choice)]
    groups = {}
    for types in itertools.product(*[choices[i] for i in typed]):
        fixed = dict(zip(typed, types))
        narrowed = [[fixed[i]] if i in fixed else choice for i, choice in enumerate(choices)]
        groups[types] = [Instruction(row.opcode, [one for one in chosen if one])
                         for chosen in covering(narrowed, limit, f"{row.syntax}/{types}")]
    return groups
