#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The cases of systemd.sh, run by the systemd that it starts.

set -u
export LC_ALL=C MEMCG_DIRTY_ROOT=/fake
boot=$(cat /opt/boot)
system=/system.slice

cgroups()
{
	local dir file

	for dir; do
		mkdir -p "/fake$dir"
		for file in dirty_limit_in_bytes dirty_background_limit_in_bytes dirty_ratio dirty_background_ratio; do
			echo 0 >"/fake$dir/memory.$file"
		done
	done
}

# A cgroup that is made anew has no limit.
anew()
{
	local dir

	for dir; do
		echo 0 >"/fake$dir/memory.dirty_limit_in_bytes"
	done
}

# is NAME CGROUP BYTES
is()
{
	local got=

	for _ in 1 2 3 4 5 6 7 8 9 10; do
		got=$(cat "/fake$2/memory.dirty_limit_in_bytes")
		[ "$got" != "$3" ] || break
		sleep 0.3
	done
	if [ "$got" = "$3" ]; then
		echo "ok systemd: $1"
	else
		echo "not ok systemd: $1 ($got, not $3)"
	fi
}

# ok NAME COMMAND...
ok()
{
	local name=$1

	shift
	if "$@"; then
		echo "ok systemd: $name"
	else
		echo "not ok systemd: $name"
	fi
}

unit()
{
	cat >"/etc/systemd/system/$1"
}

boot_1()
{
	local weird="$system/system-we\\x5cx2dird.slice/we\\x2dird@x.service" u

	cgroups $system $system/{limited,boxed,handed,rooted}.service $system/system-many.slice/many@{a,b}.service \
		/tenants.slice{,/tenants-one.slice} /user.slice/user-4711.slice "$weird"
	: >/fake/memory.dirty_stat
	unit limited.service <<-END
	[Service]
	ExecStart=/bin/sh -c 'cat /fake$system/limited.service/memory.dirty_limit_in_bytes >/opt/first; exec sleep infinity'
	[Install]
	WantedBy=multi-user.target
	END
	unit boxed.service <<-END
	[Service]
	DynamicUser=yes
	ProtectSystem=strict
	ProtectControlGroups=yes
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
	unit rooted.service <<-END
	[Service]
	RootDirectory=/srv
	ExecStart=/bin/sleep infinity
	END
	unit many@.service <<-END
	[Service]
	ExecStart=/bin/sleep infinity
	[Install]
	WantedBy=multi-user.target
	END
	cp /etc/systemd/system/many@.service '/etc/systemd/system/we\x2dird@.service'
	unit inslice.service <<-END
	[Service]
	Slice=tenants-one.slice
	ExecStart=/bin/sleep infinity
	[Install]
	WantedBy=multi-user.target
	END
	systemctl daemon-reload
	systemctl -q enable limited.service many@a.service inslice.service
	systemctl start limited handed boxed many@a inslice

	memcg-dirty set limited 16M
	is "set is in force at once" $system/limited.service 16777216
	anew $system/limited.service
	systemctl restart limited
	is "restart keeps it" $system/limited.service 16777216
	sleep 1
	ok "it is there before the first process" grep -qx 16777216 /opt/first
	systemctl daemon-reload
	is "daemon-reload keeps it" $system/limited.service 16777216
	for u in boxed handed; do
		memcg-dirty set $u 8M
		anew $system/$u.service
		systemctl restart $u
		is "a $u service" $system/$u.service 8388608
	done
	memcg-dirty set rooted 8M
	ok "a service with RootDirectory= is refused" [ $? = 1 ]
	memcg-dirty set nothing 8M
	ok "a service that is not there is refused" [ $? = 1 ]
	memcg-dirty set many@.service 4M
	is "a template: what runs" $system/system-many.slice/many@a.service 4194304
	systemctl start many@b
	is "a template: what starts later" $system/system-many.slice/many@b.service 4194304
	memcg-dirty set many@b.service 12M
	anew $system/system-many.slice/many@b.service
	systemctl restart many@b
	is "an instance with a limit of its own" $system/system-many.slice/many@b.service 12582912
	memcg-dirty unset many@b.service
	is "without it, that of the template" $system/system-many.slice/many@b.service 4194304
	memcg-dirty set 'we\x2dird@.service' 4M
	systemctl start 'we\x2dird@x'
	is "a name with a backslash" "$weird" 4194304
	ok "list finds what runs of it" sh -c "memcg-dirty list | grep -F x2dird | grep '4194304.*4194304'"
	memcg-dirty set tenants-one.slice 32M
	is "a slice at once" /tenants.slice/tenants-one.slice 33554432
	systemctl stop inslice tenants-one.slice
	anew /tenants.slice/tenants-one.slice
	systemctl start inslice
	is "a slice that starts again" /tenants.slice/tenants-one.slice 33554432
	memcg-dirty set tenants.slice 100M
	is "its parent" /tenants.slice 104857600
	memcg-dirty set system.slice 512M
	is "system.slice" $system 536870912
	memcg-dirty set user-.slice 64M
	systemctl start user-4711.slice
	is "user-.slice: a slice of a user" /user.slice/user-4711.slice 67108864

	# As after a reboot
	anew $system $system/limited.service $system/system-many.slice/many@a.service /tenants.slice /tenants.slice/tenants-one.slice
	rm -f /opt/first
	mv /fake$system/boxed.service/memory.dirty_limit_in_bytes /fake/away
	systemctl restart boxed
	ok "without the files, a service starts all the same" systemctl -q is-active boxed
	mv /fake/away /fake$system/boxed.service/memory.dirty_limit_in_bytes
}

boot_2()
{
	sleep 1
	is "reboot: the service has it" $system/limited.service 16777216
	ok "reboot: it had it before its first process" grep -qx 16777216 /opt/first
	is "reboot: the template" $system/system-many.slice/many@a.service 4194304
	is "reboot: the slice" /tenants.slice/tenants-one.slice 33554432
	is "reboot: its parent" /tenants.slice 104857600
	is "reboot: system.slice" $system 536870912
	for u in limited boxed handed many@.service 'we\x2dird@.service' tenants-one.slice tenants.slice system.slice user-.slice; do
		memcg-dirty unset "$u" || :
	done
	is "unset" $system/limited.service 0
	ok "unset leaves no file" [ -z "$(find /etc/systemd -name '*memcg*dirty*')" ]
}

"boot_$boot"
echo end
