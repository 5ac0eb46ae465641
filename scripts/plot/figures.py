#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Figures from what the guest scripts measured: the one place that reads their logs.

  figures.py demo RUN OUT
        RUN is the files/ of a beside.sh run. Prints the table, writes OUT.json and
        OUT.dirty.dat and OUT.fsync.dat, which demo.gp draws.
  figures.py bench OUT [SCENARIO:KERNEL=RUN...]
        Prints each scenario's table with ratios to the stock kernel, writes
        OUT/bench.json, and OUT/KIND.dat for what bench.gp draws.
"""

import json
import math
import os
import re
import sys

MIB = 1 << 20
DISK_MIBS = 40.0
INSTRUCTION_NS = 2  # -icount shift=1


def percentile(values, p):
    """Nearest rank: the smallest value that p per cent of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * p / 100) - 1)]


def numbers(path):
    with open(path, encoding="ascii") as f:
        return [[int(word) for word in line.split()] for line in f]


def limit_bytes(text):
    """'16M' -> bytes; None for 'none' and 'alone'."""
    found = re.fullmatch(r"(\d+)([KMG]?)", text)
    if not found:
        return None
    return int(found[1]) << {"": 0, "K": 10, "M": 20, "G": 30}[found[2]]


def label(name):
    """A phase's name as people read it."""
    return {"alone": "no writer", "none": "no limit"}.get(name, re.sub(r"([KMG])$", r" \1iB", name))


class Phase:
    """One phase of a run; the first cgroup that was sampled is the writer's."""

    def __init__(self, run, name):
        path = os.path.join(run, name)
        self.name = name
        self.limit = limit_bytes(name.split("-")[-1])
        self.samples = numbers(os.path.join(path, "dirty"))
        self.start, self.end = numbers(os.path.join(path, "window"))[0]
        self.appends = []
        if os.path.exists(os.path.join(path, "fsync")):
            self.appends = numbers(os.path.join(path, "fsync"))
        self.peak = max(s[1] + s[2] for s in self.samples)
        self.stall_us = None
        if os.path.exists(os.path.join(path, "writer")):
            with open(os.path.join(path, "writer"), encoding="ascii") as f:
                self.stall_us = int(re.search(r"stall_usec=(\d+)", f.read())[1])

    def rate(self):
        """MiB/s that the disk completed for the writer's cgroup while the load was steady.

        io.stat counts a write when it is submitted; what is under way is file_writeback.
        """
        inside = [s for s in self.samples if self.start <= s[0] <= self.end]
        if len(inside) < 10:
            raise SystemExit(f"figures.py: {self.name}: {len(inside)} samples in the steady window")
        first, last = inside[0], inside[-1]
        completed = (last[3] - last[2]) - (first[3] - first[2])
        return completed / MIB / ((last[0] - first[0]) / 1e6)

    def figures(self):
        found = {
            "limit_bytes": self.limit,
            "dirty_peak_bytes": self.peak,
            "writer_mibs": round(self.rate(), 2),
            "samples": len(self.samples),
        }
        if self.stall_us is not None:
            found["writer_longest_write_ms"] = round(self.stall_us / 1e3, 1)
        if self.limit:
            found["dirty_peak_allowed_bytes"] = int(self.limit * 1.05 + MIB)
        if self.appends:
            latencies = [latency for _, latency in self.appends]
            found["fsyncs"] = len(latencies)
            for key, p in (("p50", 50), ("p99", 99), ("max", 100)):
                found[f"fsync_{key}_ms"] = round(percentile(latencies, p) / 1e3, 2)
        return found


def phases_of(run):
    """In the order in which they ran."""
    found = [Phase(run, name) for name in os.listdir(run)
             if os.path.exists(os.path.join(run, name, "window"))]
    if not found:
        raise SystemExit(f"figures.py: nothing measured in {run}")
    return sorted(found, key=lambda phase: phase.samples[0][0])


def table(rows):
    """Aligned columns, the first to the left; the first row is the head."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join([row[0].ljust(widths[0])] +
                        [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]).rstrip())


def show_beside(found, unlimited=None):
    """The demo's table. The ratio is to the writer without a limit."""
    unlimited = unlimited or found.get("none")
    rows = [["limit on the writer", "dirty peak MiB", "writer MiB/s", "fsyncs",
             "p50 ms", "p99 ms", "max ms", "p99 better by"]]
    for name, f in found.items():
        ratio = ""
        if f["limit_bytes"] and unlimited:
            ratio = f"{unlimited['fsync_p99_ms'] / f['fsync_p99_ms']:.1f} x"
        alone = name == "alone"
        rows.append([label(name),
                     "" if alone else f"{f['dirty_peak_bytes'] / MIB:.1f}",
                     "" if alone else f"{f['writer_mibs']:.1f}",
                     f["fsyncs"], f"{f['fsync_p50_ms']:.1f}", f"{f['fsync_p99_ms']:.1f}",
                     f"{f['fsync_max_ms']:.1f}", ratio])
    table(rows)


def write_series(phases, out):
    """One gnuplot index for each phase; seconds since the first sample."""
    zero = phases[0].samples[0][0]
    with open(out + ".dirty.dat", "w", encoding="ascii") as f:
        for phase in phases:
            f.write(f'"{label(phase.name)}"\n')
            for at, dirty, writeback, *_ in phase.samples:
                f.write(f"{(at - zero) / 1e6:.3f} {(dirty + writeback) / MIB:.3f}\n")
            f.write("\n\n")
    with open(out + ".fsync.dat", "w", encoding="ascii") as f:
        for phase in phases:
            f.write(f'"{label(phase.name)}"\n')
            for at, latency in phase.appends:
                f.write(f"{(at - zero) / 1e6:.3f} {latency / 1e3:.3f}\n")
            f.write("\n\n")


def demo(run, out):
    phases = phases_of(run)
    found = {phase.name: phase.figures() for phase in phases}
    show_beside(found)
    with open(out + ".json", "w", encoding="ascii") as f:
        json.dump(found, f, indent=2)
        f.write("\n")
    write_series(phases, out)


def page_costs(run):
    """{(variant, depth, op): instructions per page, one for each repeat}"""
    found = {}
    with open(os.path.join(run, "pagecost"), encoding="ascii") as f:
        for line in f:
            match = re.fullmatch(r"variant=(\w+) depth=(\w+) op=(\w+) ns=(\d+) pages=(\d+)\n", line)
            if not match:
                raise SystemExit(f"figures.py: not understood: {line!r}")
            cost = int(match[4]) / INSTRUCTION_NS / int(match[5])
            found.setdefault(match.group(1, 2, 3), []).append(cost)
    return found


# What a variant may cost over the stock kernel, in per cent: design goals.
PAGE_COST_BARS = {("unreached", "child"): 1.0, ("unreached", "deep"): 2.0}
PAGE_COST_BAR = 0.2


def met(good):
    return "met" if good else "MISSED"


def bench_pagecost(runs, data):
    """Instructions per page, each variant against the stock kernel at the same depth.

    What disturbs a repeat (a timer, a worker) can only add to it, so the least of them
    counts; from boot to boot that is the same to 0.03 %.
    """
    costs = {("stock",) + key[1:]: values for key, values in page_costs(runs["stock"]).items()}
    costs.update(page_costs(runs["release"]))
    rows = [["page dirtied by", "kernel, cgroup", "instructions", "spread %", "to stock", "bar"]]
    result = []
    for op in ("append", "rewrite", "sync"):
        for (variant, depth, of), values in costs.items():
            if of != op:
                continue
            least = min(values)
            stock = min(costs["stock", depth, op])
            over = (least / stock - 1) * 100
            entry = {"op": op, "variant": variant, "depth": depth,
                     "instructions_per_page": round(least, 2),
                     "spread_percent": round((max(values) / min(values) - 1) * 100, 3),
                     "repeats": len(values), "over_stock_percent": round(over, 3)}
            bar = ""
            if variant != "stock" and op != "sync":
                allowed = PAGE_COST_BARS.get((variant, depth), PAGE_COST_BAR)
                entry["allowed_percent"] = allowed
                bar = f"+{allowed} % {met(over <= allowed)}"
            result.append(entry)
            rows.append([op, f"{variant}, {depth}", f"{least:.1f}", f"{entry['spread_percent']:.2f}",
                         "" if variant == "stock" else f"{over:+.2f} %", bar])
            if variant != "stock":
                data.append(f'"{op}, {variant}, {depth}" {over:.3f}')
    table(rows)
    return result


def bench_beside(runs, data):
    """The neighbour's fsync on the stock kernel and beside limited writers."""
    found = {kernel: {phase.name: phase.figures() for phase in phases_of(run)}
             for kernel, run in runs.items()}
    stock = found["stock"]["none"]
    alone = found["stock"]["alone"]["fsync_p99_ms"]
    rows = [["kernel, limit", "dirty peak MiB", "writer MiB/s", "fsyncs", "p50 ms", "p99 ms", "max ms",
             "p99 stock/this", "bar"]]
    for kernel, phases in found.items():
        for name, f in phases.items():
            f["fsync_p99_better_than_stock"] = round(stock["fsync_p99_ms"] / f["fsync_p99_ms"], 1)
            bar = ""
            if f["limit_bytes"]:
                f["fsync_p99_allowed_ms"] = round(
                    2e3 * f["limit_bytes"] / MIB / DISK_MIBS + alone, 1)
                good = (f["fsync_p99_ms"] <= f["fsync_p99_allowed_ms"] and
                        f["fsync_p99_better_than_stock"] >= 20)
                bar = f"{f['fsync_p99_allowed_ms']:.0f} ms, 20 x {met(good)}"
            rows.append([f"{kernel}, {name}"] +
                        [f"{f['dirty_peak_bytes'] / MIB:.1f}", f"{f['writer_mibs']:.1f}", f["fsyncs"]] +
                        [f"{f[f'fsync_{key}_ms']:.1f}" for key in ("p50", "p99", "max")] +
                        ["" if name == "alone" else f"{f['fsync_p99_better_than_stock']:.1f}", bar])
            data.append(f'"{kernel} {name}" {f["fsync_p50_ms"]} {f["fsync_p99_ms"]} {f["fsync_max_ms"]}')
    table(rows)
    return found


def bench_accuracy(runs, data):
    """How far dirty memory exceeds a limit, and the writers' share of the disk."""
    found = {kernel: {phase.name: phase.figures() for phase in phases_of(run)}
             for kernel, run in runs.items()}
    rows = [["kernel, mode-writers-limit", "peak MiB", "allowed MiB", "peak/limit", "MiB/s",
             "to stock", "longest write ms", "bar"]]
    for kernel, phases in found.items():
        for name, f in phases.items():
            stock = found["stock"][name.rsplit("-", 1)[0] + "-none"]["writer_mibs"]
            f["rate_to_stock"] = round(f["writer_mibs"] / stock, 3)
            row = [f"{kernel}, {name}", f"{f['dirty_peak_bytes'] / MIB:.2f}"]
            if f["limit_bytes"]:
                f["dirty_peak_to_limit"] = round(f["dirty_peak_bytes"] / f["limit_bytes"], 3)
                good = (f["dirty_peak_bytes"] <= f["dirty_peak_allowed_bytes"] and
                        f["writer_mibs"] >= 0.95 * DISK_MIBS)
                row += [f"{f['dirty_peak_allowed_bytes'] / MIB:.2f}", f"{f['dirty_peak_to_limit']:.2f}"]
                bar = met(good)
                data.append(f'"{name}" {f["dirty_peak_to_limit"]} {f["writer_mibs"] / DISK_MIBS:.3f}')
            else:
                row += ["", ""]
                bar = ""
            rows.append(row + [f"{f['writer_mibs']:.1f}", f"{f['rate_to_stock']:.3f}",
                               f"{f['writer_longest_write_ms']:.0f}", bar])
    table(rows)
    return found


def bench(out, *arguments):
    scenarios = {}
    for argument in arguments:
        match = re.fullmatch(r"([\w-]+):(\w+)=(.+)", argument)
        if not match:
            raise SystemExit(__doc__)
        scenarios.setdefault(match[1], {})[match[2]] = match[3]
    readers = {"beside": bench_beside, "accuracy": bench_accuracy, "pagecost": bench_pagecost}
    result, data = {}, {}
    for scenario, runs in scenarios.items():
        kind = scenario.split("-")[0]
        print(f"\n{scenario}")
        lines = []
        result[scenario] = readers[kind](runs, lines)
        data.setdefault(kind, []).extend(
            line.replace('"', f'"{scenario.split("-")[-1]} ', 1) if "-" in scenario else line
            for line in lines)
    with open(os.path.join(out, "bench.json"), "w", encoding="ascii") as f:
        json.dump(result, f, indent=2)
        f.write("\n")
    for kind in readers:
        with open(os.path.join(out, f"{kind}.dat"), "w", encoding="ascii") as f:
            f.write("\n".join(data.get(kind, [])) + "\n")


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "demo":
        demo(*sys.argv[2:])
    elif len(sys.argv) > 3 and sys.argv[1] == "bench":
        bench(*sys.argv[2:])
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
