#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""faketree.py FOLDER [NUMBER [plain]]: a folder that looks like cgroup v2 with the module
loaded, or with "plain" without it, with NUMBER cgroups below the root, for tests of
dirtytop and memcg-dirty. faketree.py --compare FOLDER: does JSON of dirtytop, on standard
input, have the figures of the files?"""

import json
import os
import sys


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def cgroup(folder, path, n, plain):
    """Figures that differ in every file."""
    where = folder + path
    os.makedirs(where, exist_ok=True)
    write(where + "/memory.stat",
          f"anon 4096\nfile 1048576\nfile_mapped 8192\nfile_dirty {n * 4096 + 8192}\n"
          f"file_writeback {n * 4096}\nswapcached 0\n")
    write(where + "/io.stat",
          f"254:0 rbytes=1 wbytes={n * 1000000} rios=1 wios=1 dbytes=0 dios=0\n"
          f"254:16 rbytes=0 wbytes={n * 7} rios=0 wios=2 dbytes=0 dios=0\n")
    if plain:
        return
    stat = f"dirty {n * 4096}\nwriteback {n * 8192}\nforeign_dirty {n * 12288}\n"
    if path:
        sets = where if n % 2 else folder
        stat += f"""limit {n * 16384}
limit_cgroup {os.stat(sets).st_ino}
background {n * 8192}
background_cgroup {os.stat(where).st_ino}
min {n * 4096}
throttles {n * 3}
throttled_usec {n * 1000003}
window_usec {n * 2000007}
kick_background {n * 5}
kick_background_pages {n * 640}
kick_limit {n}
kick_limit_pages {n * 64}
kick_user 0
kick_user_pages 0
kick_throttle {n * 2}
kick_throttle_pages {n * 9}
kick_reclaim 1
kick_reclaim_pages 2
a_key_of_a_later_version 1
"""
    write(where + "/memory.dirty_stat", stat)
    for name in ("dirty_limit_in_bytes", "dirty_background_limit_in_bytes", "dirty_ratio",
                 "dirty_background_ratio"):
        write(f"{where}/memory.{name}", "0\n")


def make(folder, number, plain):
    os.makedirs(folder, exist_ok=True)
    write(folder + "/cgroup.controllers", "cpu io memory pids\n")
    cgroup(folder, "", 1, plain)
    n, left = 0, number
    while left:
        n += 1
        path = ""
        for part in (f"/system.slice/unit{n}.service", f"/user.slice/user-{n}.slice/session.scope",
                     f"/machine.slice/libpod-{n}.scope/container", f"/kubepods.slice/pod{n}.slice")[n % 4].split("/")[1:]:
            path += "/" + part
            if left and not os.path.exists(folder + path):
                left -= 1
                cgroup(folder, path, number - left + 1, plain)


def compare(folder):
    """Each number of the files, once in the JSON, and no cgroup more or less."""
    data = json.load(sys.stdin)
    seen = {}
    for cg in data["cgroups"]:
        seen[cg["cgroup"]] = cg
    wrong = 0
    for where, _, files in os.walk(folder):
        path = where[len(folder):] or "/"
        cg = seen.pop(path, None)
        if cg is None:
            sys.exit(f"{path} is not shown")
        want = {"id": os.stat(where).st_ino}
        stat = dict(line.split() for line in open(where + "/memory.stat"))
        want["dirty"], want["writeback"] = int(stat["file_dirty"]), int(stat["file_writeback"])
        want["written"] = sum(int(word[7:]) for word in open(where + "/io.stat").read().split()
                              if word.startswith("wbytes="))
        kicks = {}
        if "memory.dirty_stat" in files:
            for line in open(where + "/memory.dirty_stat"):
                key, value = line.split()
                if key.startswith("kick_"):
                    event = key[5:].removesuffix("_pages")
                    kicks.setdefault(event, {})["pages" if key.endswith("_pages") else "times"] = int(value)
                elif key in cg and not key.endswith("_cgroup"):
                    want[key] = int(value)
        want["kicks"] = kicks
        for key, value in want.items():
            if cg[key] != value:
                print(f"{path}: {key} is {cg[key]}, the file says {value}")
                wrong += 1
    if seen:
        sys.exit(f"shown, and not there: {' '.join(seen)}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    if sys.argv[1] == "--compare":
        compare(sys.argv[2])
    else:
        make(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 6, "plain" in sys.argv[3:])
