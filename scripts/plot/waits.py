#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What a writer waited for: waits.py RUN [MS]

RUN is the files/ of a waits.sh run. Shows where the victim slept for more than MS (30)
at once, other than for its own pace; who else slept at the same time; and how long the
journal took for each stage of a commit.
"""

import collections
import os
import re
import sys

LINE = re.compile(r"\s*(.+)-(\d+)\s+\[\d+\]\s+\S+\s+([\d.]+): (\w+): (.*)")
STACK = re.compile(r"\s*.+-(\d+)\s+\[\d+\]\s+\S+\s+[\d.]+: <stack trace>")
# On every stack
PLAIN = re.compile(r"(trace_event_raw_event_|__traceiter_)?(sched_switch|__schedule|schedule|schedule_timeout|"
                   r"io_schedule|io_schedule_timeout|bit_wait|bit_wait_io|__wait_on_bit|"
                   r"out_of_line_wait_on_bit)")
DEPTH = 8


class Sleep:
    """One task, from the time it leaves the processor until somebody wakes it."""

    def __init__(self, task, at):
        self.task, self.start, self.end, self.stack = task, at, None, []

    def took(self):
        return self.end - self.start

    def overlap(self, other):
        return min(self.end, other.end) - max(self.start, other.start)

    def where(self):
        return " < ".join(self.stack[:DEPTH])


def read(path):
    """All sleeps in a trace, who the victim was, and the journal's statistics."""
    asleep, sleeps, stats, writers = {}, [], [], set()
    new = None
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            found = STACK.match(line)
            if found:
                new = asleep.get(int(found[1]))
                continue
            found = LINE.match(line)
            if not found:
                if new and line.startswith(" => "):
                    name = line[4:].split("+")[0].strip()
                    if not PLAIN.fullmatch(name):
                        new.stack.append(name)
                continue
            at, event, text = float(found[3]), found[4], found[5]
            new = None
            if event == "sched_switch":
                task, pid = re.search(r"prev_comm=(.+?) prev_pid=(\d+)", text).groups()
                if task == "rangewriter":
                    writers.add(int(pid))
                asleep[int(pid)] = Sleep((task, int(pid)), at)
            elif event == "sched_waking":
                sleep = asleep.pop(int(re.search(r" pid=(\d+)", text)[1]), None)
                if sleep:
                    sleep.end = at
                    sleeps.append(sleep)
            elif event == "jbd2_run_stats":
                stats.append({key: int(value) for key, value in
                              re.findall(r"(running|locked|flushing|logging) (\d+)", text)})
    if not writers:
        raise SystemExit(f"waits.py: no writer in {path}")
    return sleeps, max(writers), stats


def main():
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    least = float(sys.argv[2] if len(sys.argv) > 2 else 30) / 1e3
    sleeps, victim, stats = read(os.path.join(sys.argv[1], "trace"))
    waits = [s for s in sleeps if s.task[1] == victim and "do_nanosleep" not in s.stack and s.took() > least]
    places = collections.defaultdict(list)
    for wait in waits:
        places[wait.where()].append(wait.took())
    print(f"{len(waits)} waits of more than {least * 1e3:.0f} ms")
    for where, took in sorted(places.items(), key=lambda item: -sum(item[1])):
        print(f"{len(took):4} together {sum(took):.2f} s, longest {max(took) * 1e3:.0f} ms: {where}")
    for wait in sorted(waits, key=Sleep.took, reverse=True)[:3]:
        print(f"{wait.took() * 1e3:.0f} ms at {wait.start:.3f}, meanwhile:")
        for other in sleeps:
            if other.task[1] != victim and other.overlap(wait) > wait.took() / 2:
                print(f"     {other.task[0]}, {other.took() * 1e3:.0f} ms: {other.where()}")
    for commit in stats:
        print("commit, ms:", ", ".join(f"{key} {value}" for key, value in commit.items()))


if __name__ == "__main__":
    main()
