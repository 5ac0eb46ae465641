// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the turns that flushers of limited memcgs take.
 *
 * The wbs are fakes: they are not registered, so that there is nothing to wake.
 */

#include <kunit/test.h>
#include <linux/backing-dev.h>
#include <linux/cpumask.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "../module/compat.h"
#include "internal.h"

#define WAITERS	4

struct turns {
	struct backing_dev_info bdi;
	unsigned int max;	/* that write at a time */
	unsigned int nr;
	struct bdi_writeback *wbs;	/* @max, and those who wait */
};

static int turn_init(struct kunit *test)
{
	struct turns *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	unsigned int i;

	if (!t)
		return -ENOMEM;
	t->max = max(16U, num_online_cpus());
	t->nr = t->max + WAITERS;
	t->wbs = kunit_kcalloc(test, t->nr, sizeof(*t->wbs), GFP_KERNEL);
	if (!t->wbs)
		return -ENOMEM;
	wb_turn_init_bdi(&t->bdi);
	for (i = 0; i < t->nr; i++) {
		t->wbs[i].bdi = &t->bdi;
		spin_lock_init(&t->wbs[i].work_lock);
		wb_turn_init(&t->wbs[i]);
	}
	test->priv = t;
	return 0;
}

/* All of them want a turn; returns those who wait, the first @t->max do not. */
static struct bdi_writeback *turn_all(struct kunit *test)
{
	struct turns *t = test->priv;
	unsigned int i;

	for (i = 0; i < t->nr; i++)
		KUNIT_ASSERT_EQ(test, wb_turn_take(&t->wbs[i]), i < t->max);
	return t->wbs + t->max;
}

static void expect_turn(struct kunit *test, struct bdi_writeback *wb)
{
	KUNIT_EXPECT_TRUE(test, wb_turn_is_held(wb));
	KUNIT_EXPECT_FALSE(test, wb_turn_is_awaited(wb));
}

static void expect_waits(struct kunit *test, struct bdi_writeback *wb)
{
	KUNIT_EXPECT_FALSE(test, wb_turn_is_held(wb));
	KUNIT_EXPECT_TRUE(test, wb_turn_is_awaited(wb));
}

static void expect_neither(struct kunit *test, struct bdi_writeback *wb)
{
	KUNIT_EXPECT_FALSE(test, wb_turn_is_held(wb));
	KUNIT_EXPECT_FALSE(test, wb_turn_is_awaited(wb));
}

static void turn_test_limit(struct kunit *test)
{
	struct turns *t = test->priv;
	struct bdi_writeback *waiters = turn_all(test);
	unsigned int i;

	for (i = 0; i < t->max; i++)
		expect_turn(test, &t->wbs[i]);
	for (i = 0; i < WAITERS; i++)
		expect_waits(test, &waiters[i]);
	KUNIT_EXPECT_EQ(test, t->bdi.dirty.turns, t->max);
}

/* First come, first served; asking again changes nothing. */
static void turn_test_order(struct kunit *test)
{
	struct turns *t = test->priv;
	struct bdi_writeback *waiters = turn_all(test);
	unsigned int i;

	KUNIT_EXPECT_TRUE(test, wb_turn_take(&t->wbs[0]));
	KUNIT_EXPECT_FALSE(test, wb_turn_take(&waiters[0]));
	for (i = 0; i < WAITERS; i++) {
		expect_waits(test, &waiters[i]);
		wb_turn_end(&t->wbs[t->max - 1 - i], false);
		expect_neither(test, &t->wbs[t->max - 1 - i]);
		expect_turn(test, &waiters[i]);
		KUNIT_EXPECT_TRUE(test, wb_turn_take(&waiters[i]));
	}
	KUNIT_EXPECT_EQ(test, t->bdi.dirty.turns, t->max);
}

/* Who wants more comes after all who wait. */
static void turn_test_more(struct kunit *test)
{
	struct turns *t = test->priv;
	struct bdi_writeback *waiters = turn_all(test);
	unsigned int i;

	wb_turn_end(&t->wbs[0], true);
	expect_waits(test, &t->wbs[0]);
	expect_turn(test, &waiters[0]);
	for (i = 1; i < WAITERS; i++)
		wb_turn_end(&t->wbs[i], false);
	expect_turn(test, &waiters[WAITERS - 1]);
	expect_waits(test, &t->wbs[0]);
	wb_turn_end(&t->wbs[i], false);
	expect_turn(test, &t->wbs[0]);
}

/* With nobody else it goes on at once. */
static void turn_test_more_alone(struct kunit *test)
{
	struct turns *t = test->priv;

	KUNIT_ASSERT_TRUE(test, wb_turn_take(&t->wbs[0]));
	wb_turn_end(&t->wbs[0], true);
	expect_turn(test, &t->wbs[0]);
	KUNIT_EXPECT_EQ(test, t->bdi.dirty.turns, 1);
}

static void turn_test_over(struct kunit *test)
{
	struct turns *t = test->priv;
	struct bdi_writeback *waiters;
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, wb_turn_take(&t->wbs[0]));
	KUNIT_EXPECT_FALSE(test, wb_turn_is_over(&t->wbs[0]));
	waiters = turn_all(test);
	KUNIT_EXPECT_TRUE(test, wb_turn_is_over(&t->wbs[0]));
	KUNIT_EXPECT_FALSE(test, wb_turn_is_over(&waiters[0]));
	for (i = 0; i < WAITERS; i++)
		wb_turn_end(&t->wbs[1 + i], false);
	KUNIT_EXPECT_FALSE(test, wb_turn_is_over(&t->wbs[0]));
}

/* Who leaves takes no turn with him, whether he waits, or has or just got one. */
static void turn_test_leave(struct kunit *test)
{
	struct turns *t = test->priv;
	struct bdi_writeback *waiters = turn_all(test);

	wb_turn_leave(&waiters[1]);
	expect_neither(test, &waiters[1]);
	wb_turn_end(&t->wbs[0], false);
	expect_turn(test, &waiters[0]);
	wb_turn_leave(&waiters[0]);
	expect_neither(test, &waiters[0]);
	expect_turn(test, &waiters[2]);
	wb_turn_leave(&t->wbs[1]);
	expect_turn(test, &waiters[3]);
	KUNIT_EXPECT_EQ(test, t->bdi.dirty.turns, t->max);
}

/* Ending what one does not have makes no room for others. */
static void turn_test_none(struct kunit *test)
{
	struct turns *t = test->priv;
	struct bdi_writeback *waiters = turn_all(test);

	wb_turn_end(&waiters[0], true);
	wb_turn_end(&waiters[1], false);
	expect_waits(test, &waiters[0]);
	expect_waits(test, &waiters[1]);
	KUNIT_EXPECT_EQ(test, t->bdi.dirty.turns, t->max);
}

/* All want more: everybody is served in turn, and none is left when all have left. */
static void turn_test_round(struct kunit *test)
{
	struct turns *t = test->priv;
	unsigned int i;

	turn_all(test);
	for (i = 0; i < 10 * t->nr; i++) {
		KUNIT_ASSERT_TRUE(test, wb_turn_is_held(&t->wbs[i % t->nr]));
		wb_turn_end(&t->wbs[i % t->nr], true);
	}
	for (i = 0; i < t->nr; i++)
		wb_turn_leave(&t->wbs[i]);
	KUNIT_EXPECT_EQ(test, t->bdi.dirty.turns, 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&t->bdi.dirty.waiting));
}

static struct kunit_case turn_cases[] = {
	KUNIT_CASE(turn_test_limit),
	KUNIT_CASE(turn_test_order),
	KUNIT_CASE(turn_test_more),
	KUNIT_CASE(turn_test_more_alone),
	KUNIT_CASE(turn_test_over),
	KUNIT_CASE(turn_test_leave),
	KUNIT_CASE(turn_test_none),
	KUNIT_CASE(turn_test_round),
	{}
};

static struct kunit_suite turn_suite = {
	.name = "memcg_dirty_turn",
	.init = turn_init,
	.test_cases = turn_cases,
};

kunit_test_suite(turn_suite);

MEMCG_DIRTY_IMPORT_KUNIT_NS();
MODULE_AUTHOR("memcg-dirty maintainers");
MODULE_DESCRIPTION("KUnit suite of the turns of flushers");
MODULE_LICENSE("GPL");
