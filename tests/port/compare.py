"""Several reports on one page: how many of each suite pass on each stack, then every test on which they differ."""
import junit

SIGNS = {"passed": "pass", "failed": "FAIL", "error": "no build", "skipped": "skipped", None: "-"}


def row(cells):
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def page(paths):
    reports = [junit.read(path) for path in paths]
    titles = [title for title, _ in reports]
    by_name = [{(case.suite, case.name): case for case in cases} for _, cases in reports]
    every = sorted(set().union(*by_name))
    lines = ["# Porting test suite: " + " / ".join(titles), "", "Passed of those that ran; skipped ones are not counted.", ""]
    lines += [row(["suite"] + titles), row(["---"] * (len(titles) + 1))]
    for suite in sorted({suite for suite, _ in every}) + ["all"]:
        lines.append(row([suite] + [score(cases, suite) for cases in by_name]))
    different = [key for key in every if len({getattr(cases.get(key), "status", None) for cases in by_name}) > 1]
    lines += ["", f"## Where they differ: {len(different)} of {len(every)} tests", ""]
    if different:
        lines += [row(["test"] + titles + ["what is said"]), row(["---"] * (len(titles) + 2))]
    for key in different:
        found = [cases.get(key) for cases in by_name]
        said = next((case.text for case in found if case and case.status in ("failed", "error") and case.text), "")
        said = said or next((case.text for case in found if case and case.text), "")
        lines.append(row(["/".join(key)] + [SIGNS[case.status if case else None] for case in found] + [said[:120]]))
    return "\n".join(lines) + "\n"


def score(cases, suite):
    ran = [case for case in cases.values() if suite in ("all", case.suite) and case.status != "skipped"]
    return f"{sum(case.status == 'passed' for case in ran)} of {len(ran)}"
