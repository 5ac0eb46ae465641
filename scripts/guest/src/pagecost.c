// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to dirty a page: pwrite() of 4 KiB, one page after the other.
 *
 *   pagecost -f FILE [-p PAGES] [-n REPEATS] [-o OWNER -c WRITER]
 *
 * Each round measures
 *   append	pages that the file did not have, up to the last pwrite()
 *   rewrite	the same pages again, clean and in the page cache
 *   sync	the fsync() that follows both, counted together
 * and prints "NAME ns=N pages=N". Under QEMU's -icount with shift=1 and one CPU
 * that never idles, the nanoseconds are twice the instructions. A first round
 * that nothing is printed of fills the caches. Between measurements the pages
 * are synced, so that every one starts with nothing dirty.
 *
 * OWNER and WRITER are folders of cgroups. With them every round makes the file
 * anew in OWNER, which writes and syncs a few pages of it, so that the inode is
 * attached to OWNER's writeback; then WRITER does everything that is measured. The
 * pages are charged to WRITER, which brings them into the page cache: if OWNER is
 * another cgroup, each of them is a foreign one. A round has to begin with a new
 * inode, as writeback counts who dirtied what it writes and gives an inode that
 * another cgroup keeps writing to that cgroup: when more than 8 of 16 marks are
 * against the owner. One sync makes at most 5 marks (wbc_detach_inode()), so that
 * the inode is OWNER's until the second one ends.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "util.h"

#define OWNER_PAGES	16ul

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

static void move_to(const char *cgroup)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		err(1, "%s", path);
	close(fd);
}

/* A new file whose inode belongs to the cgroup, with nothing where pages are written. */
static int open_owned(const char *file, const char *owner)
{
	static char some[OWNER_PAGES * PAGE_BYTES];
	int fd;

	if (unlink(file) && errno != ENOENT)
		err(1, "%s", file);
	move_to(owner);
	fd = open(file, O_RDWR | O_CREAT | O_EXCL, 0644);
	if (fd < 0)
		err(1, "%s", file);
	if (pwrite(fd, some, sizeof(some), pages * PAGE_BYTES) != (ssize_t)sizeof(some))
		err(1, "pwrite");
	sync_pages(fd);
	return fd;
}

static void show(const char *name, u64 ns, unsigned long nr)
{
	printf("%s ns=%llu pages=%lu\n", name, ns, nr);
}

int main(int argc, char **argv)
{
	const char *file = NULL, *owner = NULL, *writer = NULL;
	unsigned int repeats = 5, i;
	int fd, opt;

	while ((opt = getopt(argc, argv, "f:p:n:o:c:")) != -1) {
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
		case 'o':
			owner = optarg;
			break;
		case 'c':
			writer = optarg;
			break;
		default:
			return 2;
		}
	}
	if (!file || !pages)
		errx(2, "-f FILE and at least one page are needed");
	if (!owner != !writer)
		errx(2, "-o OWNER and -c WRITER go together");

	for (i = 0; i <= repeats; i++) {
		u64 append, rewrite, sync;

		if (owner) {
			fd = open_owned(file, owner);
			move_to(writer);
		} else {
			fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0644);
			if (fd < 0)
				err(1, "%s", file);
			sync_pages(fd);
		}
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
