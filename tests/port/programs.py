"""Which programs there are: read from tests/apps/CMakeLists.txt, where they are listed once."""
import dataclasses
import pathlib
import re

TESTS = pathlib.Path(__file__).resolve().parent.parent
APPS = TESTS / "apps"


@dataclasses.dataclass
class Program:
    name: str
    source: pathlib.Path
    variants: list  # of arguments, one run each; [""] for none
    cuda: bool      # built by the CUDA compiler; else a driver program for the host's
    flags: tuple = ()
    devices: int = 1


def programs():
    text = re.sub(r"#[^\n]*", "", (APPS / "CMakeLists.txt").read_text())
    relocatable = (re.search(r"set\(rdc_sources ([^)]*)\)", text) or [None, ""])[1].split()
    listed = [(name, "") for block in re.findall(r"foreach\(source ([^)]*)\)\s*qiao_app\(\$\{source\}\)", text) for name in block.split()]
    listed += [(name, rest) for name, rest in re.findall(r"^qiao_app\((\w+)([^)]*)\)", text, re.M)]
    made = []
    for name, rest in listed:
        devices = re.search(r"DEVICES (\d+)", rest)
        made.append(Program(name, APPS / f"{name}.cu", variants(rest), True, ("-rdc=true",) if name in relocatable else (),
                            int(devices[1]) if devices else 1))
    for name, rest in re.findall(r"^qiao_driver_app\((\w+)([^)]*)\)", text, re.M):
        made.append(Program(name, APPS / f"{name}.cpp", variants(rest), False))
    return made


def variants(rest):
    found = re.search(r"VARIANTS ([\w\s-]*?)(?:DEVICES|$)", rest)
    return found[1].split() if found else [""]


def instruction_files():
    """family -> files; those that test what Qiao refuses say nothing about another stack."""
    found = {}
    for path in sorted((TESTS / "ptx").glob("*/*.ptx")):
        if "// refused:" not in path.read_text():
            found.setdefault(path.parent.name, []).append(path)
    return found
