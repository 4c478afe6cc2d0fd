#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints how long a run of tests took: build and tests apart, the ten slowest tests, and how many passed and failed.

usage: report.py JUNIT_FILE BUILD_SECONDS RUN_SECONDS
"""
import sys
import xml.etree.ElementTree as ElementTree

SLOWEST = 10


def main() -> None:
    path, built, ran = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    cases = ElementTree.parse(path).getroot().findall('testcase')
    if not cases:
        sys.exit(f'{path} tells of no test')
    took = sorted(((float(case.get('time', '0')), case.get('name')) for case in cases), reverse=True)
    print(f'\nThe {min(SLOWEST, len(took))} slowest tests:')
    for seconds, name in took[:SLOWEST]:
        print(f'{seconds:8.1f} s  {name}')
    print(f'Set-up and build took {built} s, the tests {ran} s.')
    failed = [case.get('name') for case in cases if case.get('status') != 'run']
    for name in failed:
        print(f'FAILED: {name}')
    print(f'{len(cases) - len(failed)} passed, {len(failed)} failed')


if __name__ == '__main__':
    main()
