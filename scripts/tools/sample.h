/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of all cgroups say at one moment. sample.c describes it. */
#ifndef MEMCG_DIRTY_SAMPLE_H
#define MEMCG_DIRTY_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

enum kick {
	KICK_BACKGROUND,
	KICK_LIMIT,
	KICK_USER,
	KICK_THROTTLE,
	KICK_RECLAIM,
	KICK_DONTCACHE,
	NR_KICKS,
};

extern const char *const kick_names[NR_KICKS];

/* Which of the numbers below a cgroup has */
enum has {
	HAS_DIRTY	= 1 << 0,	/* dirty, writeback */
	HAS_FOREIGN	= 1 << 1,
	HAS_LIMIT	= 1 << 2,	/* limit to kicks: memory.dirty_stat, not of the root */
	HAS_WRITTEN	= 1 << 3,
};

struct cgroup {
	char *path;			/* from the root, which is "/" */
	unsigned long long id;
	int depth;
	int parent;			/* index; -1: none */
	unsigned int has;		/* enum has */
	unsigned int kinds;		/* bit i: the kernel has kick i */

	unsigned long long dirty;			/* bytes, and so on */
	unsigned long long writeback;
	unsigned long long foreign;
	unsigned long long limit;			/* in force; 0: none */
	unsigned long long limit_cgroup;		/* id of the one that sets it */
	unsigned long long background;
	unsigned long long min;
	unsigned long long throttles;
	unsigned long long throttled_usec;
	unsigned long long window_usec;
	unsigned long long kicks[NR_KICKS];
	unsigned long long kicked_pages[NR_KICKS];
	unsigned long long written;		/* by io.stat, all devices */
};

struct sample {
	struct cgroup *cgroups;		/* parents before their children */
	int nr, max;
	int *by_id;			/* indices */
	bool module;			/* some cgroup has memory.dirty_stat */
	double time;			/* monotonic, seconds */
};

int sample_read(struct sample *sample, const char *root);
void sample_free(struct sample *sample);
const struct cgroup *sample_find(const struct sample *sample, unsigned long long id);
unsigned long long cgroup_kicks(const struct cgroup *cg);

#endif /* MEMCG_DIRTY_SAMPLE_H */
