"""JUnit reports: written by a run, read to be compared."""
import dataclasses
import re
import xml.etree.ElementTree as xml


@dataclasses.dataclass
class Case:
    suite: str   # api, driver, or ptx.FAMILY
    name: str
    status: str  # passed, failed, error (did not build), skipped
    seconds: float = 0.0
    text: str = ""


def printable(text):
    """What XML 1.0 can hold, and not too much of it."""
    return re.sub(r"[^\t\n\x20-\x7e]", "?", text[-8000:])


def write(path, title, properties, cases):
    root = xml.Element("testsuites", name=title, tests=str(len(cases)))
    for suite in sorted({case.suite for case in cases}):
        mine = [case for case in cases if case.suite == suite]
        count = lambda status: str(sum(case.status == status for case in mine))  # noqa: E731
        node = xml.SubElement(root, "testsuite", name=suite, tests=str(len(mine)), failures=count("failed"),
                              errors=count("error"), skipped=count("skipped"), time=f"{sum(c.seconds for c in mine):.3f}")
        listed = xml.SubElement(node, "properties")
        for key, value in properties.items():
            xml.SubElement(listed, "property", name=key, value=printable(value))
        for case in mine:
            made = xml.SubElement(node, "testcase", classname=suite, name=case.name, time=f"{case.seconds:.3f}")
            if case.status != "passed":
                tag = {"failed": "failure", "error": "error", "skipped": "skipped"}[case.status]
                first = printable(case.text).strip().splitlines()
                xml.SubElement(made, tag, message=first[0] if first else case.status).text = printable(case.text)
    xml.indent(root)
    xml.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def read(path):
    """title, cases"""
    root = xml.parse(path).getroot()
    cases = []
    for node in root.iter("testcase"):
        status, text = "passed", ""
        for child in node:
            if child.tag in ("failure", "error", "skipped"):
                status = {"failure": "failed"}.get(child.tag, child.tag)
                text = child.get("message", "")
        cases.append(Case(node.get("classname"), node.get("name"), status, float(node.get("time", 0)), text))
    return root.get("name", str(path)), cases
