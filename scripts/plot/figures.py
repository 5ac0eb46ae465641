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
        self.wrote = self.stall_us = None
        if os.path.exists(os.path.join(path, "writer")):
            self.wrote, self.took_us, self.stall_us = summary(os.path.join(path, "writer"))

    def rate(self):
        """MiB/s that the disk completed for the writer's cgroup while the load was steady.

        io.stat counts a write when it is submitted; what is under way is file_writeback.
        On a file system without cgroup writeback it has nothing, or metadata: then what the
        disk has completed counts, if that was sampled (behind a FUSE server, too), or what
        the writers got rid of in all of their time.
        """
        inside = [s for s in self.samples if self.start <= s[0] <= self.end]
        if len(inside) < 10:
            raise SystemExit(f"figures.py: {self.name}: {len(inside)} samples in the steady window")
        first, last = inside[0], inside[-1]
        completed = (last[3] - last[2]) - (first[3] - first[2])
        if len(last) > 4 and completed < (last[4] - first[4]) / 10:
            completed = last[4] - first[4]
        elif not last[3] and self.wrote is not None:
            return (self.wrote - last[1] - last[2]) / MIB / (self.took_us / 1e6)
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
    """{(variant, depth or whose inode, op): instructions per page, one for each repeat}"""
    found = {}
    with open(os.path.join(run, "pagecost"), encoding="ascii") as f:
        for line in f:
            match = re.fullmatch(r"variant=(\w+) (?:depth|inode)=(\w+) op=(\w+) ns=(\d+) pages=(\d+)\n",
                                 line)
            if not match:
                raise SystemExit(f"figures.py: not understood: {line!r}")
            cost = int(match[4]) / INSTRUCTION_NS / int(match[5])
            found.setdefault(match.group(1, 2, 3), []).append(cost)
    return found


# What a variant may cost over the stock kernel, in per cent: design goals.
PAGE_COST_BARS = {("unreached", "child"): 1.0, ("unreached", "deep"): 2.0,
                  ("unreached", "own"): 1.0, ("base", "foreign"): 2.0,
                  ("loaded", "foreign"): 2.0, ("unreached", "foreign"): 2.0}
KICK_COST_BAR = 2000   # instructions, for the caller
PAGE_COST_BAR = 0.2


def met(good):
    return "met" if good else "MISSED"


def bench_pagecost(runs, data, where="depth"):
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
            entry = {"op": op, "variant": variant, where: depth,
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


def bench_foreigncost(runs, data):
    """As pagecost, for an inode of the writer's own and for another's; and what that adds."""
    result = bench_pagecost(runs, data, "inode")
    costs = {(f["variant"], f["inode"], f["op"]): f["instructions_per_page"] for f in result}
    rows = [["a page of another's inode", "kernel", "over own, instructions", "%"]]
    for found in result:
        if found["inode"] == "foreign":
            own = costs[found["variant"], "own", found["op"]]
            over = found["instructions_per_page"] - own
            found["over_own_instructions"] = round(over, 2)
            rows.append([found["op"], found["variant"], f"{over:+.1f}", f"{over / own * 100:+.2f}"])
    print()
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
            # Where there is no stock kernel, the patched one without a limit
            stock = found.get("stock", phases)[name.rsplit("-", 1)[0] + "-none"]["writer_mibs"]
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


def compare(found, lines):
    """A table of figures, each of the stock kernel, of the patched one, and their ratio.

    A line is a title, a key, the format of its values, and a bar: None, or a function of
    both values that says whether it is met, and its text.
    """
    stock, release = found.get("stock", {}), found.get("release", {})
    rows = [["", "stock", "patched", "patched/stock", "bar"]]
    for title, key, form, bar in lines:
        values = [kernel.get(key) for kernel in (stock, release)]
        ratio = ""
        if None not in values and values[0]:
            ratio = f"{values[1] / values[0]:.3f}"
        verdict = ""
        if bar and None not in values:
            verdict = f"{bar[1]} {met(bar[0](*values))}"
        rows.append([title] + ["" if v is None else format(v, form) for v in values] +
                    [ratio, verdict])
    table(rows)


def events_of(path):
    """How often each event happened; what a kernel does not have is missing."""
    with open(os.path.join(path, "events"), encoding="ascii") as f:
        return {name: int(count) for name, count in (line.split() for line in f)}


def inside(samples, start, end, path):
    found = [s for s in samples if start <= s[0] <= end]
    if len(found) < 2:
        raise SystemExit(f"figures.py: {path}: {len(found)} samples in the steady window")
    return found[0], found[-1]


def summary(path):
    """What a writer printed: bytes, microseconds, the longest write in microseconds."""
    with open(path, encoding="ascii") as f:
        return [int(n) for n in re.fullmatch(r"bytes=(\d+) usec=(\d+) stall_usec=(\d+)\n",
                                             f.read()).groups()]


def foreign_figures(run):
    """The bulk writer of a foreign.sh run, the owners of its files, and the disk.

    The writer's pages are written by the owners' writeback and show in their io.stat, so
    what was cleaned is what it wrote less what was added to its dirty and writeback pages.
    It rewrites no page that is still dirty.
    """
    path = os.path.join(run, "load")
    start, end = numbers(os.path.join(path, "window"))[0]
    samples = numbers(os.path.join(path, "dirty"))
    writes = numbers(os.path.join(path, "writes"))
    first, last = inside(samples, start, end, path)
    seconds = (last[0] - first[0]) / 1e6
    block = summary(os.path.join(path, "writer"))[0] / len(writes)
    accepted = block * sum(first[0] < at + took <= last[0] for at, took in writes)
    grown = (last[1] + last[2]) - (first[1] + first[2])
    # All that were under way: a stall may have begun before the window or outlast it.
    latencies = [took for at, took in writes if at < end and at + took > start]
    found = {
        "seconds": round(seconds, 2),
        "accepted_mibs": round(accepted / MIB / seconds, 2),
        "cleaned_mibs": round((accepted - grown) / MIB / seconds, 2),
        "dirty_peak_bytes": max(s[1] + s[2] for s in samples),
        "writes": len(latencies),
        "device_mibs": round((last[4] - first[4]) / MIB / seconds, 2),
        "writer_io_mibs": round((last[3] - first[3]) / MIB / seconds, 2),
    }
    found["stalled_s"] = round(sum(took for took in latencies if took >= 1e6) / 1e6, 1)
    for key, p in (("p50", 50), ("p99", 99), ("p99_9", 99.9), ("max", 100)):
        found[f"write_{key}_ms"] = round(percentile(latencies, p) / 1e3, 3)

    first, last = inside(numbers(os.path.join(path, "owners")), start, end, path)
    seconds = (last[0] - first[0]) / 1e6
    split = [(now - before) / MIB / seconds for before, now in zip(first[3::3], last[3::3])]
    found["owners_io_mibs"] = round(sum(split), 2)
    found["owners_io_each_mibs"] = [round(rate, 2) for rate in split]
    owners = [summary(os.path.join(path, f"owner{nr + 1}")) for nr in range(len(split))]
    rates = [wrote / MIB / (took / 1e6) for wrote, took, _ in owners]
    found["owners_mibs"] = round(sum(rates), 2)
    found["owners_each_mibs"] = [round(rate, 2) for rate in rates]
    found["owner_least_mibs"] = round(min(rates), 2)
    found["owner_longest_write_ms"] = round(max(stall for _, _, stall in owners) / 1e3, 1)
    found.update(events_of(path))
    return found


FOREIGN_STRETCH_MIBS = 32.0  # with 12 owners


def bench_foreign(runs, data):
    """A writer in files that others own."""
    found = {kernel: foreign_figures(run) for kernel, run in runs.items()}
    lines = [
        ("cleaned of the writer, MiB/s", "cleaned_mibs", ".1f",
         (lambda stock, this: this >= stock, ">= stock")),
        ("accepted by write(), MiB/s", "accepted_mibs", ".1f", None),
        ("64 KiB write, p50 ms", "write_p50_ms", ".2f", None),
        ("  p99 ms", "write_p99_ms", ".1f", None),
        ("  p99.9 ms", "write_p99_9_ms", ".1f",
         (lambda stock, this: this <= stock / 4, "<= 1/4")),
        ("  max ms", "write_max_ms", ".1f", None),
        ("  in writes of 1 s and more, s", "stalled_s", ".1f", None),
        ("  writes", "writes", "d", None),
        ("writer's dirty peak, MiB", "dirty_peak_mib", ".1f", None),
        ("disk wrote, MiB/s", "device_mibs", ".1f", None),
        ("  by the writer's writeback", "writer_io_mibs", ".1f", None),
        ("  by the owners' writeback", "owners_io_mibs", ".1f", None),
        ("owners wrote, MiB/s", "owners_mibs", ".1f", None),
        ("  the slowest of them", "owner_least_mibs", ".2f",
         (lambda stock, this: this >= 0.9 * stock, ">= 0.9")),
        ("  longest write, ms", "owner_longest_write_ms", ".1f", None),
        ("inodes that changed owner", "inode_switch_wbs", "d", None),
        ("foreign flushes", "flush_foreign", "d", None),
    ]
    for kernel, f in found.items():
        f["dirty_peak_mib"] = round(f["dirty_peak_bytes"] / MIB, 1)
        owners = "owner" if len(f["owners_each_mibs"]) == 1 else "owners"
        data.append(f'"{owners}, {kernel}" ' + " ".join(
            str(f[f"write_{key}_ms"]) for key in ("p50", "p99", "p99_9", "max")))
    compare(found, lines)
    if "release" in found and len(found["release"]["owners_each_mibs"]) >= 12:
        good = found["release"]["cleaned_mibs"] >= FOREIGN_STRETCH_MIBS
        print(f"stretch: {FOREIGN_STRETCH_MIBS:.0f} MiB/s with 12 owners {met(good)}")
    return found


RMDIR_WRITTEN_BAR = 1.25
RMDIR_MS_BAR = 1000
FLUSH_BEGINS = MIB  # what the disk has written by then; a journal writes less


def rmdir_figures(run):
    """How memcgs of a foreign-rmdir.sh run went away, and what was written for them."""
    path = os.path.join(run, "rmdir")
    with open(os.path.join(path, "marks"), encoding="ascii") as f:
        marks = {name: int(value) for name, value in (line.split() for line in f)}
    # time, group's dirty, writeback and wbytes, the same of the owner, the disk
    samples = [s for s in numbers(os.path.join(path, "dirty"))
               if marks["go"] <= s[0] <= marks["end"]]
    if len(samples) < 2:
        raise SystemExit(f"figures.py: {path}: {len(samples)} samples")
    zero = samples[0][7]
    before = [s for s in samples if s[7] - zero < FLUSH_BEGINS][-1]
    dirtied = marks["dirtied"] + samples[0][4] + samples[0][5]
    removals = [took for _, took in numbers(os.path.join(path, "rmdir"))]
    dying = numbers(os.path.join(path, "dying"))
    found = {
        "memcgs": len(removals),
        "flush_began_s": round((before[0] - marks["go"]) / 1e6, 2),
        "dirty_then_bytes": before[1] + before[2] + before[4] + before[5],
        "memcgs_dirty_then_bytes": before[1] + before[2],
        "dirtied_bytes": dirtied,
        "written_bytes": samples[-1][7] - zero,
        "written_to_dirtied": round((samples[-1][7] - zero) / dirtied, 3),
        "left_bytes": samples[-1][1] + samples[-1][2],
        "rmdir_max_ms": round(max(removals) / 1e3, 2),
        "rmdir_sum_ms": round(sum(removals) / 1e3, 2),
    }
    clean = [s[0] for s in samples if s[0] >= marks["kill"] and s[1] + s[2] == 0]
    if clean:
        found["clean_s"] = round((clean[0] - marks["kill"]) / 1e6, 2)
    for seconds in (0, 5, 30):
        upto = [d for d in dying if d[0] <= dying[0][0] + (seconds + 0.5) * 1e6]
        found[f"dying_{seconds}s"] = upto[-1][1]
        found[f"dying_unused_{seconds}s"] = upto[-1][1] - upto[-1][2]
    found["dying_last"] = dying[-1][1]
    gone = [at for at, count, _ in dying if not count]
    if gone:
        found["gone_s"] = round((gone[0] - marks["rmdir"]) / 1e6, 2)
    found.update(events_of(path))
    return found


def bench_rmdir(runs, _):
    """Memcgs that are removed while their foreign pages are written."""
    found = {kernel: rmdir_figures(run) for kernel, run in runs.items()}
    for f in found.values():
        for key in ("dirty_then", "memcgs_dirty_then", "dirtied", "written", "left"):
            f[key + "_mib"] = round(f[key + "_bytes"] / MIB, 1)
    compare(found, [
        ("flush began after, s", "flush_began_s", ".2f", None),
        ("dirty then, MiB", "dirty_then_mib", ".1f", None),
        ("  of it the memcgs'", "memcgs_dirty_then_mib", ".1f", None),
        ("dirtied: owner before, memcgs, MiB", "dirtied_mib", ".1f", None),
        ("disk wrote, MiB", "written_mib", ".1f", None),
        ("written/dirtied", "written_to_dirtied", ".2f",
         (lambda _, this: this <= RMDIR_WRITTEN_BAR, f"<= {RMDIR_WRITTEN_BAR}")),
        ("memcgs' pages clean, s after the kill", "clean_s", ".2f", None),
        ("memcgs' pages left dirty, MiB", "left_mib", ".1f", None),
        ("rmdir, longest ms", "rmdir_max_ms", ".2f",
         (lambda _, this: this <= RMDIR_MS_BAR, f"<= {RMDIR_MS_BAR}")),
        ("dying after 0 s", "dying_0s", "d", None),
        ("  5 s", "dying_5s", "d", None),
        ("  30 s", "dying_30s", "d", None),
        ("  of them unused, about to be freed", "dying_unused_30s", "d", None),
        ("  after syncs and further removals", "dying_last", "d", (lambda _, p: p == 0, "0")),
        ("all gone, s after the first rmdir", "gone_s", ".2f", None),
        ("inodes that changed owner", "inode_switch_wbs", "d", None),
        ("foreign flushes", "flush_foreign", "d", None),
    ])
    return found


MANY_RATE_BAR = 0.9  # of the unlimited kernel's
MANY_STARVED_BAR = 1 / 3  # of the median


def many_figures(run):
    """What many writers got together and each, of a many.sh run."""
    path = os.path.join(run, "load")
    start, end = numbers(os.path.join(path, "window"))[0]
    samples = numbers(os.path.join(path, "dirty"))
    first, last = inside(samples, start, end, path)
    writers = [summary(os.path.join(path, name)) for name in os.listdir(path)
               if name.startswith("writer")]
    rates = [wrote / MIB / (took / 1e6) for wrote, took, _ in writers]
    median = percentile(rates, 50)
    return {
        "writers": len(rates),
        "together_mibs": round(sum(rates), 2),
        "device_mibs": round((last[4] - first[4]) / MIB / ((last[0] - first[0]) / 1e6), 2),
        "median_kibs": round(median * 1024, 2),
        "least_kibs": round(min(rates) * 1024, 2),
        "most_kibs": round(max(rates) * 1024, 2),
        "least_of_median": round(min(rates) / median, 3) if median else 0,
        "dirty_peak_mib": round(max(s[1] + s[2] for s in samples) / MIB, 1),
        "longest_write_ms": round(max(stall for _, _, stall in writers) / 1e3, 1),
    }


def bench_many(runs, _):
    """Many cgroups that write at once: unlimited on stock, limited on the patched kernel."""
    found = {kernel: many_figures(run) for kernel, run in runs.items()}
    compare(found, [
        ("writers", "writers", "d", None),
        ("together, MiB/s", "together_mibs", ".2f", None),
        ("disk, MiB/s", "device_mibs", ".2f",
         (lambda s, p: p >= MANY_RATE_BAR * s, f">= {MANY_RATE_BAR} x stock")),
        ("each, KiB/s: median", "median_kibs", ".1f", None),
        ("  least", "least_kibs", ".1f", None),
        ("  most", "most_kibs", ".1f", None),
        ("least/median", "least_of_median", ".3f",
         (lambda _, p: p >= MANY_STARVED_BAR, ">= 1/3")),
        ("dirty peak, MiB", "dirty_peak_mib", ".1f", None),
        ("longest write, ms", "longest_write_ms", ".1f", None),
    ])
    return found


PROTECT_RATE_BAR = 0.95  # of its rate alone
PROTECT_P99_BAR = 5.0  # times its p99 alone


def bench_protect(runs, _):
    """A paced writer alone, beside a noisy one, and with memory.dirty_min."""
    found = {}
    rows = [["kernel, victim", "MiB/s", "of alone", "write p50 ms", "p99 ms", "max ms",
             "p99 of alone", "noisy MiB/s", "bar"]]
    for kernel, run in runs.items():
        found[kernel] = {}
        for name in ("alone", "beside", "beside-wbt", "protected", "protected-wbt",
                     "bounded"):
            path = os.path.join(run, name)
            if not os.path.exists(os.path.join(path, "window")):
                continue
            wrote, took, _ = summary(os.path.join(path, "victim"))
            latencies = [took for _, took in numbers(os.path.join(path, "writes"))]
            noisy = os.path.join(path, "noisy")
            f = {"mibs": round(wrote / MIB / (took / 1e6), 3)}
            for key, p in (("p50", 50), ("p99", 99), ("max", 100)):
                f[f"write_{key}_ms"] = round(percentile(latencies, p) / 1e3, 3)
            if os.path.exists(noisy):
                wrote, took, _ = summary(noisy)
                f["noisy_mibs"] = round(wrote / MIB / (took / 1e6), 2)
            found[kernel][name] = f
            alone = found[kernel]["alone"]
            of_rate = f["mibs"] / alone["mibs"]
            of_p99 = f["write_p99_ms"] / alone["write_p99_ms"]
            bar = ""
            if name in ("protected", "protected-wbt", "bounded"):
                bar = met(of_rate >= PROTECT_RATE_BAR and of_p99 <= PROTECT_P99_BAR)
            rows.append([f"{'patched' if kernel == 'release' else kernel}, {name}",
                         f"{f['mibs']:.2f}", f"{of_rate:.3f}", f"{f['write_p50_ms']:.2f}",
                         f"{f['write_p99_ms']:.2f}", f"{f['write_max_ms']:.1f}",
                         f"{of_p99:.1f}", str(f.get("noisy_mibs", "")), bar])
    table(rows)
    return found


def plain_figures(run):
    """What the guest worked out itself: a name, which ends in its unit, and a number a line."""
    with open(os.path.join(run, "figures"), encoding="ascii") as f:
        return {name: float(value) for name, value in (line.split() for line in f)}


def compare_plain(found, bars):
    names = list(dict.fromkeys(name for f in found.values() for name in f))
    compare(found, [(name.replace("_", " "), name, ".2f", bars.get(name)) for name in names])


def bench_figures(runs, _):
    """Figures that need no more than a table."""
    found = {kernel: plain_figures(run) for kernel, run in runs.items()}
    compare_plain(found, {})
    return found


IDLE_RATE_BAR = 0.8  # of its rate alone


def bench_idle(runs, _):
    """A writer beside an idle sibling that holds most of what their parent's limit allows."""
    found = {kernel: plain_figures(run) for kernel, run in runs.items()}
    bars = {}
    for name in ("same", "other"):
        for f in found.values():
            f[f"{name}_of_alone"] = round(f[f"{name}_mibs"] / f["alone_mibs"], 3)
        bars[f"{name}_of_alone"] = (lambda _, p: p >= IDLE_RATE_BAR, f">= {IDLE_RATE_BAR}")
    compare_plain(found, bars)
    return found


def bench_kickcost(runs, _):
    """What a kick costs its caller, by the number of the cgroup's children."""
    result = []
    rows = [["children", "instructions, median", "most", "bar"]]
    with open(os.path.join(runs["release"], "kickcost"), encoding="ascii") as f:
        for line in f:
            found = {key: int(value) for key, value in (word.split("=") for word in line.split())}
            result.append(found)
            rows.append([found["children"], found["median"], found["most"],
                         f"<= {KICK_COST_BAR} {met(found['median'] <= KICK_COST_BAR)}"])
    table(rows)
    return result


BYSTANDER_LRUS = ("classic", "mglru")


def bench_bystander(runs, data):
    """What reclaim in one cgroup has written of others, and how long it takes."""
    found = {}
    for kernel, run in runs.items():
        found[kernel] = f = plain_figures(run)
        for lru in BYSTANDER_LRUS:
            allocs = numbers(os.path.join(run, lru, "allocs"))
            latencies = [took for _, took, killed in allocs if not killed]
            f[f"{lru}_rounds"] = len(allocs)
            for key, p in (("p50", 50), ("p99", 99), ("max", 100)):
                f[f"{lru}_alloc_{key}_ms"] = round(percentile(latencies, p) / 1e3, 1)
        data.extend(f'"{lru}, {kernel}" ' + " ".join(
            str(f[f"{lru}_alloc_{key}_ms"]) for key in ("p50", "p99", "max"))
            for lru in BYSTANDER_LRUS)
    lines = []
    for lru in BYSTANDER_LRUS:
        untouched = (lambda _, p: p == 0, "0")
        lines += [
            (f"{lru} LRU, rounds", f"{lru}_rounds", ".0f", None),
            ("  bystander, same disk: dirty, MiB", f"{lru}_bystander_same_dirty_mib", ".1f", None),
            ("    written, MiB", f"{lru}_bystander_same_written_mib", ".2f", untouched),
            ("  bystander, other disk: dirty, MiB", f"{lru}_bystander_other_dirty_mib", ".1f", None),
            ("    written, MiB", f"{lru}_bystander_other_written_mib", ".2f", untouched),
            ("  written for who reclaims, MiB", f"{lru}_reclaimer_written_mib", ".0f", None),
            ("  allocation of 60 MiB, p50 ms", f"{lru}_alloc_p50_ms", ".1f", None),
            ("    p99 ms", f"{lru}_alloc_p99_ms", ".1f", (lambda s, p: p <= s, "<= stock")),
            ("    max ms", f"{lru}_alloc_max_ms", ".1f", None),
            ("  OOM kills", f"{lru}_oom_kills_nr", ".0f", untouched),
        ]
    compare(found, lines)
    return found


BLOCK_BYTES = 65536  # of a rangewriter


def dontcache_figures(run, name):
    """A phase of a dontcache.sh run: what all writers got, until it was on the disk, and how
    long their writes took.
    """
    path = os.path.join(run, name)
    start, end = numbers(os.path.join(path, "window"))[0]
    samples = numbers(os.path.join(path, "dirty"))
    first, last = inside(samples, start, end, path)
    found = {"device_mibs": round((last[4] - first[4]) / MIB / ((last[0] - first[0]) / 1e6), 2),
             "dirty_peak_mib": round(max(s[1] + s[2] for s in samples) / MIB, 1),
             "cached_mib": round(numbers(os.path.join(path, "cached"))[0][0] / MIB, 1)}
    took_s = numbers(os.path.join(path, "synced"))[0][0] / 1e6
    for how in ("uncached", "buffered"):
        logs = [f for f in os.listdir(path) if f.startswith(f"writes.{how}.")]
        if not logs:
            continue
        blocks, latencies = 0, []
        for log in logs:
            writes = numbers(os.path.join(path, log))
            blocks += len(writes)
            latencies += [took for at, took in writes if at < end and at + took > start]
        found[f"{how}_mibs"] = round(blocks * BLOCK_BYTES / MIB / took_s, 2)
        for key, p in (("p50", 50), ("p99", 99), ("p99_9", 99.9), ("max", 100)):
            found[f"{how}_{key}_ms"] = round(percentile(latencies, p) / 1e3, 3)
    found["together_mibs"] = round(sum(found.get(f"{how}_mibs", 0) for how in ("uncached", "buffered")), 2)
    kicks = os.path.join(path, "kicks")
    if os.path.exists(kicks):
        with open(kicks, encoding="ascii") as f:
            found.update((key, int(value)) for key, value in (line.split() for line in f))
    return found


def bench_dontcachecost(runs, _):
    """What an uncached write costs, with its writeback, on both kernels and with each batch."""
    result = {}
    rows = [["kernel", "instructions", "to stock"]]
    for kernel in ("stock", "release"):
        with open(os.path.join(runs[kernel], "dontcachecost"), encoding="ascii") as f:
            for line in f:
                batch, instructions = re.fullmatch(r"batch=(\w+) instructions=(\d+)\n", line).groups()
                name = "stock" if kernel == "stock" else f"patched, batch {batch}"
                result[name] = int(instructions)
                rows.append([name, instructions, f"{(result[name] / result['stock'] - 1) * 100:+.2f} %"])
    table(rows)
    return result


DONTCACHE_BESIDE_BAR = 1.2  # of stock's
DONTCACHE_ERROR = 0.005  # by which two runs of one kernel differ on a disk that is busy


def bench_dontcache(runs, _):
    """Uncached writers, in each case on the stock kernel and with each batch."""
    found = {kernel: {name: dontcache_figures(run, name) for name in sorted(os.listdir(run))
                      if os.path.exists(os.path.join(run, name, "window"))}
             for kernel, run in runs.items()}
    rows = [["case, kernel", "MiB/s", "to stock", "disk", "p50 ms", "p99 ms", "p99.9 ms", "max ms",
             "dirty MiB", "cached MiB", "kicks", "bar"]]
    for case in ("one", "eight", "files", "beside", "buffered"):
        stock = found.get("stock", {}).get(f"{case}-none")
        for kernel, phases in found.items():
            for name, f in phases.items():
                if name.rsplit("-", 1)[0] != case:
                    continue
                who = "stock" if kernel == "stock" else f"patched, batch {name.rsplit('-', 1)[1]}"
                how = "buffered" if case == "buffered" else "uncached"
                bar = ratio = ""
                if stock and kernel != "stock":
                    f["to_stock"] = round(f["together_mibs"] / stock["together_mibs"], 3)
                    ratio = f"{f['to_stock']:.3f}"
                    least = DONTCACHE_BESIDE_BAR if case == "beside" else 1
                    bar = f">= {least} x {met(f['to_stock'] >= least - DONTCACHE_ERROR)}"
                    if how == "uncached":
                        good = f["uncached_p99_9_ms"] <= stock["uncached_p99_9_ms"]
                        bar += f", p99.9 <= stock's {met(good)}"
                rows.append([f"{case}, {who}", f"{f['together_mibs']:.1f}", ratio,
                             f"{f['device_mibs']:.1f}"] +
                            [f"{f[f'{how}_{key}_ms']:.2f}" for key in ("p50", "p99", "p99_9", "max")] +
                            [f"{f['dirty_peak_mib']:.0f}", f"{f['cached_mib']:.0f}",
                             str(f.get("kick_dontcache", "")), bar])
    table(rows)
    return found


def bench_phases(runs, _):
    """Figures PHASE.KEY of both kernels: a row for each phase, in the order of the run."""
    found, keys = {}, []
    for kernel, run in runs.items():
        phases = found.setdefault(kernel, {})
        with open(os.path.join(run, "figures"), encoding="ascii") as f:
            for line in f:
                name, value = line.split()
                phase, key = name.rsplit(".", 1)
                phases.setdefault(phase, {})[key] = float(value)
                if key not in keys:
                    keys.append(key)
    rows = [["kernel, phase"] + keys]
    for kernel, phases in found.items():
        for phase, f in phases.items():
            rows.append([f"{'patched' if kernel == 'release' else kernel}, {phase}"] +
                        [f"{f[key]:g}" if key in f else "" for key in keys])
    table(rows)
    return found


def kind_of(scenario):
    """Which figures a scenario has: what precedes the dash, but foreign-rmdir has its own."""
    return "rmdir" if scenario == "foreign-rmdir" else scenario.split("-")[0]


def bench(out, *arguments):
    scenarios = {}
    for argument in arguments:
        match = re.fullmatch(r"([\w-]+):(\w+)=(.+)", argument)
        if not match:
            raise SystemExit(__doc__)
        scenarios.setdefault(match[1], {})[match[2]] = match[3]
    readers = {"beside": bench_beside, "accuracy": bench_accuracy, "pagecost": bench_pagecost,
               "foreign": bench_foreign, "rmdir": bench_rmdir, "foreigncost": bench_foreigncost,
               "many": bench_many, "protect": bench_protect, "idle": bench_idle,
               "kickcost": bench_kickcost, "read": bench_figures, "untar": bench_figures, "oom": bench_figures,
               "bystander": bench_bystander, "dontcache": bench_dontcache,
               "dontcachecost": bench_dontcachecost, "window": bench_phases,
               "writers": bench_phases, "reader": bench_phases, "weights": bench_phases,
               "pgbench": bench_phases, "windowrate": bench_phases, "windowcost": bench_phases}
    result, data = {}, {}
    for scenario, runs in scenarios.items():
        kind = kind_of(scenario)
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
