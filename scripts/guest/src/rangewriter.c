// SPDX-License-Identifier: GPL-2.0
/*
 * Writes one range of each FILE, a block in each in turn, and starts over at the end
 * of the range. Several of these share a file, each with a range of its own.
 *
 *   rangewriter [-o OFFSET] -s BYTES [-b BYTES] [-1] [-t SECONDS] [-w SECONDS]
 *               [-r BYTES] [-R] [-u] [-g FIFO] [-l LOG] FILE...
 *
 *   -o, -s	where the range begins and how long it is
 *   -b	the block (64K)
 *   -1	writes the range once and ends
 *   -t	ends after that time; 0 runs until killed
 *   -w	what begins in the first seconds is not in the sum that is printed
 *   -r	so many bytes a second, of all files together, instead of all it can
 *   -R	blocks in an order that looks random, and is the same in every run
 *   -u	uncached: with RWF_DONTCACHE, which a kernel may not have
 *   -g	opens the files, then waits until somebody opens FIFO to write
 *
 * Prints "bytes=N usec=N stall_usec=N": the sum, the time it took, and the longest
 * that a block took. LOG gets one line for each block, "<start> <latency>" in
 * microseconds, held in memory until the end as the appender does. A block that is
 * under way when the time is up is waited for and counted.
 *
 * A paced writer does not make up for a stall of more than 100 ms: its rate is then
 * below the one that it was given, which shows that it was kept from writing.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include "util.h"

#ifndef RWF_DONTCACHE
#define RWF_DONTCACHE	0x00000080
#endif

/* Ahead by so much it sleeps: a wakeup for each block would cost more than the block. */
#define AHEAD_NS	(10 * NSEC_PER_MSEC)
#define ARREARS_NS	(100 * NSEC_PER_MSEC)

struct sample {
	u64 start;
	u64 latency;
};

static u64 offset, range_bytes, block_bytes = 64ull << 10, rate;
static unsigned int seconds, warm_seconds;
static bool once, random_order;
static int write_flags;

static struct sample *samples;
static size_t nr_samples, room;

static void record(u64 start, u64 latency)
{
	if (nr_samples == room) {
		room = room ? 2 * room : 4096;
		samples = realloc(samples, room * sizeof(*samples));
		if (!samples)
			err(1, "realloc");
	}
	samples[nr_samples].start = start;
	samples[nr_samples++].latency = latency;
}

static void write_log(const char *log)
{
	FILE *out = fopen(log, "w");
	size_t i;

	if (!out)
		err(1, "%s", log);
	for (i = 0; i < nr_samples; i++)
		fprintf(out, "%llu %llu\n", samples[i].start,
			samples[i].latency);
	if (fclose(out))
		err(1, "%s", log);
}

/* The block that is written as number nr. */
static u64 pick(u64 nr, u64 blocks)
{
	static u64 state = 88172645463325252ull;

	if (!random_order)
		return nr % blocks;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % blocks;
}

/* Waits for the time of the block that is due; returns when the one after it is. */
static u64 pace(u64 due)
{
	u64 now = now_ns();

	if (now > due + ARREARS_NS)
		due = now;
	if (due > now + AHEAD_NS) {
		struct timespec until = {
			.tv_sec = due / NSEC_PER_SEC,
			.tv_nsec = due % NSEC_PER_SEC,
		};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	}
	return due + block_bytes * NSEC_PER_SEC / rate;
}

static void run(const int *fds, unsigned int nr_fds, bool keep)
{
	u64 blocks = range_bytes / block_bytes, nr, end;
	u64 begin = now_us(), warm = begin + warm_seconds * USEC_PER_SEC;
	u64 bytes = 0, stall = 0, due = now_ns();
	char *buf = malloc(block_bytes);
	struct iovec iov = { .iov_base = buf, .iov_len = block_bytes };
	bool ends = seconds;

	if (!buf)
		err(1, "malloc");
	memset(buf, 'r', block_bytes);
	end = begin + seconds * USEC_PER_SEC;
	for (nr = 0; !once || nr < blocks; nr++) {
		u64 off = offset + pick(nr, blocks) * block_bytes;
		unsigned int i;

		for (i = 0; i < nr_fds; i++) {
			u64 start, took;

			if (rate)
				due = pace(due);
			start = now_us();
			if (ends && start >= end)
				goto out;
			if (pwritev2(fds[i], &iov, 1, off, write_flags) != (ssize_t)block_bytes)
				err(1, "write at %llu", off);
			took = now_us() - start;
			if (keep)
				record(start, took);
			if (start < warm)
				continue;
			bytes += block_bytes;
			if (took > stall)
				stall = took;
		}
	}
out:
	end = now_us();
	printf("bytes=%llu usec=%llu stall_usec=%llu\n", bytes,
	       end > warm ? end - warm : 0, stall);
}

int main(int argc, char **argv)
{
	const char *log = NULL, *fifo = NULL;
	int opt, nr, i, *fds;

	while ((opt = getopt(argc, argv, "o:s:b:1t:w:r:Rug:l:")) != -1) {
		switch (opt) {
		case 'o':
			offset = parse_size(optarg);
			break;
		case 's':
			range_bytes = parse_size(optarg);
			break;
		case 'b':
			block_bytes = parse_size(optarg);
			break;
		case '1':
			once = true;
			break;
		case 't':
			seconds = parse_size(optarg);
			break;
		case 'w':
			warm_seconds = parse_size(optarg);
			break;
		case 'r':
			rate = parse_size(optarg);
			break;
		case 'R':
			random_order = true;
			break;
		case 'u':
			write_flags = RWF_DONTCACHE;
			break;
		case 'g':
			fifo = optarg;
			break;
		case 'l':
			log = optarg;
			break;
		default:
			return 2;
		}
	}
	nr = argc - optind;
	if (nr < 1 || !block_bytes || block_bytes > range_bytes)
		errx(2, "at least one FILE, and a block within the range of -s BYTES");
	if (once && random_order)
		errx(2, "-1 writes in order");

	fds = calloc(nr, sizeof(*fds));
	if (!fds)
		err(1, "calloc");
	for (i = 0; i < nr; i++) {
		fds[i] = open(argv[optind + i], O_WRONLY | O_CREAT, 0644);
		if (fds[i] < 0)
			err(1, "%s", argv[optind + i]);
	}
	if (fifo) {
		int fd = open(fifo, O_RDONLY);

		if (fd < 0)
			err(1, "%s", fifo);
		close(fd);
	}
	run(fds, nr, log);
	if (log)
		write_log(log);
	return 0;
}
