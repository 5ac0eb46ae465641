// SPDX-License-Identifier: GPL-2.0
/*
 * Bulk writers: each of -j processes writes its own file from start to end, in
 * blocks, and starts over when it has written -s bytes of it. Nothing is synced
 * and nothing truncated: what is dirty stays for the kernel to deal with.
 *
 *   writer -d DIR [-j JOBS] [-s BYTES] [-b BYTES] [-t SECONDS] [-m]
 *
 * -m dirties the pages through a shared mapping. -t 0 runs until killed.
 * Prints "bytes=N usec=N stall_usec=N": the sum over the jobs, the time they
 * took, and the longest that a single block took.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "util.h"

struct job {
	u64 bytes;
	u64 stall;
};

static const char *dir;
static u64 file_bytes = 1ull << 30, block_bytes = 64ull << 10, deadline;
static bool use_mmap;

static int open_file(unsigned int nr)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/w.%u", dir, nr);
	fd = open(path, O_RDWR | O_CREAT, 0644);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static void write_block(int fd, char *map, const char *buf, u64 off)
{
	ssize_t done;

	if (map) {
		memcpy(map + off, buf, block_bytes);
		return;
	}
	done = pwrite(fd, buf, block_bytes, off);
	if (done != (ssize_t)block_bytes)
		err(1, "pwrite at %llu: %zd", off, done);
}

static void run_job(unsigned int nr, struct job *job)
{
	int fd = open_file(nr);
	char *map = NULL, *buf;
	u64 off = 0;

	buf = malloc(block_bytes);
	if (!buf)
		err(1, "malloc");
	memset(buf, 'a' + nr % 26, block_bytes);
	if (use_mmap) {
		if (ftruncate(fd, file_bytes))
			err(1, "ftruncate");
		map = mmap(NULL, file_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (map == MAP_FAILED)
			err(1, "mmap");
	}
	for (;;) {
		u64 start = now_us(), took;

		if (deadline && start >= deadline)
			break;
		write_block(fd, map, buf, off);
		took = now_us() - start;
		if (took > job->stall)
			job->stall = took;
		job->bytes += block_bytes;
		off += block_bytes;
		if (off + block_bytes > file_bytes)
			off = 0;
	}
}

int main(int argc, char **argv)
{
	unsigned int jobs = 1, seconds = 0, i;
	u64 start, bytes = 0, stall = 0;
	struct job *job;
	int opt, status;

	while ((opt = getopt(argc, argv, "d:j:s:b:t:m")) != -1) {
		switch (opt) {
		case 'd':
			dir = optarg;
			break;
		case 'j':
			jobs = parse_size(optarg);
			break;
		case 's':
			file_bytes = parse_size(optarg);
			break;
		case 'b':
			block_bytes = parse_size(optarg);
			break;
		case 't':
			seconds = parse_size(optarg);
			break;
		case 'm':
			use_mmap = true;
			break;
		default:
			return 2;
		}
	}
	if (!dir || !jobs || !block_bytes || block_bytes > file_bytes)
		errx(2, "-d DIR, at least one job, and a block within the file");

	job = mmap(NULL, jobs * sizeof(*job), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (job == MAP_FAILED)
		err(1, "mmap");
	start = now_us();
	if (seconds)
		deadline = start + seconds * USEC_PER_SEC;
	for (i = 0; i < jobs; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (!pid) {
			run_job(i, &job[i]);
			_exit(0);
		}
	}
	for (i = 0; i < jobs; i++) {
		if (wait(&status) < 0 || status)
			errx(1, "a job failed with status %#x", status);
	}
	for (i = 0; i < jobs; i++) {
		bytes += job[i].bytes;
		if (job[i].stall > stall)
			stall = job[i].stall;
	}
	printf("bytes=%llu usec=%llu stall_usec=%llu\n", bytes,
	       (now_us() - start), stall);
	return 0;
}
