// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suites of the writeback window: how large it is, and who writes next.
 *
 * The device is registered and has nothing to write.  The wbs are fakes: their
 * flushers do nothing but count how often they run.
 */

#include <kunit/test.h>
#include <linux/backing-dev.h>
#include <linux/module.h>
#include <linux/percpu_counter.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/time64.h>
#include <linux/workqueue.h>

#include "../module/compat.h"
#include "internal.h"

/* The size */

#define MS	((u64)NSEC_PER_MSEC)
#define T_US	2000U

/* 400 MiB/s, and what they are in 2 ms */
#define RATE	(SZ_1M * 400UL >> PAGE_SHIFT)
#define WORTH	(RATE * T_US / USEC_PER_SEC)
#define LEAST	(SZ_64K >> PAGE_SHIFT)

/* An interval in which pages come back at @rate pages a second */
static void interval(struct wb_window_size *size, unsigned long rate, bool waited)
{
	size->ended = rate / 5;
	size->waited = waited;
	wb_window_size_update(size, T_US, size->begun + 200 * MS);
}

static void intervals(struct wb_window_size *size, unsigned long rate, int nr)
{
	while (nr--)
		interval(size, rate, true);
}

/* But for the interval in which the window is larger to try */
static void expect_worth(struct kunit *test, struct wb_window_size *size,
			 unsigned long pages)
{
	while (size->nr % 8 == 7)
		interval(size, size->rate, true);
	KUNIT_EXPECT_GE(test, size->window, pages - 1);
	KUNIT_EXPECT_LE(test, size->window, pages + pages / 100 + 1);
}

static void size_steady(struct kunit *test)
{
	struct wb_window_size size;

	wb_window_size_init(&size, T_US, 0);
	intervals(&size, RATE, 20);
	KUNIT_EXPECT_EQ(test, size.rate, RATE);
	expect_worth(test, &size, WORTH);
}

static void size_has_bounds(struct kunit *test)
{
	struct wb_window_size size;

	wb_window_size_init(&size, T_US, 0);
	intervals(&size, 1, 8);
	KUNIT_EXPECT_EQ(test, size.window, LEAST);
	intervals(&size, 0, 8);
	KUNIT_EXPECT_EQ(test, size.window, LEAST);
	intervals(&size, ULONG_MAX / NSEC_PER_SEC, 8);
	KUNIT_EXPECT_EQ(test, size.window, SZ_64M >> PAGE_SHIFT);
}

/* Nothing comes back for four intervals of five. */
static void size_of_bursts(struct kunit *test)
{
	struct wb_window_size size;
	int i;

	wb_window_size_init(&size, T_US, 0);
	intervals(&size, 0, 8);
	for (i = 0; i < 40; i++) {
		interval(&size, i % 4 ? 0 : 4 * RATE, true);
		KUNIT_EXPECT_GE(test, size.window, 4 * WORTH - 1);
		KUNIT_EXPECT_LE(test, size.window, 5 * WORTH + WORTH / 10);
	}
}

static void size_follows_twice_the_rate(struct kunit *test)
{
	struct wb_window_size size;

	wb_window_size_init(&size, T_US, 0);
	intervals(&size, RATE, 20);
	interval(&size, 2 * RATE, true);
	expect_worth(test, &size, 2 * WORTH);
}

/* Within a second */
static void size_follows_half_the_rate(struct kunit *test)
{
	struct wb_window_size size;

	wb_window_size_init(&size, T_US, 0);
	intervals(&size, RATE, 20);
	intervals(&size, RATE / 2, 4);
	KUNIT_EXPECT_EQ(test, size.rate, RATE / 2);
	expect_worth(test, &size, WORTH / 2);
}

/* Nobody waited for the window: that little was written says nothing. */
static void size_stays_when_idle(struct kunit *test)
{
	struct wb_window_size size;
	int i;

	wb_window_size_init(&size, T_US, 0);
	intervals(&size, RATE, 20);
	for (i = 0; i < 20; i++)
		interval(&size, RATE / 100, false);
	KUNIT_EXPECT_EQ(test, size.rate, RATE);
	interval(&size, 3 * RATE, false);
	KUNIT_EXPECT_EQ(test, size.rate, 3 * RATE);
}

/* Bursts of 100 ms, 5 s apart */
static void size_counts_no_idle_time(struct kunit *test)
{
	struct wb_window_size size;
	u64 now = 0;
	int i;

	wb_window_size_init(&size, T_US, 0);
	intervals(&size, RATE, 20);
	now = size.begun;
	for (i = 0; i < 40; i++) {
		now += 5000 * MS;
		wb_window_size_idle(&size, now, now - 5000 * MS);
		now += 100 * MS;
		size.ended += RATE / 10;
		size.waited = true;
		wb_window_size_update(&size, T_US, now);
		KUNIT_EXPECT_GE(test, size.rate, RATE - RATE / 100);
		KUNIT_EXPECT_LE(test, size.rate, RATE + RATE / 100);
	}
}

/*
 * A disk that takes 10 ms, sometimes 1 ms less, however little there is to do: the
 * rate is what the window is per latency.
 */
static void size_grows_for_latency(struct kunit *test)
{
	struct wb_window_size size;
	unsigned long most = 100 * RATE;
	unsigned long rate;
	int i;

	wb_window_size_init(&size, T_US, 0);
	for (i = 0; i < 60; i++) {
		rate = min(most, size.window * 100);
		wb_window_size_latency(&size, i % 5 ? 11 * MS : 9 * MS,
				       size.window / 2);
		interval(&size, rate, true);
	}
	KUNIT_EXPECT_EQ(test, size.window, SZ_64M >> PAGE_SHIFT);
}

/* One interval in eight tries more. */
static void size_probes(struct kunit *test)
{
	struct wb_window_size size;
	int larger = 0;
	int i;

	wb_window_size_init(&size, T_US, 0);
	intervals(&size, RATE, 16);
	for (i = 0; i < 16; i++) {
		interval(&size, RATE, true);
		larger += size.window > WORTH + WORTH / 5;
	}
	KUNIT_EXPECT_EQ(test, larger, 2);
}

/* A disk, or a flusher, that takes 1 ms for the way has twice that under way. */
static void size_allows_for_latency(struct kunit *test)
{
	struct wb_window_size size;

	wb_window_size_init(&size, T_US, 0);
	intervals(&size, RATE, 16);
	size.latency[0] = U64_MAX;
	size.latency[1] = U64_MAX;
	wb_window_size_latency(&size, 1 * MS, 0);
	wb_window_size_latency(&size, 5 * MS, 0);
	interval(&size, RATE, true);
	expect_worth(test, &size, 2 * WORTH);
}

/*
 * A disk that writes one page after the other takes longer for more of them. The
 * window does not grow for ever for that, and what it takes on top counts.
 */
static void size_discounts_transfer(struct kunit *test)
{
	struct wb_window_size size;
	u64 took;
	int i;

	wb_window_size_init(&size, T_US, 0);
	intervals(&size, RATE, 16);
	for (i = 0; i < 60; i++) {
		took = div64_ul(size.window / 2 * NSEC_PER_SEC, RATE);
		wb_window_size_latency(&size, took, size.window / 2);
		interval(&size, RATE, true);
		KUNIT_EXPECT_LE(test, size.window, 4 * WORTH);
	}
	size.latency[0] = U64_MAX;
	size.latency[1] = U64_MAX;
	wb_window_size_latency(&size, 2 * MS, 4);
	interval(&size, RATE, true);
	KUNIT_EXPECT_EQ(test, size.base, 2 * MS - div64_ul(4 * NSEC_PER_SEC, RATE));
}

static void size_bounds_latency(struct kunit *test)
{
	struct wb_window_size size;

	wb_window_size_init(&size, T_US, 0);
	intervals(&size, RATE, 16);
	size.latency[0] = U64_MAX;
	size.latency[1] = U64_MAX;
	wb_window_size_latency(&size, 60000 * MS, 0);
	interval(&size, RATE / 10, true);
	KUNIT_EXPECT_EQ(test, size.base, 50 * MS);
}

/* It is measured once an interval, or less often if that takes long. */
static void size_asks_for_latency(struct kunit *test)
{
	struct wb_window_size size;

	wb_window_size_init(&size, T_US, 0);
	KUNIT_EXPECT_FALSE(test, size.drain);
	interval(&size, RATE, true);
	KUNIT_EXPECT_TRUE(test, size.drain);
	size.measured = size.begun + 100 * MS;
	interval(&size, RATE, true);
	KUNIT_EXPECT_FALSE(test, size.drain);
	interval(&size, RATE, true);
	KUNIT_EXPECT_TRUE(test, size.drain);
	interval(&size, RATE, false);
	KUNIT_EXPECT_FALSE(test, size.drain);

	size.latency[0] = U64_MAX;
	size.latency[1] = U64_MAX;
	wb_window_size_latency(&size, 20 * MS, 0);
	size.measured = size.begun;
	intervals(&size, RATE, 4);
	KUNIT_EXPECT_FALSE(test, size.drain);
	intervals(&size, RATE, 4);
	KUNIT_EXPECT_TRUE(test, size.drain);
}

/* A latency of long ago does not count. */
static void size_forgets_latency(struct kunit *test)
{
	struct wb_window_size size;

	wb_window_size_init(&size, T_US, 0);
	wb_window_size_latency(&size, 0, 0);
	intervals(&size, RATE, 14);
	KUNIT_EXPECT_EQ(test, min(size.latency[0], size.latency[1]), 0);
	intervals(&size, RATE, 16);
	KUNIT_EXPECT_EQ(test, min(size.latency[0], size.latency[1]), U64_MAX);
}

/* A window that does not run empty gets smaller, until it does. */
static void size_shrinks_if_it_does_not_run_empty(struct kunit *test)
{
	struct wb_window_size size;

	wb_window_size_init(&size, T_US, 0);
	intervals(&size, RATE, 16);
	size.latency[0] = U64_MAX;
	size.latency[1] = U64_MAX;
	wb_window_size_latency(&size, 32 * MS, 0);
	interval(&size, RATE, true);
	KUNIT_EXPECT_EQ(test, size.base, 32 * MS);
	size.drain = true;
	wb_window_size_missed(&size, size.begun);
	KUNIT_EXPECT_FALSE(test, size.drain);
	KUNIT_EXPECT_EQ(test, size.measured, size.begun);
	interval(&size, RATE, true);
	KUNIT_EXPECT_EQ(test, size.base, 16 * MS);
}

static struct kunit_case size_cases[] = {
	KUNIT_CASE(size_steady),
	KUNIT_CASE(size_has_bounds),
	KUNIT_CASE(size_of_bursts),
	KUNIT_CASE(size_follows_twice_the_rate),
	KUNIT_CASE(size_follows_half_the_rate),
	KUNIT_CASE(size_stays_when_idle),
	KUNIT_CASE(size_counts_no_idle_time),
	KUNIT_CASE(size_grows_for_latency),
	KUNIT_CASE(size_probes),
	KUNIT_CASE(size_allows_for_latency),
	KUNIT_CASE(size_discounts_transfer),
	KUNIT_CASE(size_bounds_latency),
	KUNIT_CASE(size_asks_for_latency),
	KUNIT_CASE(size_forgets_latency),
	KUNIT_CASE(size_shrinks_if_it_does_not_run_empty),
	{}
};

static struct kunit_suite size_suite = {
	.name = "memcg_dirty_window_size",
	.test_cases = size_cases,
};

/* The queue */

#define NR_WBS	6
#define SIZE	64
#define HALF	(SIZE / 2)
#define HELD_PART	(SZ_32K >> PAGE_SHIFT)
#define PROBE_PART	(SZ_16K >> PAGE_SHIFT)

struct flusher {
	struct bdi_writeback wb;
	atomic_t runs;
};

struct fixture {
	struct backing_dev_info *bdi;
	struct wb_window *w;
	struct flusher *f;
};

static void flusher_fn(struct work_struct *work)
{
	struct bdi_writeback *wb = container_of(to_delayed_work(work),
						struct bdi_writeback, dwork);

	atomic_inc(&container_of(wb, struct flusher, wb)->runs);
}

static int queue_init(struct kunit *test)
{
	struct fixture *fx = kunit_kzalloc(test, sizeof(*fx), GFP_KERNEL);
	int i;

	if (!fx)
		return -ENOMEM;
	fx->f = kunit_kcalloc(test, NR_WBS, sizeof(*fx->f), GFP_KERNEL);
	if (!fx->f)
		return -ENOMEM;
	fx->bdi = bdi_alloc(NUMA_NO_NODE);
	if (!fx->bdi)
		return -ENOMEM;
	test->priv = fx;
	if (bdi_register(fx->bdi, "memcg_window_kunit"))
		return -ENODEV;
	fx->w = &fx->bdi->dirty.window;
	wb_window_set(T_US);
	WRITE_ONCE(fx->w->size.window, SIZE);
	fx->w->size.begun = ktime_get_ns() + 1000 * NSEC_PER_SEC;
	for (i = 0; i < NR_WBS; i++) {
		struct bdi_writeback *wb = &fx->f[i].wb;

		if (percpu_counter_init_many(wb->stat, 0, GFP_KERNEL, NR_WB_STAT_ITEMS))
			return -ENOMEM;
		wb->bdi = fx->bdi;
		wb->memcg_css = fx->bdi->wb.memcg_css;
		spin_lock_init(&wb->work_lock);
		INIT_DELAYED_WORK(&wb->dwork, flusher_fn);
		set_bit(WB_registered, &wb->state);
		wb_window_init_slot(wb);
	}
	return 0;
}

static void queue_exit(struct kunit *test)
{
	struct fixture *fx = test->priv;
	int i;

	if (!fx)
		return;
	for (i = 0; i < NR_WBS; i++) {
		struct bdi_writeback *wb = &fx->f[i].wb;

		if (!wb->bdi)
			continue;
		wb_window_leave(wb);
		cancel_delayed_work_sync(&wb->dwork);
		percpu_counter_destroy_many(wb->stat, NR_WB_STAT_ITEMS);
	}
	wb_window_set(WB_WINDOW_OFF);
	bdi_unregister(fx->bdi);
	bdi_put(fx->bdi);
}

static struct bdi_writeback *nth(struct kunit *test, int i)
{
	struct fixture *fx = test->priv;

	return &fx->f[i].wb;
}

static unsigned long in_flight(struct kunit *test)
{
	struct fixture *fx = test->priv;

	return fx->w->in_flight;
}

/* Pages of the i-th come back. */
static void end_pages(struct kunit *test, int i, long nr)
{
	unsigned long flags;

	local_irq_save(flags);
	wb_window_ended(nth(test, i), nr);
	local_irq_restore(flags);
}

/* The i-th begins to write pages, for which it has asked. */
static void start_pages(struct kunit *test, int i, long nr)
{
	unsigned long flags;

	local_irq_save(flags);
	wb_window_started(nth(test, i), nr);
	local_irq_restore(flags);
	wb_window_put(nth(test, i), nr);
}

/* The i-th asks for pages and writes what it may. */
static long write_pages(struct kunit *test, int i)
{
	long nr = wb_window_get(nth(test, i), LONG_MAX);

	if (nr)
		start_pages(test, i, nr);
	return nr;
}

static int runs(struct kunit *test, int i)
{
	struct fixture *fx = test->priv;

	flush_delayed_work(&fx->f[i].wb.dwork);
	return atomic_read(&fx->f[i].runs);
}

static void look(struct kunit *test)
{
	struct fixture *fx = test->priv;

	fx->w->timer.function(&fx->w->timer);
}

/* Nothing of it has come back for so long. */
static void let_stand(struct kunit *test, int i, unsigned long time)
{
	nth(test, i)->dirty.window.moved_at -= time;
	nth(test, i)->dirty.window.granted_at -= time;
}

/* All ask; the first two get half of the window each. */
static void all_ask(struct kunit *test)
{
	int i;

	for (i = 0; i < NR_WBS; i++)
		KUNIT_ASSERT_EQ(test, write_pages(test, i), i < 2 ? HALF : 0);
	KUNIT_ASSERT_EQ(test, in_flight(test), SIZE);
}

static void queue_grants_halves(struct kunit *test)
{
	int i;

	all_ask(test);
	for (i = 0; i < NR_WBS; i++)
		KUNIT_EXPECT_EQ(test, wb_window_waits(nth(test, i)), i >= 2);
	/* Asking again changes nothing. */
	KUNIT_EXPECT_EQ(test, write_pages(test, 2), 0);
	KUNIT_EXPECT_EQ(test, write_pages(test, 0), 0);
}

/* One that nobody writes beside gets all there is room for, but not at first. */
static void queue_grants_all_to_one(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, write_pages(test, 0), HALF);
	end_pages(test, 0, HALF);
	KUNIT_EXPECT_EQ(test, write_pages(test, 0), SIZE);
	end_pages(test, 0, SIZE);
	KUNIT_EXPECT_EQ(test, write_pages(test, 1), HALF);
	end_pages(test, 1, HALF);
	KUNIT_EXPECT_EQ(test, write_pages(test, 0), HALF);
	KUNIT_EXPECT_EQ(test, write_pages(test, 1), HALF);
	KUNIT_EXPECT_EQ(test, in_flight(test), SIZE);
}

/* Who has not written all asks no more of the window. */
static void queue_goes_on_with_rest(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, wb_window_get(nth(test, 0), 10), 10);
	start_pages(test, 0, 10);
	KUNIT_EXPECT_EQ(test, in_flight(test), HALF);
	KUNIT_EXPECT_EQ(test, wb_window_get(nth(test, 0), LONG_MAX), HALF - 10);
	KUNIT_EXPECT_EQ(test, in_flight(test), HALF);
}

static void queue_is_first_come_first_served(struct kunit *test)
{
	int i;

	all_ask(test);
	for (i = 2; i < NR_WBS; i++) {
		KUNIT_EXPECT_EQ(test, runs(test, i), 0);
		end_pages(test, i - 2, HALF);
		KUNIT_EXPECT_EQ(test, runs(test, i), 1);
		KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, i)));
		KUNIT_EXPECT_TRUE(test, i + 1 == NR_WBS ||
				  wb_window_waits(nth(test, i + 1)));
		KUNIT_EXPECT_EQ(test, write_pages(test, i), HALF);
	}
}

/* All pages are looked at in the end, however few come back at once. */
static void queue_loses_no_page(struct kunit *test)
{
	int i;

	all_ask(test);
	for (i = 0; i < HALF; i++) {
		KUNIT_EXPECT_TRUE(test, wb_window_waits(nth(test, 2)));
		end_pages(test, 0, 1);
	}
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 2)));
	KUNIT_EXPECT_EQ(test, in_flight(test), SIZE);
}

/* Nobody is granted anything until it is empty, or that takes too long. */
static void queue_drains(struct kunit *test)
{
	struct fixture *fx = test->priv;

	all_ask(test);
	fx->w->size.drain = true;
	fx->w->drains_since = jiffies;
	end_pages(test, 0, HALF);
	KUNIT_EXPECT_TRUE(test, wb_window_waits(nth(test, 2)));
	end_pages(test, 1, HALF);
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 2)));
	KUNIT_EXPECT_FALSE(test, fx->w->size.drain);
	KUNIT_EXPECT_EQ(test, in_flight(test), PROBE_PART + HALF);

	/* The first of these measures the latency, with few pages. */
	KUNIT_EXPECT_PTR_EQ(test, fx->w->prober, &nth(test, 2)->dirty.window);
	KUNIT_EXPECT_EQ(test, write_pages(test, 2), PROBE_PART);
	KUNIT_EXPECT_EQ(test, write_pages(test, 3), HALF);
	fx->w->size.latency[0] = U64_MAX;
	end_pages(test, 2, 1);
	KUNIT_EXPECT_PTR_EQ(test, fx->w->prober, NULL);
	KUNIT_EXPECT_NE(test, fx->w->size.latency[0], U64_MAX);
	end_pages(test, 2, PROBE_PART - 1);

	fx->w->size.drain = true;
	fx->w->drains_since = jiffies - HZ;
	end_pages(test, 3, HALF);
	KUNIT_EXPECT_TRUE(test, wb_window_waits(nth(test, 5)));
	look(test);
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 5)));
}

/* More pages come back than were granted: fsync() wrote the rest. */
static void queue_counts_only_what_is_granted(struct kunit *test)
{
	all_ask(test);
	end_pages(test, 0, 10 * SIZE);
	KUNIT_EXPECT_EQ(test, in_flight(test), SIZE);
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 2)));
	KUNIT_EXPECT_TRUE(test, wb_window_waits(nth(test, 3)));
	end_pages(test, 0, 10 * SIZE);
	KUNIT_EXPECT_TRUE(test, wb_window_waits(nth(test, 3)));
}

/* The same, while it has not written yet what it may */
static void queue_counts_only_what_is_started(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, wb_window_get(nth(test, 0), LONG_MAX), HALF);
	end_pages(test, 0, HALF);
	KUNIT_EXPECT_EQ(test, in_flight(test), HALF);
	start_pages(test, 0, HALF);
	KUNIT_EXPECT_EQ(test, in_flight(test), HALF);
	end_pages(test, 0, HALF);
	KUNIT_EXPECT_EQ(test, in_flight(test), 0);
}

/* Pages that another task writes, fsync() above all, are not counted. */
static void queue_counts_only_its_flusher(struct kunit *test)
{
	unsigned long flags;

	KUNIT_ASSERT_EQ(test, wb_window_get(nth(test, 0), LONG_MAX), HALF);
	nth(test, 0)->dirty.window.flusher = (struct task_struct *)test;
	local_irq_save(flags);
	wb_window_started(nth(test, 0), HALF);
	local_irq_restore(flags);
	wb_window_put(nth(test, 0), 0);
	KUNIT_EXPECT_EQ(test, wb_window_get(nth(test, 0), LONG_MAX), HALF);
}

/* Others begin the writeback, as with compression: it goes on no longer. */
static void queue_believes_what_is_said(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, wb_window_get(nth(test, 0), LONG_MAX), HALF);
	wb_window_put(nth(test, 0), HALF);
	KUNIT_EXPECT_EQ(test, in_flight(test), 0);
	KUNIT_EXPECT_EQ(test, wb_window_get(nth(test, 0), LONG_MAX), HALF);
	wb_window_put(nth(test, 0), -1);
	KUNIT_EXPECT_EQ(test, in_flight(test), HALF);
}

/* A few pages have come back before the rest was given back. */
static void queue_settles_a_rest(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, wb_window_get(nth(test, 0), LONG_MAX), HALF);
	start_pages(test, 0, 3);
	end_pages(test, 0, 3);
	KUNIT_EXPECT_EQ(test, in_flight(test), HALF);
	wb_window_done(nth(test, 0));
	KUNIT_EXPECT_EQ(test, in_flight(test), 0);
}

/* A large folio is more than was granted. */
static void queue_counts_large_folios(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, wb_window_get(nth(test, 0), LONG_MAX), HALF);
	nth(test, 0)->stat[WB_WRITEBACK].count = 2 * SIZE;
	start_pages(test, 0, 2 * SIZE);
	KUNIT_EXPECT_EQ(test, in_flight(test), 2 * SIZE);
	KUNIT_EXPECT_EQ(test, write_pages(test, 1), 0);
	end_pages(test, 0, SIZE);
	KUNIT_EXPECT_TRUE(test, wb_window_waits(nth(test, 1)));
	end_pages(test, 0, SIZE);
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 1)));
	KUNIT_EXPECT_EQ(test, in_flight(test), HALF);
}

static void queue_takes_back(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, wb_window_get(nth(test, 0), LONG_MAX), HALF);
	KUNIT_ASSERT_EQ(test, write_pages(test, 1), HALF);
	KUNIT_ASSERT_EQ(test, write_pages(test, 2), 0);
	start_pages(test, 0, 10);
	wb_window_done(nth(test, 0));
	KUNIT_EXPECT_TRUE(test, wb_window_waits(nth(test, 2)));
	end_pages(test, 0, 10);
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 2)));
	KUNIT_EXPECT_EQ(test, in_flight(test), SIZE);
	/* What it got just now is for its next run. */
	wb_window_done(nth(test, 2));
	KUNIT_EXPECT_EQ(test, in_flight(test), SIZE);
	KUNIT_EXPECT_TRUE(test, wb_window_begin(nth(test, 2)));
	wb_window_done(nth(test, 2));
	KUNIT_EXPECT_EQ(test, in_flight(test), HALF);
}

/* Requests by ID leave every other grant to what else waits. */
static void queue_shares_a_slot(struct kunit *test)
{
	struct wb_window_slot *slot;
	struct wb_by_id *req = &nth(test, 0)->dirty.by_id;
	int n, by_id = 0, others = 0;

	slot = &nth(test, 0)->dirty.window;
	KUNIT_ASSERT_EQ(test, write_pages(test, 0), HALF);
	KUNIT_ASSERT_EQ(test, write_pages(test, 0), HALF);
	req->pages = ULONG_MAX;
	for (n = 0; n < 10; n++) {
		/* Both ask, and one grant comes. */
		KUNIT_ASSERT_EQ(test, write_pages(test, 0), 0);
		slot->others_wait = true;
		end_pages(test, 0, HALF);
		KUNIT_ASSERT_FALSE(test, wb_window_waits(nth(test, 0)));
		if (wb_window_begin(nth(test, 0))) {
			by_id++;
			slot->last_by_id = true;
		} else {
			/* If the others have no use for it, it stays. */
			wb_window_done(nth(test, 0));
			KUNIT_EXPECT_EQ(test, slot->left, HALF);
			KUNIT_EXPECT_FALSE(test, wb_by_id_precedes(nth(test, 0), true));
			others++;
			slot->others_wait = false;
		}
		KUNIT_ASSERT_EQ(test, write_pages(test, 0), HALF);
	}
	KUNIT_EXPECT_EQ(test, by_id, 5);
	KUNIT_EXPECT_EQ(test, others, 5);
	req->pages = 0;
}

/* Others' pages come back, and those of the first do not. */
static void queue_passes_who_is_held_back(struct kunit *test)
{
	struct fixture *fx = test->priv;
	int i;

	all_ask(test);
	nth(test, 0)->stat[WB_WRITEBACK].count = HALF;
	for (i = 1; i < NR_WBS; i++) {
		end_pages(test, i, HALF);
		write_pages(test, i + 1 < NR_WBS ? i + 1 : i);
	}
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 0);
	let_stand(test, 0, HZ / 20);
	look(test);
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 1);
	KUNIT_EXPECT_LE(test, in_flight(test), HALF);

	/* It gets nothing before its own have come back. */
	KUNIT_EXPECT_EQ(test, write_pages(test, 0), 0);
	KUNIT_EXPECT_EQ(test, runs(test, 0), 0);
	end_pages(test, 0, HALF);
	KUNIT_EXPECT_EQ(test, runs(test, 0), 1);

	/* What it gets then is little, and not in the window. */
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 1);
	KUNIT_EXPECT_LE(test, in_flight(test), HALF);
	KUNIT_EXPECT_EQ(test, write_pages(test, 0), HELD_PART);
	KUNIT_EXPECT_EQ(test, write_pages(test, 0), 0);

	/* That comes back in time, which counts once it goes on for some time. */
	end_pages(test, 0, HELD_PART);
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 1);
	KUNIT_EXPECT_EQ(test, write_pages(test, 0), HELD_PART);
	nth(test, 0)->dirty.window.held_at -= HZ;
	end_pages(test, 0, HELD_PART);
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 0);
	KUNIT_EXPECT_EQ(test, write_pages(test, 0), HALF);
}

/* The queue is empty for 5 s between bursts: that is no time of the disk. */
static void queue_is_idle(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u64 begun;

	KUNIT_ASSERT_EQ(test, write_pages(test, 0), HALF);
	end_pages(test, 0, HALF);
	KUNIT_ASSERT_EQ(test, in_flight(test), 0);
	fx->w->idle_since -= 5 * NSEC_PER_SEC;
	fx->w->size.begun = ktime_get_ns() - 6 * NSEC_PER_SEC;
	begun = fx->w->size.begun;
	KUNIT_ASSERT_GE(test, write_pages(test, 0), HALF);
	KUNIT_EXPECT_GE(test, fx->w->size.begun, begun + 5 * NSEC_PER_SEC);
	KUNIT_EXPECT_LE(test, fx->w->size.begun, ktime_get_ns());
}

/* What was granted has come back when more than that has been begun. */
static void queue_counts_what_comes_late(struct kunit *test)
{
	struct bdi_writeback *wb = nth(test, 0);
	unsigned long flags;

	KUNIT_ASSERT_EQ(test, wb_window_get(wb, LONG_MAX), HALF);
	local_irq_save(flags);
	wb_window_started(wb, 3 * HALF);
	wb_window_ended(wb, HALF);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, in_flight(test), 0);
	wb->stat[WB_WRITEBACK].count = 2 * HALF;
	wb_window_put(wb, 3 * HALF);
	KUNIT_EXPECT_EQ(test, in_flight(test), 2 * HALF);
	KUNIT_EXPECT_EQ(test, write_pages(test, 1), 0);
	end_pages(test, 0, 2 * HALF);
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 1)));
}

/* What was in front of the disk before comes back first, and does not stay there. */
static void queue_waits_for_what_was_before(struct kunit *test)
{
	struct bdi_writeback *wb = nth(test, 0);

	wb->stat[WB_WRITEBACK].count = 3 * SIZE;
	KUNIT_ASSERT_EQ(test, write_pages(test, 0), HALF);
	end_pages(test, 0, 2 * SIZE);
	KUNIT_EXPECT_EQ(test, in_flight(test), HALF);
	end_pages(test, 0, SIZE);
	KUNIT_EXPECT_EQ(test, in_flight(test), HALF);
	wb->stat[WB_WRITEBACK].count = HALF;
	end_pages(test, 0, HALF);
	KUNIT_EXPECT_EQ(test, in_flight(test), 0);
	/* As many as the window has are no matter. */
	KUNIT_ASSERT_EQ(test, write_pages(test, 0), SIZE);
	end_pages(test, 0, SIZE);
	KUNIT_EXPECT_EQ(test, in_flight(test), 0);
}

/* Who gives room back, as others begin its pages, passes it on. */
static void queue_passes_what_others_begin(struct kunit *test)
{
	int i;

	for (i = 0; i < 2; i++)
		KUNIT_ASSERT_EQ(test, wb_window_get(nth(test, i), LONG_MAX), HALF);
	KUNIT_ASSERT_EQ(test, wb_window_get(nth(test, 2), LONG_MAX), 0);
	wb_window_put(nth(test, 0), HALF);
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 2)));
	KUNIT_EXPECT_EQ(test, in_flight(test), SIZE);
}

/* One that was held back and is alone holds up nobody. */
static void queue_trusts_who_is_alone(struct kunit *test)
{
	nth(test, 0)->dirty.window.was_held = true;
	KUNIT_EXPECT_EQ(test, write_pages(test, 0), HALF);
	nth(test, 1)->dirty.window.was_held = true;
	KUNIT_EXPECT_EQ(test, write_pages(test, 1), HELD_PART);
}

/* Who was held back gets no more beside the window than there is in it. */
static void queue_bounds_trials(struct kunit *test)
{
	struct fixture *fx = test->priv;
	int i;

	KUNIT_ASSERT_EQ(test, write_pages(test, NR_WBS - 1), HALF);
	for (i = 0; i < NR_WBS - 1; i++)
		nth(test, i)->dirty.window.was_held = true;
	WRITE_ONCE(fx->w->size.window, 3 * HELD_PART);
	for (i = 0; i < NR_WBS - 1; i++)
		KUNIT_EXPECT_EQ(test, write_pages(test, i), i < 3 ? HELD_PART : 0);
	KUNIT_EXPECT_EQ(test, in_flight(test), HALF);

	/* They do not come back in time: others get their chance. */
	let_stand(test, 0, HZ);
	nth(test, 0)->stat[WB_WRITEBACK].count = HELD_PART;
	look(test);
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 3)));
	KUNIT_EXPECT_TRUE(test, wb_window_waits(nth(test, 4)));
	end_pages(test, 1, HELD_PART);
	KUNIT_EXPECT_FALSE(test, nth(test, 1)->dirty.window.was_held);
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 4)));
	KUNIT_EXPECT_EQ(test, fx->w->trial, 3 * HELD_PART);
	for (i = 0; i < NR_WBS; i++)
		wb_window_leave(nth(test, i));
	KUNIT_EXPECT_EQ(test, fx->w->trial, 0);
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&fx->w->trials));
}

/* A flusher that is slow has submitted nothing, and is not held back later. */
static void queue_forgives_slow_flushers(struct kunit *test)
{
	struct fixture *fx = test->priv;

	KUNIT_ASSERT_EQ(test, wb_window_get(nth(test, 0), LONG_MAX), HALF);
	KUNIT_ASSERT_EQ(test, write_pages(test, 1), HALF);
	KUNIT_ASSERT_EQ(test, write_pages(test, 2), 0);
	let_stand(test, 0, HZ / 5);
	look(test);
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 1);
	KUNIT_EXPECT_FALSE(test, nth(test, 0)->dirty.window.was_held);
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 2)));
}

/* Nor is one blamed for it that was held back before. */
static void queue_blames_no_slow_flusher(struct kunit *test)
{
	struct wb_window_slot *slot = &nth(test, 1)->dirty.window;
	struct fixture *fx = test->priv;
	unsigned long before = jiffies - 2 * HZ;

	slot->was_held = true;
	slot->held_at = before;
	KUNIT_ASSERT_EQ(test, write_pages(test, 0), HALF);
	KUNIT_ASSERT_EQ(test, wb_window_get(nth(test, 1), LONG_MAX), HELD_PART);
	let_stand(test, 1, HZ);
	fx->w->disk_done = 1;
	look(test);
	KUNIT_EXPECT_EQ(test, slot->held_at, before);
	start_pages(test, 1, HELD_PART);
	nth(test, 1)->stat[WB_WRITEBACK].count = HELD_PART;
	end_pages(test, 1, HELD_PART);
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 0);

	/* It is, if pages that it has begun do not come back. */
	KUNIT_ASSERT_EQ(test, write_pages(test, 0), HALF);
	slot->was_held = true;
	KUNIT_ASSERT_EQ(test, write_pages(test, 1), HELD_PART);
	let_stand(test, 1, HZ);
	fx->w->disk_done = 1;
	look(test);
	KUNIT_EXPECT_NE(test, slot->held_at, before);
}

/* Who gets back some pages now and then is held back all the same. */
static void queue_is_not_fooled_by_some(struct kunit *test)
{
	struct fixture *fx = test->priv;
	int i;

	all_ask(test);
	for (i = 1; i < NR_WBS; i++) {
		end_pages(test, i, HALF);
		write_pages(test, i + 1 < NR_WBS ? i + 1 : i);
	}
	let_stand(test, 0, HZ / 20);
	end_pages(test, 0, HALF / 4);
	nth(test, 0)->stat[WB_WRITEBACK].count = HALF - HALF / 4;
	look(test);
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 1);
}

/* Who gets back all that it had is not, however many it has by now. */
static void queue_trusts_who_gets_on(struct kunit *test)
{
	struct fixture *fx = test->priv;
	int i;

	KUNIT_ASSERT_EQ(test, write_pages(test, 0), HALF);
	KUNIT_ASSERT_EQ(test, write_pages(test, 0), HALF);
	for (i = 0; i < 10; i++) {
		let_stand(test, 0, HZ / 20);
		end_pages(test, 0, HALF);
		KUNIT_ASSERT_EQ(test, write_pages(test, 0), HALF);
		nth(test, 0)->stat[WB_WRITEBACK].count = SIZE;
		fx->w->disk_done = 1;
		look(test);
		KUNIT_EXPECT_EQ(test, fx->w->nr_held, 0);
	}
}

/* While the disk writes something else, nobody is held back at once. */
static void queue_waits_for_the_disk(struct kunit *test)
{
	struct fixture *fx = test->priv;

	all_ask(test);
	nth(test, 0)->stat[WB_WRITEBACK].count = HALF;
	nth(test, 1)->stat[WB_WRITEBACK].count = HALF;
	let_stand(test, 0, HZ / 20);
	fx->w->disk_done = 1;
	look(test);
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 0);
	let_stand(test, 0, HZ / 10);
	fx->w->disk_done = 1;
	look(test);
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 1);
}

/* Before others, it was the rate of one that is held back that was measured. */
static void queue_has_no_endless_patience(struct kunit *test)
{
	struct fixture *fx = test->priv;

	all_ask(test);
	fx->w->size.rate = 1;
	nth(test, 0)->stat[WB_WRITEBACK].count = HALF;
	nth(test, 1)->stat[WB_WRITEBACK].count = HALF;
	let_stand(test, 0, HZ);
	fx->w->disk_done = 1;
	look(test);
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 1);
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 2)));
}

/* Pages that are gone are not counted again with the next ones. */
static void queue_forgets_for_good(struct kunit *test)
{
	struct bdi_writeback *wb = nth(test, 0);

	KUNIT_ASSERT_EQ(test, write_pages(test, 0), HALF);
	KUNIT_ASSERT_EQ(test, write_pages(test, 1), HALF);
	KUNIT_ASSERT_EQ(test, write_pages(test, 2), 0);
	wb->stat[WB_WRITEBACK].count = HALF / 2;
	let_stand(test, 0, HZ / 20);
	look(test);
	KUNIT_ASSERT_EQ(test, in_flight(test), HALF + HALF / 2);
	end_pages(test, 1, HALF);
	write_pages(test, 2);
	end_pages(test, 2, HALF);
	KUNIT_ASSERT_EQ(test, in_flight(test), HALF / 2);
	wb->stat[WB_WRITEBACK].count = 2 * SIZE;
	KUNIT_ASSERT_EQ(test, write_pages(test, 0), HALF);
	KUNIT_EXPECT_EQ(test, in_flight(test), HALF + HALF / 2);
}

/* A wb without a limit has more in front of the disk than fits into the window. */
static void queue_is_overrun(struct kunit *test)
{
	struct bdi_writeback *wb = nth(test, 0);

	wb->stat[WB_WRITEBACK].count = SIZE;
	KUNIT_EXPECT_FALSE(test, wb_window_is_overrun(wb));
	wb->stat[WB_WRITEBACK].count = SIZE + 1;
	KUNIT_EXPECT_TRUE(test, wb_window_is_overrun(wb));
	KUNIT_ASSERT_EQ(test, write_pages(test, 0), HALF);
	KUNIT_EXPECT_FALSE(test, wb_window_is_overrun(wb));
}

/* It waits for the others already, and is not in the queue any more. */
static void queue_leaves_out_who_is_held_back(struct kunit *test)
{
	struct fixture *fx = test->priv;

	all_ask(test);
	KUNIT_ASSERT_EQ(test, write_pages(test, 0), 0);
	nth(test, 0)->stat[WB_WRITEBACK].count = HALF;
	let_stand(test, 0, HZ / 5);
	look(test);
	KUNIT_ASSERT_EQ(test, fx->w->nr_held, 1);
	KUNIT_EXPECT_TRUE(test, wb_window_waits(nth(test, 0)));
	KUNIT_EXPECT_EQ(test, list_count_nodes(&fx->w->waiting), NR_WBS - 3);
	/* When its own have come back, it gets a part beside the window. */
	end_pages(test, 0, HALF);
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 0)));
	KUNIT_EXPECT_EQ(test, list_count_nodes(&fx->w->waiting), NR_WBS - 3);
}

/* All are held back at once, and one after the other is passed. */
static void queue_does_not_stand_still(struct kunit *test)
{
	struct fixture *fx = test->priv;

	all_ask(test);
	let_stand(test, 0, HZ / 5);
	let_stand(test, 1, HZ / 5);
	nth(test, 0)->stat[WB_WRITEBACK].count = HALF;
	nth(test, 1)->stat[WB_WRITEBACK].count = HALF;
	look(test);
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 1);
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 2)));
	KUNIT_EXPECT_TRUE(test, wb_window_waits(nth(test, 3)));
	look(test);
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 1);
	fx->w->stuck_at -= HZ / 5;
	look(test);
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 2);
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 3)));
}

/* Pages that came back to another wb, to which their inode was switched */
static void queue_forgets_what_is_gone(struct kunit *test)
{
	struct fixture *fx = test->priv;

	all_ask(test);
	nth(test, 1)->stat[WB_WRITEBACK].count = HALF;
	let_stand(test, 0, HZ / 20);
	let_stand(test, 1, HZ / 20);
	look(test);
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 0);
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 2)));
	KUNIT_EXPECT_TRUE(test, wb_window_waits(nth(test, 3)));
	KUNIT_EXPECT_EQ(test, in_flight(test), SIZE);
}

/* Who is shut down, waiting, granted or held back, takes nothing with him. */
static void queue_leave(struct kunit *test)
{
	struct fixture *fx = test->priv;

	all_ask(test);
	wb_window_leave(nth(test, 3));
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 3)));
	wb_window_leave(nth(test, 0));
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 2)));
	KUNIT_EXPECT_EQ(test, in_flight(test), SIZE);
	end_pages(test, 0, HALF);
	KUNIT_EXPECT_EQ(test, in_flight(test), SIZE);

	nth(test, 1)->stat[WB_WRITEBACK].count = HALF;
	let_stand(test, 1, HZ);
	look(test);
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 1);
	KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, 4)));
	wb_window_leave(nth(test, 1));
	KUNIT_EXPECT_EQ(test, fx->w->nr_held, 0);
	KUNIT_EXPECT_EQ(test, in_flight(test), SIZE);
	wb_window_leave(nth(test, 2));
	wb_window_leave(nth(test, 4));
	wb_window_leave(nth(test, 5));
	KUNIT_EXPECT_EQ(test, in_flight(test), 0);
	KUNIT_EXPECT_EQ(test, fx->w->nr_waiting, 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&fx->w->waiting));
	KUNIT_EXPECT_TRUE(test, list_empty(&fx->w->granted));
}

/* One that is shut down does not wait: nothing would wake it. */
static void queue_does_not_stop_shutdown(struct kunit *test)
{
	all_ask(test);
	clear_bit(WB_registered, &nth(test, 5)->state);
	KUNIT_EXPECT_EQ(test, wb_window_get(nth(test, 5), 1000), 1000);
}

/* Without a window all who wait are woken, and nobody waits. */
static void queue_opens(struct kunit *test)
{
	struct fixture *fx = test->priv;
	int i;

	all_ask(test);
	wb_window_set(WB_WINDOW_OFF);
	for (i = 2; i < NR_WBS; i++) {
		KUNIT_EXPECT_FALSE(test, wb_window_waits(nth(test, i)));
		KUNIT_EXPECT_EQ(test, runs(test, i), 1);
	}
	KUNIT_EXPECT_EQ(test, wb_window_get(nth(test, 0), 1000), 1000);
	start_pages(test, 0, 1000);
	KUNIT_EXPECT_EQ(test, in_flight(test), 0);

	/* Pages that come back later are not counted in a new one. */
	wb_window_set(T_US);
	end_pages(test, 0, HALF);
	KUNIT_EXPECT_EQ(test, in_flight(test), 0);
	KUNIT_EXPECT_EQ(test, fx->w->nr_waiting, 0);
	KUNIT_EXPECT_EQ(test, write_pages(test, 0), HALF);
}

/* All want more: everybody is served in turn. */
static void queue_round(struct kunit *test)
{
	long written[NR_WBS] = { HALF, HALF };
	int i, n;

	all_ask(test);
	write_pages(test, 0);
	write_pages(test, 1);
	for (n = 0; n < 10 * NR_WBS; n++) {
		i = n % NR_WBS;
		end_pages(test, i, HALF);
		i = (n + 2) % NR_WBS;
		KUNIT_ASSERT_FALSE(test, wb_window_waits(nth(test, i)));
		written[i] += write_pages(test, i);
		KUNIT_ASSERT_EQ(test, write_pages(test, i), 0);
	}
	for (i = 1; i < NR_WBS; i++)
		KUNIT_EXPECT_LE(test, abs(written[i] - written[0]), HALF);
}

static struct kunit_case queue_cases[] = {
	KUNIT_CASE(queue_grants_halves),
	KUNIT_CASE(queue_grants_all_to_one),
	KUNIT_CASE(queue_goes_on_with_rest),
	KUNIT_CASE(queue_is_first_come_first_served),
	KUNIT_CASE(queue_loses_no_page),
	KUNIT_CASE(queue_drains),
	KUNIT_CASE(queue_counts_only_what_is_granted),
	KUNIT_CASE(queue_counts_only_what_is_started),
	KUNIT_CASE(queue_counts_only_its_flusher),
	KUNIT_CASE(queue_believes_what_is_said),
	KUNIT_CASE(queue_settles_a_rest),
	KUNIT_CASE(queue_counts_large_folios),
	KUNIT_CASE(queue_takes_back),
	KUNIT_CASE(queue_shares_a_slot),
	KUNIT_CASE(queue_passes_who_is_held_back),
	KUNIT_CASE(queue_is_idle),
	KUNIT_CASE(queue_counts_what_comes_late),
	KUNIT_CASE(queue_passes_what_others_begin),
	KUNIT_CASE(queue_trusts_who_is_alone),
	KUNIT_CASE(queue_waits_for_what_was_before),
	KUNIT_CASE(queue_bounds_trials),
	KUNIT_CASE(queue_forgives_slow_flushers),
	KUNIT_CASE(queue_blames_no_slow_flusher),
	KUNIT_CASE(queue_is_not_fooled_by_some),
	KUNIT_CASE(queue_trusts_who_gets_on),
	KUNIT_CASE(queue_waits_for_the_disk),
	KUNIT_CASE(queue_has_no_endless_patience),
	KUNIT_CASE(queue_forgets_for_good),
	KUNIT_CASE(queue_is_overrun),
	KUNIT_CASE(queue_leaves_out_who_is_held_back),
	KUNIT_CASE(queue_does_not_stand_still),
	KUNIT_CASE(queue_forgets_what_is_gone),
	KUNIT_CASE(queue_leave),
	KUNIT_CASE(queue_does_not_stop_shutdown),
	KUNIT_CASE(queue_opens),
	KUNIT_CASE(queue_round),
	{}
};

static struct kunit_suite queue_suite = {
	.name = "memcg_dirty_window",
	.init = queue_init,
	.exit = queue_exit,
	.test_cases = queue_cases,
};

kunit_test_suites(&size_suite, &queue_suite);

MEMCG_DIRTY_IMPORT_NS();
MEMCG_DIRTY_IMPORT_KUNIT_NS();
MODULE_AUTHOR("memcg-dirty maintainers");
MODULE_DESCRIPTION("KUnit suites of the writeback window");
MODULE_LICENSE("GPL");
