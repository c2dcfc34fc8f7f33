#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Merge lcov tracefiles: stands in for bazel's downloaded Java coverage tools.

Called per test (--coverage_dir, --output_file) and once per run (--reports_file, --output_file).
"""
import argparse
import collections
import pathlib
import re


def read(path, files):
    current = None
    for line in path.read_text(errors="replace").splitlines():
        key, _, value = line.partition(":")
        if key == "SF":
            current = files[value]
        elif current is None:
            continue
        elif key == "DA":
            number, hits = value.split(",")[:2]
            current["DA"][int(number)] += int(hits)
        elif key == "FN":
            number, name = value.split(",", 1)
            current["FN"][name] = int(number)
        elif key == "FNDA":
            hits, name = value.split(",", 1)
            current["FNDA"][name] += int(hits)
        elif key == "BRDA":
            number, block, branch, hits = value.split(",")
            at = (int(number), block, branch)
            current["BRDA"][at] = current["BRDA"].get(at, 0) + (0 if hits == "-" else int(hits))


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--coverage_dir")
    args.add_argument("--reports_file")
    args.add_argument("--output_file", required=True)
    args.add_argument("--filter_sources", action="append", default=[])
    opts, _ = args.parse_known_args()

    if opts.reports_file:
        inputs = [pathlib.Path(p) for p in pathlib.Path(opts.reports_file).read_text().split()]
    else:
        inputs = sorted(pathlib.Path(opts.coverage_dir).rglob("*.dat"))
        inputs = [p for p in inputs if p != pathlib.Path(opts.output_file)]

    files = collections.defaultdict(lambda: {
        "DA": collections.Counter(), "FN": {}, "FNDA": collections.Counter(), "BRDA": {}})
    for path in inputs:
        if path.is_file():
            read(path, files)

    out = []
    for name in sorted(files):
        if any(re.fullmatch(f, name) for f in opts.filter_sources):
            continue
        data = files[name]
        out.append("SF:" + name)
        out += ["FN:%d,%s" % (n, f) for f, n in sorted(data["FN"].items(), key=lambda i: i[1])]
        out += ["FNDA:%d,%s" % (h, f) for f, h in sorted(data["FNDA"].items())]
        out += ["BRDA:%d,%s,%s,%d" % (*at, h) for at, h in sorted(data["BRDA"].items())]
        out += ["DA:%d,%d" % (n, h) for n, h in sorted(data["DA"].items())]
        out += ["LF:%d" % len(data["DA"]), "LH:%d" % sum(1 for h in data["DA"].values() if h), "end_of_record"]
    pathlib.Path(opts.output_file).write_text("\n".join(out) + ("\n" if out else ""))


main()
