// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the cgroups below a root: memory.dirty_stat or, without the module,
 * file_dirty and file_writeback of memory.stat; and io.stat. A file that is not
 * there, or that may not be read, leaves its numbers out. A cgroup that is removed
 * meanwhile is left out as a whole.
 */

#include "sample.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const char *const kick_names[NR_KICKS] = {
	[KICK_BACKGROUND] = "background",
	[KICK_LIMIT] = "limit",
	[KICK_USER] = "user",
	[KICK_THROTTLE] = "throttle",
	[KICK_RECLAIM] = "reclaim",
	[KICK_DONTCACHE] = "dontcache",
};

/* One buffer for all files: memory.stat is some 2 kB, io.stat a line per disk. */
static char buf[64 * 1024];

/* The text of a file, or NULL. What does not fit is cut off at a line. */
static char *read_file(int dir, const char *name)
{
	size_t len = 0;
	ssize_t got;
	int fd;

	fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	do {
		got = read(fd, buf + len, sizeof(buf) - 1 - len);
		if (got > 0)
			len += got;
	} while ((got > 0 && len < sizeof(buf) - 1) || (got < 0 && errno == EINTR));
	close(fd);
	if (got < 0)
		return NULL;
	buf[len] = '\0';
	if (len == sizeof(buf) - 1)
		*(strrchr(buf, '\n') ?: buf) = '\0';
	return buf;
}

/* Cuts the next line off *text: its first word, and what follows it. */
static char *next_line(char **text, char **rest)
{
	char *line = *text, *end, *blank;

	if (!line || !*line)
		return NULL;
	end = strchr(line, '\n');
	if (end)
		*end = '\0';
	*text = end ? end + 1 : NULL;
	blank = strchr(line, ' ');
	if (blank)
		*blank = '\0';
	*rest = blank ? blank + 1 : line + strlen(line);
	return line;
}

static void parse_kick(struct cgroup *cg, const char *key, unsigned long long value)
{
	size_t len;
	int i;

	for (i = 0; i < NR_KICKS; i++) {
		len = strlen(kick_names[i]);
		if (strncmp(key, kick_names[i], len))
			continue;
		if (!key[len]) {
			cg->kicks[i] = value;
			cg->kinds |= 1u << i;
		} else if (!strcmp(key + len, "_pages")) {
			cg->kicked_pages[i] = value;
		}
	}
}

static bool read_dirty_stat(struct cgroup *cg, int dir)
{
	static const struct {
		const char *key;
		size_t offset;
		unsigned int has;
	} keys[] = {
		{ "dirty", offsetof(struct cgroup, dirty), HAS_DIRTY },
		{ "writeback", offsetof(struct cgroup, writeback), HAS_DIRTY },
		{ "foreign_dirty", offsetof(struct cgroup, foreign), HAS_FOREIGN },
		{ "limit", offsetof(struct cgroup, limit), HAS_LIMIT },
		{ "limit_cgroup", offsetof(struct cgroup, limit_cgroup), HAS_LIMIT },
		{ "background", offsetof(struct cgroup, background), HAS_LIMIT },
		{ "min", offsetof(struct cgroup, min), HAS_LIMIT },
		{ "throttles", offsetof(struct cgroup, throttles), HAS_LIMIT },
		{ "throttled_usec", offsetof(struct cgroup, throttled_usec), HAS_LIMIT },
		{ "window_usec", offsetof(struct cgroup, window_usec), HAS_LIMIT },
	};
	char *text, *key, *rest;
	unsigned long long value;
	size_t i;

	text = read_file(dir, "memory.dirty_stat");
	if (!text)
		return false;
	while ((key = next_line(&text, &rest))) {
		value = strtoull(rest, NULL, 10);
		if (!strncmp(key, "kick_", 5)) {
			parse_kick(cg, key + 5, value);
			continue;
		}
		for (i = 0; i < ARRAY_SIZE(keys); i++) {
			if (strcmp(key, keys[i].key))
				continue;
			*(unsigned long long *)((char *)cg + keys[i].offset) = value;
			cg->has |= keys[i].has;
		}
	}
	return true;
}

static void read_memory_stat(struct cgroup *cg, int dir)
{
	char *text, *key, *rest;

	text = read_file(dir, "memory.stat");
	while ((key = next_line(&text, &rest))) {
		if (!strcmp(key, "file_dirty"))
			cg->dirty = strtoull(rest, NULL, 10);
		else if (!strcmp(key, "file_writeback"))
			cg->writeback = strtoull(rest, NULL, 10);
		else
			continue;
		cg->has |= HAS_DIRTY;
	}
}

/* "254:0 rbytes=0 wbytes=4096 ...", a line for each device */
static void read_io_stat(struct cgroup *cg, int dir)
{
	char *text, *key, *rest, *at;

	text = read_file(dir, "io.stat");
	if (!text)
		return;
	cg->has |= HAS_WRITTEN;
	while ((key = next_line(&text, &rest))) {
		at = strstr(rest, "wbytes=");
		if (at)
			cg->written += strtoull(at + strlen("wbytes="), NULL, 10);
	}
}

static void *must(void *p)
{
	if (!p) {
		fputs("dirtytop: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

static char *join(const char *parent, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", strcmp(parent, "/") ? parent : "", name) < 0)
		path = NULL;
	return must(path);
}

/* Takes over dir and path. */
static void read_cgroup(struct sample *sample, int dir, char *path, int parent)
{
	int index = sample->nr, fd;
	struct dirent *entry;
	struct cgroup *cg;
	struct stat st;
	DIR *list;

	if (fstat(dir, &st)) {
		close(dir);
		free(path);
		return;
	}
	if (sample->nr == sample->max) {
		sample->max = sample->max ? 2 * sample->max : 256;
		sample->cgroups = must(realloc(sample->cgroups,
					       sample->max * sizeof(*sample->cgroups)));
	}
	cg = &sample->cgroups[sample->nr++];
	memset(cg, 0, sizeof(*cg));
	cg->path = path;
	cg->id = st.st_ino;
	cg->parent = parent;
	cg->depth = parent < 0 ? 0 : sample->cgroups[parent].depth + 1;
	if (read_dirty_stat(cg, dir))
		sample->module = true;
	else
		read_memory_stat(cg, dir);
	read_io_stat(cg, dir);

	list = fdopendir(dir);
	if (!list) {
		close(dir);
		return;
	}
	while ((entry = readdir(list))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		fd = openat(dir, entry->d_name,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			continue;
		/* The array may move meanwhile, the path does not. */
		read_cgroup(sample, fd, join(path, entry->d_name), index);
	}
	closedir(list);
}

/* qsort() has no argument for it. */
static const struct cgroup *compared;

static int compare_id(const void *a, const void *b)
{
	unsigned long long x = compared[*(const int *)a].id, y = compared[*(const int *)b].id;

	return x < y ? -1 : x > y;
}

/* Returns 0, or an errno of the root. */
int sample_read(struct sample *sample, const char *root)
{
	struct timespec now;
	int dir, i;

	memset(sample, 0, sizeof(*sample));
	dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno;
	clock_gettime(CLOCK_MONOTONIC, &now);
	sample->time = now.tv_sec + now.tv_nsec / 1e9;
	read_cgroup(sample, dir, must(strdup("/")), -1);

	sample->by_id = must(calloc(sample->nr, sizeof(*sample->by_id)));
	for (i = 0; i < sample->nr; i++)
		sample->by_id[i] = i;
	compared = sample->cgroups;
	qsort(sample->by_id, sample->nr, sizeof(*sample->by_id), compare_id);
	return 0;
}

void sample_free(struct sample *sample)
{
	int i;

	for (i = 0; i < sample->nr; i++)
		free(sample->cgroups[i].path);
	free(sample->cgroups);
	free(sample->by_id);
	memset(sample, 0, sizeof(*sample));
}

const struct cgroup *sample_find(const struct sample *sample, unsigned long long id)
{
	int low = 0, high = sample->nr - 1, mid;
	const struct cgroup *cg;

	while (low <= high) {
		mid = low + (high - low) / 2;
		cg = &sample->cgroups[sample->by_id[mid]];
		if (cg->id == id)
			return cg;
		if (cg->id < id)
			low = mid + 1;
		else
			high = mid - 1;
	}
	return NULL;
}

unsigned long long cgroup_kicks(const struct cgroup *cg)
{
	unsigned long long sum = 0;
	int i;

	for (i = 0; i < NR_KICKS; i++)
		sum += cg->kicks[i];
	return sum;
}
