// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the arithmetic of the limits: the pure functions of
 * mm/memcg_dirty/threshold.h. Values are pages.
 */

#include <kunit/test.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/mm.h>
#include <linux/page_counter.h>

#include "../module/compat.h"
#include "threshold.h"

/* 16 TiB of 4 KiB pages, less one: the largest limit that can be set. */
#define MAX_LIMIT	((unsigned long)UINT_MAX)

/* threshold of a memcg that has a background threshold only */
#define NO_LIMIT	ULONG_MAX

/* memcg_dirty_clamp() */

struct clamp_case {
	const char *desc;
	long count;
	unsigned long clamped;
};

static const struct clamp_case clamp_cases[] = {
	{ "lowest", LONG_MIN, 0 },
	{ "one above the lowest", LONG_MIN + 1, 0 },
	{ "minus two, as etcd saw it", -2, 0 },
	{ "minus one", -1, 0 },
	{ "zero", 0, 0 },
	{ "one", 1, 1 },
	{ "32 bits", INT_MAX, INT_MAX },
	{ "highest", LONG_MAX, LONG_MAX },
};

KUNIT_ARRAY_PARAM_DESC(clamp, clamp_cases, desc);

static void clamp_of_count(struct kunit *test)
{
	const struct clamp_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, memcg_dirty_clamp(c->count), c->clamped);
}

/* memcg_dirty_dirtyable() */

struct dirtyable_case {
	const char *desc;
	unsigned long file;
	unsigned long dirty;
	unsigned long headroom;
	unsigned long global_clean;
	unsigned long dirtyable;
};

static const struct dirtyable_case dirtyable_cases[] = {
	{ "nothing", 0, 0, 0, 0, 0 },
	{ "page cache alone", 1000, 0, 0, 5000, 1000 },
	{ "dirty page cache counts as well", 1000, 1000, 0, 5000, 1000 },
	{ "headroom is added", 1000, 0, 500, 5000, 1500 },
	{ "headroom that the system does not have", 1000, 0, 500, 1200, 1200 },
	{ "own clean pages are not other memory", 1000, 400, 9000, 5000, 5400 },
	{ "more dirty than page cache, by late statistics",
	  1000, 1200, 9000, 5000, 6000 },
	{ "more clean than the system, by late statistics",
	  1000, 0, 9000, 800, 1000 },
	{ "no memory.max", 1000, 0, PAGE_COUNTER_MAX, 5000, 5000 },
};

KUNIT_ARRAY_PARAM_DESC(dirtyable, dirtyable_cases, desc);

static void dirtyable_of_memcg(struct kunit *test)
{
	const struct dirtyable_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test,
			memcg_dirty_dirtyable(c->file, c->dirty, c->headroom,
					      c->global_clean),
			c->dirtyable);
}

/* memcg_dirty_pages() */

struct value_case {
	const char *desc;
	struct memcg_dirty_value value;
	unsigned long dirtyable;
	unsigned long pages;
};

static const struct value_case value_cases[] = {
	{ "not set", { 0, 0 }, 1000, 0 },
	{ "bytes", { 700, 0 }, 1000, 700 },
	{ "bytes need not be there", { 700, 0 }, 0, 700 },
	{ "one per cent", { 0, 1 }, 1000, 10 },
	{ "all", { 0, 100 }, 1000, 1000 },
	{ "rounded down", { 0, 33 }, 1000, 330 },
	{ "rounded down to the page", { 0, 10 }, 999, 99 },
	{ "no less than two pages", { 0, 1 }, 100, 2 },
	{ "of nothing", { 0, 50 }, 0, 2 },
	{ "just as much as a limit in bytes can be",
	  { 0, 100 }, MAX_LIMIT, MAX_LIMIT },
	{ "more than that", { 0, 50 }, 4 * MAX_LIMIT, MAX_LIMIT },
	{ "a product beyond 64 bits", { 0, 100 }, ULONG_MAX, MAX_LIMIT },
};

KUNIT_ARRAY_PARAM_DESC(value, value_cases, desc);

static void pages_of_value(struct kunit *test)
{
	const struct value_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, memcg_dirty_pages(c->value, c->dirtyable),
			c->pages);
}

/* memcg_dirty_effective_min() */

struct min_case {
	const char *desc;
	unsigned long min;
	u64 siblings;
	unsigned long available;
	unsigned long effective;
};

static const struct min_case min_cases[] = {
	{ "none", 0, 0, 1000, 0 },
	{ "alone", 100, 100, 1000, 100 },
	{ "alone with all of it", 1000, 1000, 1000, 1000 },
	{ "alone with more than that", 2000, 2000, 1000, 1000 },
	{ "siblings that fit", 100, 1000, 1000, 100 },
	{ "one page too many", 100, 1001, 1000, 99 },
	{ "twice too many", 100, 2000, 1000, 50 },
	{ "none beside too many", 0, 2000, 1000, 0 },
	{ "nothing available", 100, 100, 0, 0 },
	{ "a product beyond 64 bits", MAX_LIMIT, 4 * (u64)MAX_LIMIT,
	  MAX_LIMIT, MAX_LIMIT / 4 },
	{ "no limit above", 100, 100, ULONG_MAX / 2, 100 },
};

KUNIT_ARRAY_PARAM_DESC(min, min_cases, desc);

static void effective_min_of_sibling(struct kunit *test)
{
	const struct min_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test,
			memcg_dirty_effective_min(c->min, c->siblings,
						  c->available),
			c->effective);
}

/* Whatever they ask for, siblings together do not get more than there is. */
static void effective_min_bounded(struct kunit *test)
{
	static const unsigned long mins[] = { 1, 7, 100, 333, 1000, 4096 };
	unsigned long available, sum;
	u64 siblings = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mins); i++)
		siblings += mins[i];
	for (available = 0; available < 2 * siblings; available += 13) {
		sum = 0;
		for (i = 0; i < ARRAY_SIZE(mins); i++)
			sum += memcg_dirty_effective_min(mins[i], siblings,
							 available);
		KUNIT_EXPECT_LE(test, sum, available);
	}
}

/* memcg_dirty_background() */

struct background_case {
	const char *desc;
	unsigned long thresh;
	unsigned long bg;
	unsigned long in_force;
};

static const struct background_case background_cases[] = {
	{ "not set is half", 1000, 0, 500 },
	{ "not set below an odd limit rounds down", 1001, 0, 500 },
	{ "one page", 1000, 1, 1 },
	{ "below half", 1000, 100, 100 },
	{ "half", 1000, 500, 500 },
	{ "above half", 1000, 900, 900 },
	{ "one below the limit", 1000, 999, 999 },
	{ "equal to the limit is half", 1000, 1000, 500 },
	{ "one above the limit is half", 1000, 1001, 500 },
	{ "far above the limit is half", 1000, ULONG_MAX, 500 },
	{ "smallest limit, not set", 2, 0, 1 },
	{ "smallest limit, smallest background", 2, 1, 1 },
	{ "smallest limit, equal", 2, 2, 1 },
	{ "limit of one page", 1, 0, 0 },
	{ "limit of one page, equal", 1, 1, 0 },
	{ "limit of nothing", 0, 0, 0 },
	{ "limit of nothing, background set", 0, 5, 0 },
	{ "largest limit, not set", MAX_LIMIT, 0, MAX_LIMIT / 2 },
	{ "largest limit, one below", MAX_LIMIT, MAX_LIMIT - 1, MAX_LIMIT - 1 },
	{ "neither set", NO_LIMIT, 0, NO_LIMIT },
	{ "no limit, one page", NO_LIMIT, 1, 1 },
	{ "no limit, largest", NO_LIMIT, MAX_LIMIT, MAX_LIMIT },
};

KUNIT_ARRAY_PARAM_DESC(background, background_cases, desc);

static void background_of_limit(struct kunit *test)
{
	const struct background_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, memcg_dirty_background(c->thresh, c->bg),
			c->in_force);
}

/* Whatever is set, the flusher starts before writers are throttled. */
static void background_below_limit(struct kunit *test)
{
	unsigned long thresh, bg;

	for (thresh = 1; thresh <= 64; thresh++) {
		for (bg = 0; bg <= 2 * thresh + 1; bg++)
			KUNIT_EXPECT_LT(test,
					memcg_dirty_background(thresh, bg),
					thresh);
	}
}

/* memcg_dirty_freerun() */

struct freerun_case {
	const char *desc;
	struct memcg_dirty_constraint s;
	unsigned long freerun;
};

static const struct freerun_case freerun_cases[] = {
	{ "nothing", { 0, 0, 0 }, 0 },
	{ "one page", { 0, 1, 0 }, 0 },
	{ "smallest limit", { 0, 2, 1 }, 1 },
	{ "half", { 0, 1000, 500 }, 750 },
	{ "odd sum rounds down", { 0, 1000, 501 }, 750 },
	{ "both odd", { 0, 1001, 501 }, 751 },
	{ "one below the limit", { 0, 1000, 999 }, 999 },
	{ "one page of background", { 0, 1000, 1 }, 500 },
	{ "does not depend on dirty", { 12345, 1000, 500 }, 750 },
	{ "largest limit",
	  { 0, MAX_LIMIT, MAX_LIMIT / 2 },
	  MAX_LIMIT / 4 * 3 + 2 },
	{ "largest limit, background next to it",
	  { 0, MAX_LIMIT, MAX_LIMIT - 1 }, MAX_LIMIT - 1 },
	{ "sum that overflows by one",
	  { 0, ULONG_MAX, 1 }, ULONG_MAX / 2 + 1 },
	{ "sum that overflows",
	  { 0, ULONG_MAX - 1, ULONG_MAX - 3 }, ULONG_MAX - 2 },
	{ "both at the top", { 0, ULONG_MAX, ULONG_MAX }, ULONG_MAX },
};

KUNIT_ARRAY_PARAM_DESC(freerun, freerun_cases, desc);

static void freerun_of_state(struct kunit *test)
{
	const struct freerun_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, memcg_dirty_freerun(&c->s), c->freerun);
}

/* memcg_dirty_more_constrained() */

struct constrained_case {
	const char *desc;
	struct memcg_dirty_constraint a;
	struct memcg_dirty_constraint b;
	bool a_more;
	bool b_more;
};

static const struct constrained_case constrained_cases[] = {
	{ "same", { 50, 100, 50 }, { 50, 100, 50 }, false, false },
	{ "both clean", { 0, 100, 50 }, { 0, 200, 100 }, false, false },
	{ "same limit, more dirty",
	  { 51, 100, 50 }, { 50, 100, 50 }, true, false },
	{ "same dirty, lower limit",
	  { 50, 99, 49 }, { 50, 100, 50 }, true, false },
	{ "fewer pages left and larger part used",
	  { 95, 100, 50 }, { 100, 200, 100 }, true, false },
	{ "at the limit and below it",
	  { 100, 100, 50 }, { 199, 200, 100 }, true, false },
	{ "over the limit and at it",
	  { 101, 100, 50 }, { 200, 200, 100 }, true, false },
	{ "over the limit and below it",
	  { 101, 100, 50 }, { 0, 2, 1 }, true, false },
	{ "far over the limit and over it",
	  { 1000, 100, 50 }, { 201, 200, 100 }, true, false },
	{ "dirty and clean", { 1, 2, 1 }, { 0, MAX_LIMIT, MAX_LIMIT / 2 },
	  true, false },
	{ "largest limit, at it and one below",
	  { MAX_LIMIT, MAX_LIMIT, MAX_LIMIT / 2 },
	  { MAX_LIMIT - 1, MAX_LIMIT, MAX_LIMIT / 2 }, true, false },
	{ "largest limit at it, smallest below",
	  { MAX_LIMIT, MAX_LIMIT, MAX_LIMIT / 2 },
	  { 1, 2, 1 }, true, false },
	{ "largest count and smallest limit",
	  { ULONG_MAX, 2, 1 }, { 3, 2, 1 }, true, false },
	{ "product that wraps to zero",
	  { ULONG_MAX / 2 + 1, 1000, 500 }, { 1, 2, 1 }, true, false },
	{ "largest products",
	  { 0, MAX_LIMIT, 0 }, { 0, MAX_LIMIT, 1 }, true, false },
	{ "largest products, over the limit",
	  { MAX_LIMIT, 2, 1 }, { MAX_LIMIT, 3, 0 }, true, false },
	{ "largest products, far over and far below",
	  { MAX_LIMIT, 2, 1 }, { 0, MAX_LIMIT, 0 }, true, false },

	/* what counts is the way from the freerun ceiling to the limit */
	{ "same limit, background next to it has more room",
	  { 900, 1000, 500 }, { 900, 1000, 999 }, true, false },
	{ "more pages left, but further on the way",
	  { 1700, 2000, 1000 }, { 90, 100, 98 }, true, false },
	{ "smaller part used, but above the freerun ceiling",
	  { 800, 1000, 500 }, { 88, 100, 90 }, true, false },
	{ "at the middle of both ways",
	  { 875, 1000, 500 }, { 3500, 4000, 2000 }, false, false },
	{ "at the freerun ceiling of both",
	  { 750, 1000, 500 }, { 950, 1000, 900 }, false, false },
	{ "at both limits, whatever the backgrounds",
	  { 1000, 1000, 1 }, { 10, 10, 9 }, false, false },
	{ "background at the limit, and clean",
	  { 99, 100, 100 }, { 0, 100, 50 }, true, false },
	{ "background at the limit, at it and below",
	  { 100, 100, 100 }, { 99, 100, 100 }, true, false },

	{ "background only, much dirty, and a limit near",
	  { 99, 100, 50 }, { 1 << 20, NO_LIMIT, 1000 }, true, false },
	{ "background only, much dirty, and a limit with nothing",
	  { 0, 100, 50 }, { 1 << 20, NO_LIMIT, 1000 }, true, false },
	{ "background only, both",
	  { 99, NO_LIMIT, 50 }, { 1 << 20, NO_LIMIT, 1000 }, false, false },
};

KUNIT_ARRAY_PARAM_DESC(constrained, constrained_cases, desc);

static void more_constrained_of_two(struct kunit *test)
{
	const struct constrained_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, memcg_dirty_more_constrained(&c->a, &c->b),
			c->a_more);
	KUNIT_EXPECT_EQ(test, memcg_dirty_more_constrained(&c->b, &c->a),
			c->b_more);
}

#define MAX_LEVELS 5

struct hierarchy_case {
	const char *desc;
	unsigned int levels;
	unsigned int chosen;	/* index into level[] */
	struct memcg_dirty_constraint level[MAX_LEVELS];	/* from the leaf up */
};

static const struct hierarchy_case hierarchy_cases[] = {
	{ "leaf alone", 1, 0, { { 10, 100, 50 } } },
	{ "leaf at its limit", 3, 0,
	  { { 100, 100, 50 }, { 150, 400, 200 }, { 200, 1000, 500 } } },
	{ "parent at its limit by a sibling", 3, 1,
	  { { 1, 100, 50 }, { 400, 400, 200 }, { 450, 1000, 500 } } },
	{ "top at its limit by a cousin", 3, 2,
	  { { 1, 100, 50 }, { 2, 400, 200 }, { 1000, 1000, 500 } } },
	{ "child with a larger limit than its parent", 2, 1,
	  { { 90, 1000, 500 }, { 90, 100, 50 } } },
	{ "same at every level keeps the nearest", 5, 0,
	  { { 50, 100, 50 }, { 50, 100, 50 }, { 50, 100, 50 },
	    { 50, 100, 50 }, { 50, 100, 50 } } },
	{ "same at two levels above keeps the nearer", 4, 1,
	  { { 10, 100, 50 }, { 90, 100, 50 }, { 90, 100, 50 },
	    { 90, 1000, 500 } } },
	{ "all clean keeps the leaf", 3, 0,
	  { { 0, 100, 50 }, { 0, 400, 200 }, { 0, 1000, 500 } } },
	{ "over at two levels, the further over", 2, 1,
	  { { 101, 100, 50 }, { 4000, 400, 200 } } },
	{ "background only in the leaf", 2, 1,
	  { { 90, NO_LIMIT, 10 }, { 90, 100, 50 } } },
	{ "background only in the parent", 2, 0,
	  { { 90, 100, 50 }, { 90, NO_LIMIT, 10 } } },
	{ "largest limit above the smallest", 2, 0,
	  { { 2, 2, 1 }, { MAX_LIMIT - 1, MAX_LIMIT, MAX_LIMIT / 2 } } },
	{ "more pages left, but further on the way", 3, 2,
	  { { 76, 100, 50 }, { 320, 400, 200 }, { 850, 1000, 500 } } },
	{ "low background in the parent", 2, 1,
	  { { 80, 100, 50 }, { 700, 1000, 10 } } },
	{ "background next to the limit in the parent", 2, 0,
	  { { 80, 100, 50 }, { 980, 1000, 998 } } },
	{ "largest limit reached above the smallest", 2, 1,
	  { { 1, 2, 1 }, { MAX_LIMIT, MAX_LIMIT, MAX_LIMIT / 2 } } },
};

KUNIT_ARRAY_PARAM_DESC(hierarchy, hierarchy_cases, desc);

/* The walk of the kernel: from the leaf up, keep the more constrained. */
static void more_constrained_along_hierarchy(struct kunit *test)
{
	const struct hierarchy_case *c = test->param_value;
	unsigned int i, chosen = 0;

	for (i = 1; i < c->levels; i++) {
		if (memcg_dirty_more_constrained(&c->level[i],
						 &c->level[chosen]))
			chosen = i;
	}

	KUNIT_EXPECT_EQ(test, chosen, c->chosen);
}

/* memcg_dirty_batch() */

struct batch_case {
	const char *desc;
	unsigned long pages;
	unsigned int cpus;
	long batch;
};

static const struct batch_case batch_cases[] = {
	{ "nothing", 0, 1, 0 },
	{ "one page", 1, 1, 0 },
	{ "no CPU is one CPU", 640, 0, 10 },
	{ "one page, many CPUs", 1, 8192, 0 },
	{ "one below the first", 63, 1, 0 },
	{ "the first", 64, 1, 1 },
	{ "one below the first of two CPUs", 127, 2, 0 },
	{ "the first of two CPUs", 128, 2, 1 },
	{ "4 MiB of 4 KiB pages, two CPUs", 1024, 2, 8 },
	{ "16 MiB of 4 KiB pages, two CPUs", 4096, 2, 32 },
	{ "16 MiB of 4 KiB pages, three CPUs", 4096, 3, 21 },
	{ "16 MiB of 4 KiB pages, 64 CPUs", 4096, 64, 1 },
	{ "16 MiB of 4 KiB pages, 65 CPUs", 4096, 65, 0 },
	{ "one below the most", 64 * 64 - 1, 1, 63 },
	{ "the most", 64 * 64, 1, 64 },
	{ "more than the most", 64 * 65, 1, 64 },
	{ "largest limit, one CPU", MAX_LIMIT, 1, 64 },
	{ "largest limit, 8192 CPUs", MAX_LIMIT, 8192, 64 },
	{ "largest limit, 2^20 CPUs", MAX_LIMIT, 1 << 20, 63 },
	{ "largest count, one CPU", ULONG_MAX, 1, 64 },
#if BITS_PER_LONG == 64
	{ "count that is nothing in 32 bits", BIT(32), 1, 64 },
	{ "fraction that is nothing in 32 bits", BIT(38), 1, 64 },
#endif
	{ "largest count, 8192 CPUs", ULONG_MAX, 8192, 64 },
};

KUNIT_ARRAY_PARAM_DESC(batch, batch_cases, desc);

static void batch_of_limit(struct kunit *test)
{
	const struct batch_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, memcg_dirty_batch(c->pages, c->cpus), c->batch);
}

/* What all CPUs together may hide is at most a 64th of the limit. */
static void batch_bounds_error(struct kunit *test)
{
	static const unsigned int cpus[] = { 1, 2, 3, 7, 64, 100, 512, 8192 };
	static const unsigned long pages[] = {
		0, 1, 2, 63, 64, 65, 1023, 1024, 4096, 65536, BIT(20), BIT(28),
		MAX_LIMIT,
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		for (j = 0; j < ARRAY_SIZE(cpus); j++) {
			long batch = memcg_dirty_batch(pages[i], cpus[j]);

			KUNIT_EXPECT_GE(test, batch, 0);
			KUNIT_EXPECT_LE(test, batch, 64);
			KUNIT_EXPECT_LE(test, batch * cpus[j], pages[i] / 64);
		}
	}
}

/* memcg_dirty_chunk() */

struct chunk_case {
	const char *desc;
	unsigned long dirty;
	unsigned long thresh;
	unsigned long chunk;
};

static const struct chunk_case chunk_cases[] = {
	{ "no room at all", 0, 0, 1 },
	{ "smallest limit, clean", 0, 2, 1 },
	{ "smallest limit, reached", 2, 2, 1 },
	{ "4 MiB of 4 KiB pages, clean", 0, 1024, 4 },
	{ "4 MiB, room for 64 pages", 1024 - 64, 1024, 4 },
	{ "4 MiB, room for 63 pages", 1024 - 63, 1024, 2 },
	{ "4 MiB, room for 32 pages", 1024 - 32, 1024, 2 },
	{ "4 MiB, room for 31 pages", 1024 - 31, 1024, 1 },
	{ "4 MiB, room for one page", 1023, 1024, 1 },
	{ "4 MiB, reached", 1024, 1024, 1 },
	{ "4 MiB, over", 1025, 1024, 1 },
	{ "4 MiB, far over", ULONG_MAX, 1024, 1 },
	{ "below two pages of a 256th", 0, 511, 1 },
	{ "two pages of a 256th", 0, 512, 2 },
	{ "a 256th that is no power of two rounds down", 0, 7 * 256, 4 },
	{ "256 MiB of 4 KiB pages, clean", 0, 65536, 256 },
	{ "256 MiB, half used", 32768, 65536, 256 },
	{ "256 MiB, a 16th left", 61440, 65536, 256 },
	{ "256 MiB, a 32nd left", 63488, 65536, 128 },
	{ "largest limit, clean", 0, MAX_LIMIT, 1 << 23 },
	{ "largest limit, reached", MAX_LIMIT, MAX_LIMIT, 1 },
	{ "no limit, clean", 0, NO_LIMIT, BIT(BITS_PER_LONG - 9) },
	{ "no limit, much dirty", MAX_LIMIT / 2, NO_LIMIT,
	  BIT(BITS_PER_LONG - 9) },
};

KUNIT_ARRAY_PARAM_DESC(chunk, chunk_cases, desc);

static void chunk_of_limit(struct kunit *test)
{
	const struct chunk_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, memcg_dirty_chunk(c->dirty, c->thresh), c->chunk);
}

/* A write gets on, and does not take more than is left. */
static void chunk_within_room(struct kunit *test)
{
	unsigned long dirty, thresh;

	for (thresh = 2; thresh <= 8192; thresh *= 2) {
		for (dirty = 0; dirty < thresh; dirty += max(thresh / 64, 1UL)) {
			unsigned long chunk = memcg_dirty_chunk(dirty, thresh);

			KUNIT_EXPECT_GE(test, chunk, 1);
			KUNIT_EXPECT_LE(test, chunk, thresh - dirty);
			KUNIT_EXPECT_LE(test, chunk, max(thresh / 256, 1UL));
			KUNIT_EXPECT_TRUE(test, is_power_of_2(chunk));
		}
	}
}

/* memcg_borrow_left() */

struct borrow_case {
	const char *desc;
	unsigned long borrowed;
	unsigned long present;
	unsigned long written;
	unsigned long left;
};

static const struct borrow_case borrow_cases[] = {
	{ "none", 0, 100, 50, 0 },
	{ "all of the wb, nothing written", 100, 100, 0, 100 },
	{ "all of the wb, half written", 100, 50, 50, 50 },
	{ "all of the wb, all written", 100, 0, 100, 0 },
	{ "all of the wb, some truncated", 100, 20, 50, 20 },
	{ "the wb is gone", 100, 0, 0, 0 },
	{ "a tenth, nothing written", 100, 1000, 0, 100 },
	{ "a tenth, half written", 100, 500, 500, 50 },
	{ "a tenth, all written, and others' is new", 100, 100, 900, 10 },
	{ "one of many goes", 1, 100, 1, 0 },
	{ "more than 32 bits", MAX_LIMIT, 3 * MAX_LIMIT, MAX_LIMIT,
	  MAX_LIMIT / 4 * 3 + 2 },
};

KUNIT_ARRAY_PARAM_DESC(borrow, borrow_cases, desc);

static void borrow_left_of_wb(struct kunit *test)
{
	const struct borrow_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, memcg_borrow_left(c->borrowed, c->present, c->written),
			c->left);
}

/* memcg_dirty_floor_charge() */

#define BURST	MEMCG_DIRTY_FLOOR_BURST

struct floor_case {
	const char *desc;
	long taken;
	long allowed;
	long most;
	long nr;
	long now;
};

static const struct floor_case floor_cases[] = {
	{ "nothing is allowed yet", 0, 0, 5, 1, 1 },
	{ "the last page", 9, 10, 5, 1, 10 },
	{ "one too many", 9, 10, 5, 2, 11 },
	{ "nothing", 9, 10, 5, 0, 9 },
	{ "as much as was saved", 0, BURST, 5, BURST, BURST },
	{ "what was not taken is lost", 0, 10 * BURST, 5, 1, 9 * BURST + 1 },
	{ "far too much", 10, 10, 5, 1000, 15 },
	{ "allowance shrinks", 100, 50, 5, 1, 55 },
};

KUNIT_ARRAY_PARAM_DESC(floor, floor_cases, desc);

static void floor_charge_of_allowance(struct kunit *test)
{
	const struct floor_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test,
			memcg_dirty_floor_charge(c->taken, c->allowed, c->most, c->nr),
			c->now);
}

/* memcg_dirty_fair_share() */

struct fair_case {
	const char *desc;
	unsigned long bg_thresh;
	unsigned int nr;
	unsigned long fair;
};

static const struct fair_case fair_cases[] = {
	{ "unknown", 1000, 0, 0 },
	{ "alone", 1000, 1, 1000 },
	{ "three", 1000, 3, 333 },
	{ "more than there are pages", 10, 11, 0 },
	{ "no limit", NO_LIMIT, 1, NO_LIMIT },
};

KUNIT_ARRAY_PARAM_DESC(fair, fair_cases, desc);

static void fair_share_of_wbs(struct kunit *test)
{
	const struct fair_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, memcg_dirty_fair_share(c->bg_thresh, c->nr), c->fair);
}

static struct kunit_case threshold_kunit_cases[] = {
	KUNIT_CASE_PARAM(dirtyable_of_memcg, dirtyable_gen_params),
	KUNIT_CASE_PARAM(pages_of_value, value_gen_params),
	KUNIT_CASE_PARAM(effective_min_of_sibling, min_gen_params),
	KUNIT_CASE(effective_min_bounded),
	KUNIT_CASE_PARAM(clamp_of_count, clamp_gen_params),
	KUNIT_CASE_PARAM(background_of_limit, background_gen_params),
	KUNIT_CASE(background_below_limit),
	KUNIT_CASE_PARAM(freerun_of_state, freerun_gen_params),
	KUNIT_CASE_PARAM(more_constrained_of_two, constrained_gen_params),
	KUNIT_CASE_PARAM(more_constrained_along_hierarchy,
			 hierarchy_gen_params),
	KUNIT_CASE_PARAM(batch_of_limit, batch_gen_params),
	KUNIT_CASE(batch_bounds_error),
	KUNIT_CASE_PARAM(chunk_of_limit, chunk_gen_params),
	KUNIT_CASE(chunk_within_room),
	KUNIT_CASE_PARAM(borrow_left_of_wb, borrow_gen_params),
	KUNIT_CASE_PARAM(floor_charge_of_allowance, floor_gen_params),
	KUNIT_CASE_PARAM(fair_share_of_wbs, fair_gen_params),
	{ }	/* terminate */
};

static struct kunit_suite threshold_kunit_suite = {
	.name = "memcg_dirty_threshold",
	.test_cases = threshold_kunit_cases,
};

kunit_test_suite(threshold_kunit_suite);

MODULE_AUTHOR("memcg-dirty maintainers");
MODULE_DESCRIPTION("KUnit suite of the arithmetic of dirty limits");
MODULE_LICENSE("GPL");
