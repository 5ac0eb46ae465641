#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest.sh STAGE: in a guest of check-install.sh, as a unit at the end of its boot. It
# reports on the second serial port: "ok NAME", "not ok NAME", and "done STAGE" last.

set -u
export LC_ALL=C
report=/dev/ttyS1
stage=$(cat /var/lib/check-install/stage)
here=/opt/check-install
lim=16777216

say()
{
	printf '%s\n' "$*" >$report
}

# ok NAME COMMAND...
ok()
{
	local name=$1 out

	shift
	if out=$("$@" 2>&1); then
		say "ok $name"
	else
		say "not ok $name"
		printf '%s\n' "$out" | tail -n 8 | sed 's/^/# /' >$report
	fi
}

is()
{
	[ "$1" = "$2" ] || {
		echo "got: $1, wanted: $2"
		return 1
	}
}

cgroup()
{
	printf '/sys/fs/cgroup%s\n' "$(systemctl show -P ControlGroup "$1")"
}

# limit_is UNIT BYTES: for at most some seconds, while it starts
limit_is()
{
	local dir n got=

	for n in $(seq 40); do
		dir=$(cgroup "$1")
		got=$(cat "$dir/memory.dirty_limit_in_bytes" 2>/dev/null)
		[ "$got" != "$2" ] || return 0
		sleep 0.25
	done
	: "$n"
	echo "$dir: limit is '$got', wanted $2"
	return 1
}

# peak FOLDER SECONDS: the most that is dirty or under writeback there
peak()
{
	local end=$((SECONDS + $2)) now most=0

	while [ "$SECONDS" -lt "$end" ]; do
		now=$(awk '$1 == "dirty" || $1 == "writeback" { n += $2 } END { print n + 0 }' "$1/memory.dirty_stat" 2>/dev/null)
		[ "${now:-0}" -le "$most" ] || most=$now
		sleep 0.1
	done
	echo "$most"
}

# holds FOLDER BYTES SECONDS: it is full, and not over: by 5 % and 1 MiB as the admin-guide says
holds()
{
	local most

	most=$(peak "$1" "$3")
	say "# peak of ${1#/sys/fs/cgroup}: $((most / 1024)) KiB of $(($2 / 1024)) KiB"
	[ "$most" -ge $(($2 / 2)) ] && [ "$most" -le $(($2 * 105 / 100 + 1048576)) ]
}

# below FOLDER BYTES: what was dirty before there was a limit has to be written first
below()
{
	local now=

	for _ in $(seq 120); do
		now=$(awk '$1 == "dirty" || $1 == "writeback" { n += $2 } END { print n + 0 }' "$1/memory.dirty_stat")
		[ "$now" -gt "$2" ] || return 0
		sleep 0.5
	done
	echo "after a minute: $now of $2"
	return 1
}

unit()
{
	cat >"/etc/systemd/system/$1"
}

writer='dd if=/dev/zero of=/data/FILE bs=64k count=8192 conv=notrunc'

units()
{
	unit limited.service <<-END
	[Service]
	ExecStart=/bin/sh -c 'cat /sys/fs/cgroup\$(sed s/^0::// /proc/self/cgroup)/memory.dirty_limit_in_bytes >/run/limited.first; while :; do ${writer/FILE/limited}; done'
	[Install]
	WantedBy=multi-user.target
	END
	unit boxed.service <<-END
	[Service]
	DynamicUser=yes
	ProtectSystem=strict
	ProtectControlGroups=yes
	PrivateUsers=yes
	NoNewPrivileges=yes
	CapabilityBoundingSet=
	SystemCallFilter=@system-service
	ExecStart=/bin/sleep infinity
	END
	unit handed.service <<-END
	[Service]
	Delegate=yes
	ExecStart=/bin/sleep infinity
	END
	unit many@.service <<-END
	[Service]
	ExecStart=/bin/sleep infinity
	[Install]
	WantedBy=multi-user.target
	END
	unit inslice.service <<-END
	[Service]
	Slice=tenants-one.slice
	ExecStart=/bin/sleep infinity
	[Install]
	WantedBy=multi-user.target
	END
	systemctl daemon-reload
	systemctl -q enable limited.service many@a.service inslice.service
}

mount_data()
{
	mkdir -p /data
	mountpoint -q /data || mount /dev/vdb /data
}

kernel_is()
{
	case $(uname -r) in
	*"+memcg-dirty$1") ;;
	*)
		uname -r
		return 1
		;;
	esac
}

figures()
{
	dirtytop --json >/run/d.json && python3 - <<-'END'
	import json
	for c in json.load(open("/run/d.json"))["cgroups"]:
	    for line in open("/sys/fs/cgroup" + c["cgroup"] + "/memory.dirty_stat") if c["limit"] else []:
	        key, value = line.split()
	        if key in ("limit", "background", "min"):
	            assert c[key] == int(value), (c, line)
	END
}

# --- containers: a root file system of busybox alone

rootfs()
{
	rm -rf "$1"
	mkdir -p "$1"/{bin,data,proc,sys,dev,tmp,etc}
	cp /bin/busybox "$1/bin/"
	ln -s busybox "$1/bin/sh"
	ln -s busybox "$1/bin/sleep"
	ln -s busybox "$1/bin/dd"
	printf 'root:x:0:0::/:/bin/sh\n' >"$1/etc/passwd"
}

# found NAME: the folder of a cgroup with that name
found()
{
	local n dir

	for n in $(seq 80); do
		dir=$(find /sys/fs/cgroup -type d -path "*$1*" -not -path '*/init*' 2>/dev/null | while read -r d; do
			[ "$(cat "$d/memory.dirty_limit_in_bytes" 2>/dev/null || echo 0)" = 0 ] || echo "$d"
		done | head -n 1)
		[ -z "$dir" ] || {
			echo "$dir"
			return
		}
		sleep 0.25
	done
	: "$n"
	return 1
}

command='while :; do dd if=/dev/zero of=/data/container bs=64k count=4096 conv=notrunc 2>/dev/null; done'

# contained NAME PATTERN: a container that runs has the limit and holds it
contained()
{
	local dir

	if ! dir=$(found "$2"); then
		echo "no cgroup like $2 has a limit"
		cat /run/"$1".log 2>/dev/null
		find /sys/fs/cgroup -type d | grep -v system.slice | head -n 20
		return 1
	fi
	is "$(cat "$dir/memory.dirty_limit_in_bytes")" $lim && holds "$dir" $lim 15
}

# A page stays charged to the cgroup that brought it in: the next writer wants new ones.
fresh()
{
	rm -f /data/container
	sync
	echo 1 >/proc/sys/vm/drop_caches
}

oci()
{
	local runtime=$1 bundle=/run/oci-$1 unified

	rootfs "$bundle/rootfs"
	(cd "$bundle" && rm -f config.json && "$runtime" spec)
	# The background limit first, and last.
	for unified in '{"memory.dirty_limit_in_bytes": "16M", "memory.dirty_background_limit_in_bytes": "4M"}' \
		'{"memory.dirty_background_limit_in_bytes": "4M", "memory.dirty_limit_in_bytes": "16M"}'; do
		python3 - "$bundle/config.json" "$unified" "$command" <<-'END'
		import json, sys
		c = json.load(open(sys.argv[1]))
		c["process"]["args"] = ["/bin/sh", "-c", sys.argv[3]]
		c["process"]["terminal"] = False
		c["root"]["readonly"] = False
		c["linux"].setdefault("resources", {})["unified"] = json.loads(sys.argv[2])
		c["linux"]["cgroupsPath"] = "/oci-box"
		c["linux"]["namespaces"] = [n for n in c["linux"]["namespaces"] if n["type"] != "cgroup"]
		c["mounts"] = [m for m in c["mounts"] if m["destination"] not in ("/sys", "/sys/fs/cgroup")]
		c["mounts"].append({"destination": "/data", "type": "bind", "source": "/data", "options": ["rbind", "rw"]})
		json.dump(c, open(sys.argv[1], "w"))
		END
		fresh
		"$runtime" run --bundle "$bundle" box >"/run/$runtime.log" 2>&1 </dev/null &
		ok "$runtime: $(tr -d '{}" ' <<<"$unified")" contained "$runtime" oci-box
		"$runtime" kill box KILL >/dev/null 2>&1
		sleep 1
		"$runtime" delete --force box >/dev/null 2>&1
		wait
	done
}

containers()
{
	oci crun
	oci runc

	rootfs /run/podman-root
	tar -C /run/podman-root -c . | podman import -q - busybox:test >/run/podman.log 2>&1
	fresh
	podman run -d --rm --name box --network=none -v /data:/data --cgroup-conf=memory.dirty_limit_in_bytes=16M \
		busybox:test /bin/sh -c "$command" >>/run/podman.log 2>&1
	ok "podman --cgroup-conf" contained podman libpod
	podman rm -f -t 0 box >/dev/null 2>&1

	rootfs /var/lib/lxc/box/rootfs
	cat >/var/lib/lxc/box/config <<-END
	lxc.rootfs.path = dir:/var/lib/lxc/box/rootfs
	lxc.uts.name = box
	lxc.mount.entry = /data data none bind,create=dir 0 0
	lxc.apparmor.profile = unconfined
	lxc.cgroup2.memory.dirty_limit_in_bytes = 16M
	END
	fresh
	lxc-execute -n box -d -l debug -o /run/lxc.log -- /bin/sh -c "$command" >/run/lxc.log.out 2>&1
	ok "LXC lxc.cgroup2" contained lxc lxc
	lxc-stop -k -n box >/dev/null 2>&1
}

# --- stages

stage_1()
{
	ok "the packaged kernel runs" kernel_is 1
	ok "the module is loaded at boot" test -d /sys/module/memcg_dirty
	ok "systemd-modules-load did it, without an error" systemctl -q is-active systemd-modules-load.service
	say "# failed units: $(systemctl --failed --no-legend --plain | cut -d ' ' -f 1 | paste -s -d ' ')"
	mount_data
	units
	systemctl start limited boxed handed many@a inslice
	ok "memcg-dirty refuses nonsense" is "$(memcg-dirty set limited 16X >/dev/null 2>&1; echo $?)" 1
	ok "set: a service that runs" memcg-dirty set limited 16M
	ok "it is in force at once" limit_is limited.service $lim
	ok "it is below the limit soon" below "$(cgroup limited.service)" $lim
	ok "the service holds its limit" holds "$(cgroup limited.service)" $lim 15
	systemctl restart limited
	ok "restart keeps it" limit_is limited.service $lim
	ok "it is in force before the first process" is "$(sleep 2; cat /run/limited.first)" $lim
	systemctl daemon-reload
	ok "daemon-reload keeps it" limit_is limited.service $lim
	systemctl daemon-reexec
	ok "daemon-reexec keeps it" limit_is limited.service $lim
	memcg-dirty set boxed 8M >/dev/null
	systemctl restart boxed
	ok "a service in a sandbox" limit_is boxed.service 8388608
	memcg-dirty set handed 8M >/dev/null
	systemctl restart handed
	ok "a service with Delegate=" limit_is handed.service 8388608
	memcg-dirty set many@.service 4M >/dev/null
	ok "a template: what runs" limit_is many@a.service 4194304
	systemctl start many@b
	ok "a template: what starts later" limit_is many@b.service 4194304
	memcg-dirty set many@b.service 12M >/dev/null
	systemctl restart many@b
	ok "an instance of its own" limit_is many@b.service 12582912
	memcg-dirty unset many@b.service >/dev/null
	ok "without it, that of the template" limit_is many@b.service 4194304
	ok "set: a slice that is there" memcg-dirty set tenants-one.slice 32M
	ok "it is in force at once (slice)" limit_is tenants-one.slice 33554432
	systemctl stop inslice
	systemctl stop tenants-one.slice
	systemctl start inslice
	ok "a slice that starts again" limit_is tenants-one.slice 33554432
	ok "set: system.slice" memcg-dirty set system.slice 512M
	memcg-dirty set user-.slice 64M >/dev/null
	systemctl start user-4711.slice
	ok "user-.slice: a slice of a user" limit_is user-4711.slice 67108864
	ok "dirtytop has the figures of the files" figures
	ok "dirtytop --once names the service" sh -c 'dirtytop --once -b | grep limited.service'
	ok "a user without rights can look" sh -c 'cd / && setpriv --reuid 65534 --regid 65534 --clear-groups dirtytop --once | grep -q limited'
	systemctl stop limited
	containers
	without_module
}

# What users of containers see of a kernel without the module
without_module()
{
	mkdir -p /run/modprobe.d
	echo 'install memcg_dirty /bin/false' >/run/modprobe.d/none.conf
	ok "the module unloads under limits" rmmod memcg_dirty
	ok "without the module, a service starts all the same" systemctl restart boxed
	ok "without the module, the journal says so" sh -c 'sleep 1; journalctl -b -u boxed | grep "runs without its limit"'
	podman run --rm --network=none --cgroup-conf=memory.dirty_limit_in_bytes=16M busybox:test /bin/sh -c true >/run/without 2>&1
	say "# without the module, podman: status $?: $(tail -n 1 /run/without)"
	for runtime in crun runc; do
		"$runtime" run --bundle "/run/oci-$runtime" box >/run/without 2>&1 </dev/null
		say "# without the module, $runtime: status $?: $(tail -n 1 /run/without)"
		"$runtime" delete --force box >/dev/null 2>&1
	done
	rm -f /run/lxc.log
	timeout 60 lxc-execute -n box -l error -o /run/lxc.log -- /bin/sh -c true >/run/without 2>&1
	say "# without the module, LXC: status $?: $(grep -m 1 -i -E 'cgroup|dirty' /run/lxc.log)"
	rm -f /run/modprobe.d/none.conf
	modprobe memcg_dirty
}

stage_2()
{
	ok "reboot: the module is loaded" test -d /sys/module/memcg_dirty
	mount_data
	ok "reboot: the service has its limit" limit_is limited.service $lim
	ok "reboot: it had it before its first process" is "$(cat /run/limited.first)" $lim
	ok "reboot: the service holds it" holds "$(cgroup limited.service)" $lim 20
	ok "reboot: the template has it" limit_is many@a.service 4194304
	ok "reboot: the slice has it" limit_is tenants-one.slice 33554432
	ok "reboot: system.slice has it" limit_is system.slice 536870912
	if [ -e $here/next ]; then
		ok "upgrade: the packages of the next build" dpkg -i $here/next/*.deb
		ok "upgrade: the limit is kept" limit_is limited.service $lim
	fi
}

# Not in turn: for who works on these
stage_containers()
{
	mount_data
	systemctl stop limited
	containers
}

stage_3()
{
	ok "next build: its kernel runs" kernel_is 2
	ok "next build: the module is loaded" test -d /sys/module/memcg_dirty
	ok "next build: the service has its limit" limit_is limited.service $lim
	mount_data
	stage_remove
}

stage_remove()
{
	ok "unset" memcg-dirty unset limited
	ok "unset: no limit" limit_is limited.service 0
	local left
	mapfile -t left < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' '*memcg-dirty*' | sed -n 's/ installed$//p')
	ok "remove: ${left[*]}" dpkg -r "${left[@]}"
	ok "remove leaves no file" is "$(find / -xdev \( -path /opt -o -path /data -o -path /run -o -path /proc -o -path /var/log \) -prune -o \
		\( -iname '*memcg*dirty*' -o -iname 'dirtytop*' \) -print | grep -v -e '^/etc/systemd/system/' -e '/var/lib/dpkg/info/' -e '/lib/modules/[^/]*$')" ""
	# depmod's, which no package of the kernel's bindeb-pkg has
	say "# what stays of the kernel: $(find /usr/lib/modules -path '*memcg-dirty*' -type f | wc -l) files in /usr/lib/modules"
	ok "purge" dpkg -P "${left[@]}"
	ok "purge leaves no limit" is "$(find /etc /var/lib/dpkg -name '*memcg*dirty*')" ""
}

[ "$stage" = 1 ] || sleep 1
"stage_$stage"
case $stage in
[0-9]) echo $((stage + 1)) >/var/lib/check-install/stage ;;
esac
sync
say "done $stage"
systemctl --no-block reboot
