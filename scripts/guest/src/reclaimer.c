// SPDX-License-Identifier: GPL-2.0
/*
 * What a cgroup with little memory waits for: rewrites FILE, whose pages are dirty
 * then, and has a child touch so much anonymous memory that they must go. Again and
 * again.
 *
 *   reclaimer -d BYTES -a BYTES [-n ROUNDS] -l LOG FILE
 *
 *   -d	of the file; -a: of memory; -n: how often (200)
 *
 * LOG gets one line for each round, "<start> <latency> <killed>": the first two in
 * microseconds, of touching all the memory; killed is 1 where the child was, which
 * is what the want of memory does to it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "util.h"

#define BLOCK_BYTES	(64ul << 10)

static u64 dirty_bytes, alloc_bytes, rounds = 200;

static void dirty_file(int fd)
{
	static char buf[BLOCK_BYTES];
	u64 offset;

	memset(buf, 'r', sizeof(buf));
	for (offset = 0; offset < dirty_bytes; offset += sizeof(buf))
		if (pwrite(fd, buf, sizeof(buf), offset) != (ssize_t)sizeof(buf))
			err(1, "pwrite");
}

/* In a process of its own, which gives all of it back. */
static int touch_memory(void)
{
	char *mem;
	u64 i;

	mem = mmap(NULL, alloc_bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		return 1;
	for (i = 0; i < alloc_bytes; i += PAGE_BYTES)
		mem[i] = 1;
	return 0;
}

int main(int argc, char **argv)
{
	const char *log = NULL;
	FILE *out;
	int opt, fd;
	u64 round;

	while ((opt = getopt(argc, argv, "d:a:n:l:")) != -1) {
		switch (opt) {
		case 'd':
			dirty_bytes = parse_size(optarg);
			break;
		case 'a':
			alloc_bytes = parse_size(optarg);
			break;
		case 'n':
			rounds = parse_size(optarg);
			break;
		case 'l':
			log = optarg;
			break;
		default:
			return 2;
		}
	}
	if (optind != argc - 1 || !log || !alloc_bytes || dirty_bytes % BLOCK_BYTES)
		errx(2, "-d, a multiple of %lu, -a, -l LOG and a FILE are needed", BLOCK_BYTES);
	fd = open(argv[optind], O_WRONLY | O_CREAT, 0644);
	if (fd < 0)
		err(1, "%s", argv[optind]);
	out = fopen(log, "w");
	if (!out)
		err(1, "%s", log);

	for (round = 0; round < rounds; round++) {
		int status;
		u64 start;
		pid_t pid;

		dirty_file(fd);
		start = now_us();
		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (!pid)
			_exit(touch_memory());
		if (waitpid(pid, &status, 0) != pid)
			err(1, "wait");
		if (status && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
			errx(1, "the child failed with status %#x", status);
		fprintf(out, "%llu %llu %d\n", start, now_us() - start, !!status);
	}
	if (fclose(out))
		err(1, "%s", log);
	return 0;
}
