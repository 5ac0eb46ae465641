// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to dirty a page: pwrite() of 4 KiB, one page after the other.
 *
 *   pagecost -f FILE [-p PAGES] [-n REPEATS]
 *
 * Each round measures
 *   append	pages that the file did not have, up to the last pwrite()
 *   rewrite	the same pages again, clean and in the page cache
 *   sync	the fsync() that follows both, counted together
 * and prints "NAME ns=N pages=N". Under QEMU's -icount with shift=1 and one CPU
 * that never idles, the nanoseconds are twice the instructions. A first round
 * that nothing is printed of fills the caches. Between measurements the pages
 * are synced, so that every one starts with nothing dirty.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "util.h"

static unsigned long pages = 16384;

static u64 write_pages(int fd)
{
	static char page[PAGE_BYTES];
	u64 start = now_ns();
	unsigned long i;

	for (i = 0; i < pages; i++)
		if (pwrite(fd, page, sizeof(page), i * PAGE_BYTES) != (ssize_t)sizeof(page))
			err(1, "pwrite");
	return now_ns() - start;
}

static u64 sync_pages(int fd)
{
	u64 start = now_ns();

	if (fsync(fd))
		err(1, "fsync");
	return now_ns() - start;
}

static void show(const char *name, u64 ns, unsigned long nr)
{
	printf("%s ns=%llu pages=%lu\n", name, ns, nr);
}

int main(int argc, char **argv)
{
	unsigned int repeats = 5, i;
	const char *file = NULL;
	int fd, opt;

	while ((opt = getopt(argc, argv, "f:p:n:")) != -1) {
		switch (opt) {
		case 'f':
			file = optarg;
			break;
		case 'p':
			pages = parse_size(optarg);
			break;
		case 'n':
			repeats = parse_size(optarg);
			break;
		default:
			return 2;
		}
	}
	if (!file || !pages)
		errx(2, "-f FILE and at least one page are needed");

	for (i = 0; i <= repeats; i++) {
		u64 append, rewrite, sync;

		fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0644);
		if (fd < 0)
			err(1, "%s", file);
		sync_pages(fd);
		append = write_pages(fd);
		sync = sync_pages(fd);
		rewrite = write_pages(fd);
		sync += sync_pages(fd);
		close(fd);
		if (!i)
			continue;
		show("append", append, pages);
		show("rewrite", rewrite, pages);
		show("sync", sync, 2 * pages);
	}
	if (unlink(file))
		err(1, "%s", file);
	return 0;
}
