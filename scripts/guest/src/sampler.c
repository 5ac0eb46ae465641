// SPDX-License-Identifier: GPL-2.0
/*
 * Samples the dirty memory of cgroups.
 *
 *   sampler -o LOG [-i INTERVAL_MS] [-d DISK] [-l] CGROUP...
 *
 * LOG gets one line for each sample: the time in microseconds, then for each
 * cgroup file_dirty, file_writeback (memory.stat) and the sum of wbytes (io.stat),
 * and with -d what DISK has completed of writes, all in bytes. Ends on SIGTERM,
 * after a last sample.
 *
 * memory.stat tolerates an error of 64 pages for each CPU before it brings its
 * counts up to date; reading cpu.stat flushes all of a cgroup's counts whatever
 * their error, so that is read first, and the figures are exact. Newer kernels flush
 * the cpu controller's alone then. With -l a cgroup's figures are those of
 * memory.dirty_stat, while it has a limit: they are exact to a 64th of that.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "util.h"

#define MAX_CGROUPS	32
#define SECTOR_BYTES	512

struct group {
	int cpu, mem, io, dirty;
};

static int try_open_in(const char *dir, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return open(path, O_RDONLY);
}

static int open_in(const char *dir, const char *name)
{
	int fd = try_open_in(dir, name);

	if (fd < 0)
		err(1, "%s/%s", dir, name);
	return fd;
}

static const char *read_all(int fd)
{
	static char buf[16384];
	ssize_t n = pread(fd, buf, sizeof(buf) - 1, 0);

	if (n < 0)
		err(1, "read");
	buf[n] = '\0';
	return buf;
}

/* The value after "key " at the start of a line. */
static unsigned long long stat_value(const char *text, const char *key)
{
	size_t len = strlen(key);

	while (text) {
		if (!strncmp(text, key, len) && text[len] == ' ')
			return strtoull(text + len, NULL, 10);
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	errx(1, "no %s in memory.stat or memory.dirty_stat", key);
}

/* The sum of every "wbytes=". */
static unsigned long long io_wbytes(const char *text)
{
	unsigned long long sum = 0;

	while ((text = strstr(text, "wbytes="))) {
		text += strlen("wbytes=");
		sum += strtoull(text, NULL, 10);
	}
	return sum;
}

/* The seventh figure of a disk's stat. */
static unsigned long long disk_wbytes(const char *text)
{
	unsigned long long sectors;

	if (sscanf(text, "%*u %*u %*u %*u %*u %*u %llu", &sectors) != 1)
		errx(1, "not a disk's stat: '%s'", text);
	return sectors * SECTOR_BYTES;
}

static void sample(FILE *out, const struct group *groups, int nr, int disk)
{
	int i;

	fprintf(out, "%llu", now_us());
	for (i = 0; i < nr; i++) {
		const char *text = groups[i].dirty < 0 ? NULL : read_all(groups[i].dirty);

		if (text && stat_value(text, "limit")) {
			fprintf(out, " %llu %llu", stat_value(text, "dirty"),
				stat_value(text, "writeback"));
		} else {
			read_all(groups[i].cpu);
			text = read_all(groups[i].mem);
			fprintf(out, " %llu %llu", stat_value(text, "file_dirty"),
				stat_value(text, "file_writeback"));
		}
		fprintf(out, " %llu", io_wbytes(read_all(groups[i].io)));
	}
	if (disk >= 0)
		fprintf(out, " %llu", disk_wbytes(read_all(disk)));
	fputc('\n', out);
}

int main(int argc, char **argv)
{
	struct group groups[MAX_CGROUPS];
	u64 interval_ms = 20, interval, next;
	const char *log = NULL;
	bool limited = false;
	sigset_t term;
	int opt, i, nr, disk = -1;
	char dir[64];
	FILE *out;

	while ((opt = getopt(argc, argv, "o:i:d:l")) != -1) {
		switch (opt) {
		case 'o':
			log = optarg;
			break;
		case 'i':
			interval_ms = parse_size(optarg);
			break;
		case 'd':
			snprintf(dir, sizeof(dir), "/sys/block/%s", optarg);
			disk = open_in(dir, "stat");
			break;
		case 'l':
			limited = true;
			break;
		default:
			return 2;
		}
	}
	nr = argc - optind;
	if (!log || nr < 1 || nr > MAX_CGROUPS || !interval_ms || interval_ms >= 1000)
		errx(2, "-o LOG, an interval below a second and 1 to %d cgroups are needed",
		     MAX_CGROUPS);
	interval = interval_ms * NSEC_PER_MSEC;
	for (i = 0; i < nr; i++) {
		groups[i].cpu = open_in(argv[optind + i], "cpu.stat");
		groups[i].mem = open_in(argv[optind + i], "memory.stat");
		groups[i].io = open_in(argv[optind + i], "io.stat");
		groups[i].dirty = limited ? try_open_in(argv[optind + i], "memory.dirty_stat") : -1;
	}
	out = fopen(log, "w");
	if (!out)
		err(1, "%s", log);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);

	for (next = now_ns();; next += interval) {
		u64 now = now_ns();
		struct timespec pause = { 0 };

		if (next > now)
			pause.tv_nsec = next - now;
		else
			next = now;
		if (sigtimedwait(&term, NULL, &pause) == SIGTERM)
			break;
		sample(out, groups, nr, disk);
	}
	sample(out, groups, nr, disk);
	if (fclose(out))
		err(1, "%s", log);
	return 0;
}
