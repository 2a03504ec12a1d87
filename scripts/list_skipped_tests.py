"""Prints which tests of a ctest run were skipped, grouped by the reason that they gave.

Usage: list_skipped_tests.py REPORT.xml, as `ctest --output-junit` writes it.
"""

import collections
import re
import sys
import xml.etree.ElementTree as ElementTree


def reason_of(output):
    """The words of Catch2's SKIP("..."), or else the last line that the test printed."""
    match = re.search(r"SKIPPED:\s*(?:explicitly with message:\s*)?(.*?)\n(?:\s*\n|=|-)", output + "\n\n", re.DOTALL)
    if match and match.group(1).strip():
        return " ".join(match.group(1).split())
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def main():
    tests_by_reason = collections.defaultdict(list)
    for case in ElementTree.parse(sys.argv[1]).getroot().iter("testcase"):
        if case.find("skipped") is not None:
            tests_by_reason[reason_of(case.findtext("system-out") or "")].append(case.get("name"))
    for reason, tests in sorted(tests_by_reason.items()):
        print(f"Skipped {len(tests)}: {reason}")
        for test in tests:
            print(f"    {test}")


main()
