"""Prints which tests of a ctest run failed, each with the last lines of what it printed.

Usage: list_failed_tests.py REPORT.xml, as `ctest --output-junit` writes it.
"""

import sys
import xml.etree.ElementTree as ElementTree

# So many that Catch2's expression and its expansion, or a script's sentence, are among them.
LAST_LINES = 15


def main():
    for case in ElementTree.parse(sys.argv[1]).getroot().iter("testcase"):
        failure = case.find("failure")
        if failure is None:
            continue
        print(f"Failed: {case.get('name')} ({failure.get('message') or 'no reason given'}, {case.get('time')} s)")
        lines = [line.rstrip() for line in (case.findtext("system-out") or "").splitlines() if line.strip()]
        for line in lines[-LAST_LINES:]:
            print(f"    {line}")


main()
