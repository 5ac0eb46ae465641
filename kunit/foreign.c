// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the records of foreign dirtying, and of flushing by ID.
 *
 * The memcgs are fakes: memory that is linked to a parent, with no cgroup
 * behind. The devices in records are but numbers. The one that is flushed is a
 * device without inodes that has been told how many dirty pages it has.
 */

#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/backing-dev.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/numa.h>
#include <linux/percpu_counter.h>
#include <linux/processor.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/writeback.h>

#include "../module/compat.h"
#include "internal.h"

/* Devices of records, and one that none is of */
#define SDA	8
#define SDB	16
#define SDC	32

/* More owners than can be remembered */
#define MANY	(MEMCG_FOREIGN_MAX + 16)

/* Space for all entries that a memcg can have, and unrecorded pages */
#define ENTRIES	(MEMCG_FOREIGN_MAX + 1)

struct owner {
	struct list_head list;
	struct mem_cgroup_ptr *ptr;	/* a reference, or NULL */
	struct memcg_dirty dirty;
	struct mem_cgroup memcg;	/* last, as it ends in an array */
};

/*
 * @ground is an ancestor of all owners and never has a pointer. What is in its
 * list when all owners are gone has a reference too many: a record's.
 */
struct fixture {
	struct mem_cgroup *memcg;	/* whose records they are */
	struct owner *ground;
	struct list_head owners;	/* youngest first */
	int ids;
	spinlock_t lock;		/* as that of i_pages */
	unsigned int counts;
	struct backing_dev_info *bdi;
	bool registered;
	int nr;				/* of entries */
	struct memcg_foreign_entry entries[ENTRIES];
};

/*
 * Waits until removed records are freed, until pointers that these and the
 * memcgs had references to are released, and then until those are freed.
 */
static void settle(void)
{
	rcu_barrier();
	rcu_barrier();
}

/* Sleeps, so that what comes next is later by a jiffy or more. */
static void tick(unsigned long ticks)
{
	msleep(jiffies_to_msecs(ticks + 1));
}

/* A memcg without a pointer; NULL without memory */
static struct owner *alloc_owner(struct kunit *test)
{
	struct owner *owner = kunit_kzalloc(test, sizeof(*owner), GFP_KERNEL);

	if (owner) {
		owner->memcg.dirty = &owner->dirty;
		owner->dirty.memcg = &owner->memcg;
	}
	return owner;
}

static struct owner *new_owner(struct kunit *test, struct owner *parent)
{
	struct fixture *fx = test->priv;
	struct owner *owner = alloc_owner(test);

	KUNIT_ASSERT_NOT_NULL(test, owner);
	owner->memcg.css.parent = &parent->memcg.css;
	owner->memcg.css.id = ++fx->ids;
	KUNIT_ASSERT_EQ(test, mem_cgroup_ptr_alloc(&owner->memcg), 0);
	list_add(&owner->list, &fx->owners);

	owner->ptr = mem_cgroup_ptr_get_of(&owner->memcg);
	KUNIT_ASSERT_NOT_NULL(test, owner->ptr);
	return owner;
}

static struct owner **new_owners(struct kunit *test, unsigned int nr)
{
	struct fixture *fx = test->priv;
	struct owner **owners;
	unsigned int i;

	owners = kunit_kcalloc(test, nr, sizeof(*owners), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, owners);
	for (i = 0; i < nr; i++)
		owners[i] = new_owner(test, fx->ground);
	return owners;
}

/* Leaves records alone to hold the owner's pointer. */
static void drop_owner(struct owner *owner)
{
	mem_cgroup_ptr_put(owner->ptr);
	owner->ptr = NULL;
}

/* Number of pointers that nobody but records holds, once all is settled */
static size_t pointers_left(struct fixture *fx)
{
	settle();
	return list_count_nodes(&fx->ground->dirty.ptr_list);
}

/* Half of the times as the page cache does it, half with interrupts on */
static void count(struct kunit *test, u64 bdi_id, struct owner *owner, long nr)
{
	struct fixture *fx = test->priv;
	unsigned long flags;

	if (fx->counts++ % 2) {
		spin_lock_irqsave(&fx->lock, flags);
		memcg_foreign_mod(fx->memcg, bdi_id, owner->ptr, nr);
		spin_unlock_irqrestore(&fx->lock, flags);
	} else {
		memcg_foreign_mod(fx->memcg, bdi_id, owner->ptr, nr);
	}
}

/* Reads all entries. Returns how many there are. */
static int look(struct kunit *test)
{
	struct fixture *fx = test->priv;

	fx->nr = memcg_foreign_read(fx->memcg, fx->entries, 0, ENTRIES);
	KUNIT_ASSERT_GE(test, fx->nr, 0);
	KUNIT_ASSERT_LE(test, fx->nr, ENTRIES);
	return fx->nr;
}

/* The entry of a device and an owner, as of the last look; or NULL */
static struct memcg_foreign_entry *entry_of(struct fixture *fx, u64 bdi_id,
					    u64 owner)
{
	int i;

	for (i = 0; i < fx->nr; i++)
		if (fx->entries[i].bdi_id == bdi_id &&
		    fx->entries[i].owner == owner)
			return &fx->entries[i];
	return NULL;
}

static unsigned long dirty_of(struct kunit *test, u64 bdi_id,
			      struct owner *owner)
{
	struct memcg_foreign_entry *e;

	look(test);
	e = entry_of(test->priv, bdi_id, owner->memcg.css.id);
	return e ? e->dirty : 0;
}

static unsigned long since_of(struct kunit *test, u64 bdi_id,
			      struct owner *owner)
{
	struct memcg_foreign_entry *e;

	look(test);
	e = entry_of(test->priv, bdi_id, owner->memcg.css.id);
	KUNIT_ASSERT_NOT_NULL(test, e);
	return e->since;
}

static unsigned long dirty_unrecorded(struct kunit *test)
{
	struct memcg_foreign_entry *e;

	look(test);
	e = entry_of(test->priv, 0, 0);
	return e ? e->dirty : 0;
}

/* Sum of the entries that were there at the last look */
static unsigned long sum(struct fixture *fx)
{
	unsigned long pages = 0;
	int i;

	for (i = 0; i < fx->nr; i++)
		pages += fx->entries[i].dirty;
	return pages;
}

/* The sum is so many pages, and all of them are shown somewhere. */
static void expect_pages(struct kunit *test, unsigned long pages)
{
	struct fixture *fx = test->priv;

	KUNIT_EXPECT_EQ(test, memcg_foreign_pages(fx->memcg), pages);
	look(test);
	KUNIT_EXPECT_EQ(test, sum(fx), pages);
}

/* No records */

static void memcg_without_table(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct owner *owner = new_owner(test, fx->ground);

	expect_pages(test, 0);
	KUNIT_EXPECT_EQ(test, look(test), 0);
	memcg_foreign_expire(fx->memcg);
	memcg_foreign_forget(fx->memcg, SDA);
	memcg_foreign_free(fx->memcg);

	/* dirtied before anybody kept a record of it */
	count(test, SDA, owner, -4);
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(fx->memcg->dirty->foreign.table));
	KUNIT_EXPECT_EQ(test, memcg_foreign_pages(fx->memcg), 0);
	KUNIT_EXPECT_EQ(test, look(test), 0);
}

/* Counting */

static void first_count_makes_record(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct owner *owner = new_owner(test, fx->ground);
	unsigned long begin = jiffies;

	count(test, SDA, owner, 7);

	KUNIT_ASSERT_EQ(test, look(test), 1);
	KUNIT_EXPECT_EQ(test, fx->entries[0].bdi_id, SDA);
	KUNIT_EXPECT_EQ(test, fx->entries[0].owner, owner->memcg.css.id);
	KUNIT_EXPECT_EQ(test, fx->entries[0].dirty, 7);
	KUNIT_EXPECT_TRUE(test, time_in_range(fx->entries[0].since, begin,
					      jiffies));
	expect_pages(test, 7);
}

static void same_key_adds_up(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct owner *owner = new_owner(test, fx->ground);
	unsigned long pages = 0;
	unsigned int i;

	for (i = 1; i <= 16; i++) {
		count(test, SDA, owner, i);
		pages += i;
		KUNIT_EXPECT_EQ(test, look(test), 1);
		expect_pages(test, pages);
	}
	for (i = 1; i <= 8; i++) {
		count(test, SDA, owner, -2);
		pages -= 2;
		KUNIT_EXPECT_EQ(test, look(test), 1);
		expect_pages(test, pages);
	}
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, owner), pages);
}

static void devices_are_apart(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct owner *owner = new_owner(test, fx->ground);

	count(test, SDA, owner, 3);
	count(test, SDB, owner, 5);
	count(test, SDA, owner, 1);

	KUNIT_EXPECT_EQ(test, look(test), 2);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, owner), 4);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDB, owner), 5);
	expect_pages(test, 9);

	count(test, SDA, owner, -4);
	KUNIT_EXPECT_EQ(test, look(test), 1);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDB, owner), 5);
	expect_pages(test, 5);
}

/* More than there are hash buckets */
static void colliding_devices_are_apart(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct owner *owner = new_owner(test, fx->ground);
	int i;

	for (i = 1; i <= 64; i++)
		count(test, i, owner, i);
	for (i = 1; i <= 64; i++)
		KUNIT_EXPECT_EQ(test, dirty_of(test, i, owner), i);
	KUNIT_EXPECT_EQ(test, look(test), 64);
	expect_pages(test, 64 * 65 / 2);
}

static void owners_are_apart(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct owner *a = new_owner(test, fx->ground);
	struct owner *b = new_owner(test, fx->ground);

	count(test, SDA, a, 3);
	count(test, SDA, b, 5);
	count(test, SDA, a, 1);

	KUNIT_EXPECT_EQ(test, look(test), 2);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, a), 4);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, b), 5);
	expect_pages(test, 9);

	count(test, SDA, b, -5);
	KUNIT_EXPECT_EQ(test, look(test), 1);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, a), 4);
	expect_pages(test, 4);
}

static void empty_record_is_not_shown(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct owner *owner = new_owner(test, fx->ground);

	count(test, SDA, owner, 8);
	count(test, SDA, owner, -7);
	KUNIT_EXPECT_EQ(test, look(test), 1);
	count(test, SDA, owner, -1);
	KUNIT_EXPECT_EQ(test, look(test), 0);
	expect_pages(test, 0);

	count(test, SDA, owner, 2);
	KUNIT_EXPECT_EQ(test, look(test), 1);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, owner), 2);
	expect_pages(test, 2);
}

static void since_is_when_it_was_empty(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct owner *owner = new_owner(test, fx->ground);
	unsigned long first, again;

	count(test, SDA, owner, 8);
	first = since_of(test, SDA, owner);

	/* neither more pages nor fewer */
	tick(1);
	count(test, SDA, owner, 8);
	count(test, SDA, owner, -15);
	KUNIT_EXPECT_EQ(test, since_of(test, SDA, owner), first);

	count(test, SDA, owner, -1);
	again = jiffies;
	count(test, SDA, owner, 1);
	KUNIT_EXPECT_TRUE(test, time_after(again, first));
	KUNIT_EXPECT_TRUE(test, time_in_range(since_of(test, SDA, owner),
					      again, jiffies));
}

/* As a sum of CPUs that see each other's counts late */
static void more_out_than_in(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct owner *owner = new_owner(test, fx->ground);

	count(test, SDA, owner, 5);
	count(test, SDA, owner, -8);
	KUNIT_EXPECT_EQ(test, look(test), 0);
	expect_pages(test, 0);

	count(test, SDA, owner, -LONG_MAX / 2);
	KUNIT_EXPECT_EQ(test, look(test), 0);
	expect_pages(test, 0);
	count(test, SDA, owner, LONG_MAX / 2);
	KUNIT_EXPECT_EQ(test, memcg_foreign_pages(fx->memcg), 0);

	/* and then it is right again */
	count(test, SDA, owner, 2);
	KUNIT_EXPECT_EQ(test, memcg_foreign_pages(fx->memcg), 0);
	count(test, SDA, owner, 1);
	KUNIT_EXPECT_EQ(test, memcg_foreign_pages(fx->memcg), 0);
	count(test, SDA, owner, 1);
	KUNIT_EXPECT_EQ(test, memcg_foreign_pages(fx->memcg), 1);
}

/* Reading */

static void entries_beyond_space_are_counted(struct kunit *test)
{
	struct owner **owners = new_owners(test, 3);
	struct fixture *fx = test->priv;
	int i;

	for (i = 0; i < 3; i++)
		count(test, SDA, owners[i], 1);

	KUNIT_EXPECT_EQ(test, memcg_foreign_read(fx->memcg, NULL, 0, 0), 3);
	for (i = 1; i <= 4; i++) {
		memset(fx->entries, 0xa5, sizeof(fx->entries));
		KUNIT_EXPECT_EQ(test, memcg_foreign_read(fx->memcg, fx->entries,
							 0, i), 3);
		KUNIT_EXPECT_EQ(test, fx->entries[min(i, 3) - 1].dirty, 1);
		KUNIT_EXPECT_NE(test, fx->entries[min(i, 3)].dirty, 1);
	}
}

static void entries_of_memcgs_add_up(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct owner *a = new_owner(test, fx->ground);
	struct owner *b = new_owner(test, fx->ground);
	struct memcg_foreign_entry *e;
	struct owner *second = alloc_owner(test);
	unsigned long since;
	int nr;

	KUNIT_ASSERT_NOT_NULL(test, second);

	memcg_foreign_mod(&second->memcg, SDA, a->ptr, 10);
	memcg_foreign_mod(&second->memcg, SDB, b->ptr, 20);
	tick(1);
	count(test, SDA, a, 1);
	count(test, SDA, b, 2);

	nr = memcg_foreign_read(fx->memcg, fx->entries, 0, ENTRIES);
	KUNIT_EXPECT_EQ(test, nr, 2);
	fx->nr = memcg_foreign_read(&second->memcg, fx->entries, nr, ENTRIES);
	memcg_foreign_free(&second->memcg);

	KUNIT_ASSERT_EQ(test, fx->nr, 3);
	KUNIT_EXPECT_EQ(test, sum(fx), 33);
	e = entry_of(fx, SDA, a->memcg.css.id);
	KUNIT_ASSERT_NOT_NULL(test, e);
	KUNIT_EXPECT_EQ(test, e->dirty, 11);
	since = e->since;
	KUNIT_EXPECT_TRUE(test, time_before(since, since_of(test, SDA, a)));
	expect_pages(test, 3);
}

/* Eviction */

static void sum_survives_eviction(struct kunit *test)
{
	struct owner **owners = new_owners(test, MANY);
	struct fixture *fx = test->priv;
	unsigned long pages = 0;
	int i;

	for (i = 0; i < MANY; i++) {
		count(test, SDA, owners[i], i + 1);
		pages += i + 1;
		expect_pages(test, pages);
		KUNIT_EXPECT_EQ(test, fx->nr, min(i + 1, ENTRIES));
		KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, owners[i]), i + 1);
	}
	KUNIT_EXPECT_GT(test, dirty_unrecorded(test), 0);
	settle();
	expect_pages(test, pages);

	for (i = 0; i < MANY; i++) {
		count(test, SDA, owners[i], -(i + 1));
		pages -= i + 1;
		expect_pages(test, pages);
	}
	KUNIT_EXPECT_EQ(test, pages, 0);
	KUNIT_EXPECT_EQ(test, look(test), 0);
}

static void empty_record_is_evicted_first(struct kunit *test)
{
	struct owner **owners = new_owners(test, MEMCG_FOREIGN_MAX + 1);
	struct fixture *fx = test->priv;
	int i;

	count(test, SDA, owners[0], 1);
	tick(1);
	for (i = 1; i < MEMCG_FOREIGN_MAX; i++)
		count(test, SDA, owners[i], 1);
	/* as late as the latest */
	count(test, SDA, owners[5], -1);

	count(test, SDA, owners[MEMCG_FOREIGN_MAX], 1);
	expect_pages(test, MEMCG_FOREIGN_MAX);
	KUNIT_EXPECT_EQ(test, fx->nr, MEMCG_FOREIGN_MAX);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, owners[0]), 1);
	KUNIT_EXPECT_EQ(test, dirty_unrecorded(test), 0);
}

static void older_of_empty_records_is_evicted(struct kunit *test)
{
	struct owner **owners = new_owners(test, MEMCG_FOREIGN_MAX + 1);
	struct fixture *fx = test->priv;
	struct mem_cgroup_ptr *young;
	int i;

	for (i = 2; i < MEMCG_FOREIGN_MAX; i++)
		count(test, SDA, owners[i], 1);
	tick(1);
	count(test, SDA, owners[0], 1);
	tick(1);
	count(test, SDA, owners[1], 1);

	count(test, SDA, owners[0], -1);
	count(test, SDA, owners[1], -1);
	young = owners[1]->ptr;
	for (i = 0; i < 2; i++) {
		mem_cgroup_ptr_offline(&owners[i]->memcg);
		drop_owner(owners[i]);
	}
	KUNIT_EXPECT_EQ(test, pointers_left(fx), 2);

	count(test, SDA, owners[MEMCG_FOREIGN_MAX], 1);
	KUNIT_ASSERT_EQ(test, pointers_left(fx), 1);
	KUNIT_EXPECT_PTR_EQ(test, young,
			    list_first_entry(&fx->ground->dirty.ptr_list,
					     struct mem_cgroup_ptr, list));
	expect_pages(test, MEMCG_FOREIGN_MAX - 1);
	KUNIT_EXPECT_EQ(test, dirty_unrecorded(test), 0);
}

static void longest_left_alone_is_evicted(struct kunit *test)
{
	struct owner **owners = new_owners(test, MEMCG_FOREIGN_MAX + 2);
	struct owner **late = owners + MEMCG_FOREIGN_MAX;
	unsigned long pages = 0;
	int i;

	for (i = 0; i < MEMCG_FOREIGN_MAX; i++) {
		count(test, SDA, owners[i], 100 + i);
		pages += 100 + i;
		if (i < 3)
			tick(1);
	}

	/* not the oldest one, as it has been dirtied again */
	tick(HZ / 8 + 1);
	count(test, SDA, owners[0], 1);
	count(test, SDA, late[0], 1);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, owners[1]), 0);
	KUNIT_EXPECT_EQ(test, dirty_unrecorded(test), 101);
	expect_pages(test, pages + 2);

	/* nor does it help to be written */
	count(test, SDA, owners[2], -1);
	count(test, SDA, late[1], 1);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, owners[2]), 0);
	KUNIT_EXPECT_EQ(test, dirty_unrecorded(test), 101 + 101);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, owners[0]), 101);
	expect_pages(test, pages + 2);
}

static void evicted_and_recorded_again(struct kunit *test)
{
	struct owner **owners = new_owners(test, MEMCG_FOREIGN_MAX + 1);
	int i;

	count(test, SDA, owners[0], 10);
	tick(1);
	count(test, SDA, owners[1], 100);
	tick(1);
	for (i = 2; i <= MEMCG_FOREIGN_MAX; i++)
		count(test, SDA, owners[i], 1);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, owners[0]), 0);
	KUNIT_EXPECT_EQ(test, dirty_unrecorded(test), 10);

	/* evicts the next one */
	count(test, SDA, owners[0], 5);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, owners[0]), 5);
	KUNIT_EXPECT_EQ(test, dirty_unrecorded(test), 110);
	expect_pages(test, 15 + 100 + MEMCG_FOREIGN_MAX - 1);

	/* first what the record has, and then what it had before */
	for (i = 14; i >= 0; i--) {
		count(test, SDA, owners[0], -1);
		expect_pages(test, i + 100 + MEMCG_FOREIGN_MAX - 1);
	}
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, owners[0]), 0);
	KUNIT_EXPECT_EQ(test, dirty_unrecorded(test), 100);

	/* at once, and partly from either */
	count(test, SDA, owners[1], 7);
	count(test, SDA, owners[1], -107);
	expect_pages(test, MEMCG_FOREIGN_MAX - 1);
	for (i = 2; i <= MEMCG_FOREIGN_MAX; i++)
		count(test, SDA, owners[i], -1);
	expect_pages(test, 0);
	settle();
	expect_pages(test, 0);

	/* nothing below zero is left that would swallow these */
	count(test, SDA, owners[0], 1);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, owners[0]), 1);
	expect_pages(test, 1);
	count(test, SDB, owners[1], 1);
	expect_pages(test, 2);
}

/* Expiry. An empty record shows in that it holds its owner's pointer. */

/* As if vm.dirty_expire_centisecs were set; nothing here may fail. */
static void expire_after(struct fixture *fx, unsigned int msecs)
{
	unsigned int interval = dirty_expire_interval;

	dirty_expire_interval = msecs / 10;
	memcg_foreign_expire(fx->memcg);
	dirty_expire_interval = interval;
}

static void idle_empty_record_expires(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct owner *owner = new_owner(test, fx->ground);

	count(test, SDA, owner, 3);
	count(test, SDA, owner, -3);
	mem_cgroup_ptr_offline(&owner->memcg);
	drop_owner(owner);

	expire_after(fx, 30000);
	KUNIT_EXPECT_EQ(test, pointers_left(fx), 1);

	msleep(30);
	expire_after(fx, 10);
	KUNIT_EXPECT_EQ(test, pointers_left(fx), 0);
	expect_pages(test, 0);
}

static void live_record_does_not_expire(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct owner *owner = new_owner(test, fx->ground);

	count(test, SDA, owner, 3);
	msleep(30);
	expire_after(fx, 10);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, owner), 3);
	KUNIT_EXPECT_EQ(test, dirty_unrecorded(test), 0);
	expect_pages(test, 3);
}

static void idle_time_is_since_last_dirtied(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct owner *owner = new_owner(test, fx->ground);
	unsigned long dirtied;

	count(test, SDA, owner, 1);
	count(test, SDA, owner, -1);
	tick(HZ / 4);

	dirtied = jiffies;
	count(test, SDA, owner, 1);
	count(test, SDA, owner, -1);
	mem_cgroup_ptr_offline(&owner->memcg);
	drop_owner(owner);
	expire_after(fx, 200);

	/* unless the machine was so slow that it has expired again */
	if (time_before(jiffies, dirtied + msecs_to_jiffies(200)))
		KUNIT_EXPECT_EQ(test, pointers_left(fx), 1);
	else
		kunit_info(test, "too slow to tell\n");
	expect_pages(test, 0);
}

/* Devices that go */

static void device_is_forgotten(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct owner *a = new_owner(test, fx->ground);
	struct owner *b = new_owner(test, fx->ground);

	count(test, SDA, a, 1);
	count(test, SDB, a, 2);
	count(test, SDA, b, 4);
	count(test, SDB, b, 8);

	memcg_foreign_forget(fx->memcg, SDC);
	KUNIT_EXPECT_EQ(test, look(test), 4);
	KUNIT_EXPECT_EQ(test, dirty_unrecorded(test), 0);
	expect_pages(test, 15);

	memcg_foreign_forget(fx->memcg, SDA);
	KUNIT_EXPECT_EQ(test, look(test), 3);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, a), 0);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, b), 0);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDB, a), 2);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDB, b), 8);
	KUNIT_EXPECT_EQ(test, dirty_unrecorded(test), 5);
	expect_pages(test, 15);
	settle();
	expect_pages(test, 15);

	/* its pages are still counted out */
	count(test, SDA, b, -3);
	KUNIT_EXPECT_EQ(test, dirty_unrecorded(test), 2);
	count(test, SDA, a, -1);
	count(test, SDA, b, -1);
	KUNIT_EXPECT_EQ(test, look(test), 2);
	expect_pages(test, 10);
}

static void forgotten_records_make_room(struct kunit *test)
{
	struct owner **owners = new_owners(test, MEMCG_FOREIGN_MAX);
	struct fixture *fx = test->priv;
	int i;

	for (i = 0; i < MEMCG_FOREIGN_MAX; i++)
		count(test, SDA, owners[i], 1);
	memcg_foreign_forget(fx->memcg, SDA);
	for (i = 0; i < MEMCG_FOREIGN_MAX; i++)
		count(test, SDB, owners[i], 1);

	KUNIT_EXPECT_EQ(test, dirty_unrecorded(test), MEMCG_FOREIGN_MAX);
	KUNIT_EXPECT_EQ(test, look(test), MEMCG_FOREIGN_MAX + 1);
	expect_pages(test, 2 * MEMCG_FOREIGN_MAX);
}

/* Owners that go */

static void removed_owner_merges_with_parent(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct owner *parent = new_owner(test, fx->ground);
	struct owner *child = new_owner(test, parent);
	struct owner *leaf = new_owner(test, child);
	unsigned long oldest, second;

	count(test, SDA, child, 10);
	tick(1);
	count(test, SDA, leaf, 1);
	tick(1);
	count(test, SDA, parent, 100);
	count(test, SDB, leaf, 1000);
	KUNIT_EXPECT_EQ(test, look(test), 4);
	oldest = since_of(test, SDA, child);
	second = since_of(test, SDA, leaf);
	KUNIT_EXPECT_TRUE(test, time_before(oldest, second));
	KUNIT_EXPECT_TRUE(test, time_before(second, since_of(test, SDA, parent)));

	mem_cgroup_ptr_offline(&leaf->memcg);
	KUNIT_EXPECT_EQ(test, look(test), 3);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, leaf), 0);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, child), 11);
	KUNIT_EXPECT_EQ(test, since_of(test, SDA, child), oldest);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDB, child), 1000);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, parent), 100);
	expect_pages(test, 1111);

	mem_cgroup_ptr_offline(&child->memcg);
	KUNIT_EXPECT_EQ(test, look(test), 2);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, child), 0);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, parent), 111);
	KUNIT_EXPECT_EQ(test, since_of(test, SDA, parent), oldest);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDB, parent), 1000);
	expect_pages(test, 1111);

	/* inodes are the heir's one by one, and until then count as before */
	count(test, SDA, child, 5);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, parent), 116);
	count(test, SDA, child, -15);
	count(test, SDA, parent, 15);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, parent), 116);
	KUNIT_EXPECT_EQ(test, since_of(test, SDA, parent), second);
	KUNIT_EXPECT_EQ(test, look(test), 2);
	expect_pages(test, 1116);

	count(test, SDA, leaf, -1);
	count(test, SDB, leaf, -1000);
	count(test, SDA, parent, -115);
	KUNIT_EXPECT_EQ(test, look(test), 0);
	expect_pages(test, 0);
}

static void record_holds_removed_owner(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct owner *owner = new_owner(test, fx->ground);
	struct memcg_foreign_entry *e;

	count(test, SDA, owner, 3);
	count(test, SDB, owner, 4);
	mem_cgroup_ptr_offline(&owner->memcg);
	drop_owner(owner);
	KUNIT_EXPECT_EQ(test, pointers_left(fx), 1);

	look(test);
	e = entry_of(fx, SDA, fx->ground->memcg.css.id);
	KUNIT_ASSERT_NOT_NULL(test, e);
	KUNIT_EXPECT_EQ(test, e->dirty, 3);

	memcg_foreign_forget(fx->memcg, SDA);
	KUNIT_EXPECT_EQ(test, pointers_left(fx), 1);
	memcg_foreign_forget(fx->memcg, SDB);
	KUNIT_EXPECT_EQ(test, pointers_left(fx), 0);
	KUNIT_EXPECT_EQ(test, dirty_unrecorded(test), 7);
	expect_pages(test, 7);
}

/* Removal of the memcg whose records they are */

static void freed_with_live_records(struct kunit *test)
{
	struct owner **owners = new_owners(test, MANY);
	struct fixture *fx = test->priv;
	int i;

	for (i = 0; i < MANY; i++) {
		count(test, SDA, owners[i], i + 1);
		count(test, SDB, owners[i], i + 1);
		mem_cgroup_ptr_offline(&owners[i]->memcg);
		drop_owner(owners[i]);
	}
	/* so that some wait for a grace period when the table goes */
	memcg_foreign_forget(fx->memcg, SDA);
	memcg_foreign_free(fx->memcg);

	KUNIT_EXPECT_NULL(test, rcu_access_pointer(fx->memcg->dirty->foreign.table));
	KUNIT_EXPECT_EQ(test, pointers_left(fx), 0);
	expect_pages(test, 0);
	memcg_foreign_free(fx->memcg);
	KUNIT_EXPECT_EQ(test, look(test), 0);
}

#ifdef BASE_REPARENTS_FOLIOS

/* Going offline, where folios do not stay with the memcg */

static void take_offline(struct owner *owner)
{
	owner->memcg.css.flags |= CSS_DYING;
	mem_cgroup_ptr_offline(&owner->memcg);
	memcg_foreign_offline(&owner->memcg);
}

/* From now on count() and look() are about the records of @memcg. */
static void turn_to(struct kunit *test, struct mem_cgroup *memcg)
{
	struct fixture *fx = test->priv;

	fx->memcg = memcg;
}

static void records_move_to_parent(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct mem_cgroup *none = fx->memcg;
	struct owner *parent = new_owner(test, fx->ground);
	struct owner *child = new_owner(test, parent);
	struct owner *a = new_owner(test, fx->ground);
	struct owner *b = new_owner(test, fx->ground);
	unsigned long since;

	turn_to(test, &child->memcg);
	count(test, SDA, a, 3);
	count(test, SDB, a, 30);
	count(test, SDA, b, 300);
	since = since_of(test, SDA, b);
	tick(2);
	turn_to(test, &parent->memcg);
	count(test, SDA, b, 4000);

	take_offline(child);
	KUNIT_EXPECT_EQ(test, memcg_foreign_pages(&child->memcg), 0);
	memcg_foreign_free(&child->memcg);

	expect_pages(test, 4333);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, a), 3);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDB, a), 30);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, b), 4300);
	KUNIT_EXPECT_EQ(test, since_of(test, SDA, b), since);

	/* it is the parent where they are counted out */
	count(test, SDA, b, -4300);
	count(test, SDB, a, -30);
	expect_pages(test, 3);

	memcg_foreign_free(&parent->memcg);
	turn_to(test, none);
}

static void unrecorded_pages_move_to_parent(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct mem_cgroup *none = fx->memcg;
	struct owner *parent = new_owner(test, fx->ground);
	struct owner *child = new_owner(test, parent);
	struct owner *a = new_owner(test, fx->ground);

	turn_to(test, &child->memcg);
	count(test, SDA, a, 5);
	memcg_foreign_forget(&child->memcg, SDA);
	KUNIT_EXPECT_EQ(test, dirty_unrecorded(test), 5);

	take_offline(child);
	expect_pages(test, 0);
	memcg_foreign_free(&child->memcg);
	turn_to(test, &parent->memcg);
	KUNIT_EXPECT_EQ(test, dirty_unrecorded(test), 5);

	memcg_foreign_free(&parent->memcg);
	turn_to(test, none);
}

/* Inodes of the parent are the child's own then, and the other way round. */
static void inherited_inodes_are_own(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct mem_cgroup *none = fx->memcg;
	struct owner *parent = new_owner(test, fx->ground);
	struct owner *child = new_owner(test, parent);
	struct owner *sibling = new_owner(test, parent);
	struct owner *leaf = new_owner(test, child);

	turn_to(test, &child->memcg);
	count(test, SDA, parent, 1);
	count(test, SDA, sibling, 10);
	count(test, SDA, leaf, 100);
	turn_to(test, &parent->memcg);
	count(test, SDA, child, 1000);
	count(test, SDA, sibling, 10000);
	count(test, SDB, leaf, 100000);

	take_offline(leaf);
	KUNIT_EXPECT_EQ(test, memcg_foreign_pages(&child->memcg), 11);
	expect_pages(test, 111000);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDB, child), 100000);

	take_offline(child);
	KUNIT_EXPECT_EQ(test, memcg_foreign_pages(&child->memcg), 0);
	memcg_foreign_free(&child->memcg);
	expect_pages(test, 10010);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, sibling), 10010);

	memcg_foreign_free(&parent->memcg);
	turn_to(test, none);
}

/* The parent is being removed as well, and has not gone offline yet. */
static void parent_is_going_too(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct mem_cgroup *none = fx->memcg;
	struct owner *top = new_owner(test, fx->ground);
	struct owner *parent = new_owner(test, top);
	struct owner *child = new_owner(test, parent);
	struct owner *a = new_owner(test, fx->ground);

	turn_to(test, &child->memcg);
	count(test, SDA, a, 2);
	count(test, SDA, top, 20);
	count(test, SDA, parent, 200);

	parent->memcg.css.flags |= CSS_DYING;
	take_offline(child);
	memcg_foreign_free(&child->memcg);
	take_offline(parent);
	memcg_foreign_free(&parent->memcg);

	turn_to(test, &top->memcg);
	expect_pages(test, 2);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDA, a), 2);

	memcg_foreign_free(&top->memcg);
	turn_to(test, none);
}

#endif /* BASE_REPARENTS_FOLIOS */

/* Many CPUs */

#define DEVICES	2

/* What a thread has counted in and not out, at most, of each key */
#define HELD_MAX	64

#define THREADS_MAX	8
#define TURNS		100000

struct hammer {
	struct fixture *fx;
	struct owner **owners;
	unsigned int nr_owners;
	unsigned int nr_threads;
	struct hammer_thread *threads;
	struct owner *constant;		/* nobody counts it */
	atomic_t drained;
	atomic_t met;
};

struct hammer_thread {
	struct hammer *hammer;
	struct task_struct *task;
	u32 seed;
	unsigned int turns;
	unsigned int wrongs;
	long held[MANY][DEVICES];
};

static const u64 hammer_devices[DEVICES] = { SDA, SDB };

static void hammer_count(struct hammer_thread *t, unsigned int o,
			 unsigned int d, long nr, bool irqs_off)
{
	struct hammer *h = t->hammer;
	unsigned long flags;

	if (irqs_off)
		local_irq_save(flags);
	memcg_foreign_mod(h->fx->memcg, hammer_devices[d], h->owners[o]->ptr,
			  nr);
	if (irqs_off)
		local_irq_restore(flags);
	t->held[o][d] += nr;
}

static void hammer_turn(struct hammer_thread *t)
{
	unsigned int r, o, d;
	long nr, held;

	/* next_pseudo_random32(), which not every kernel has */
	t->seed = t->seed * 1664525 + 1013904223;
	r = t->seed >> 8;

	/* half of the turns are about what all threads count all the time */
	o = (r >> 8) % (r & 1 ? t->hammer->nr_owners : 4);
	d = (r >> 1) % DEVICES;
	nr = 1 + (r >> 2) % 16;

	held = t->held[o][d];
	if ((!held || r & BIT(6)) && held + nr <= HELD_MAX)
		hammer_count(t, o, d, nr, r & BIT(7));
	else
		hammer_count(t, o, d, -min(nr, held), r & BIT(7));
}

static int hammer_thread(void *data)
{
	struct hammer_thread *t = data;

	while (!kthread_should_stop()) {
		if (t->turns == TURNS) {
			msleep(20);
			continue;
		}
		hammer_turn(t);
		t->turns++;
		cond_resched();
	}
	return 0;
}

/* Counts everything out, in pieces, beginning elsewhere than the others do. */
static int drain_thread(void *data)
{
	struct hammer_thread *t = data;
	struct hammer *h = t->hammer;
	unsigned int first, i, o, d;

	first = (t - h->threads) * h->nr_owners / h->nr_threads;
	for (i = 0; i < h->nr_owners; i++) {
		o = (first + i) % h->nr_owners;
		for (d = 0; d < DEVICES; d++) {
			while (t->held[o][d])
				hammer_count(t, o, d, -min(t->held[o][d], 24L),
					     i % 2);
		}
		cond_resched();
	}
	atomic_inc(&h->drained);

	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

static void hammer_init(struct kunit *test, struct hammer *h,
			unsigned int nr_owners)
{
	struct fixture *fx = test->priv;
	unsigned int i;

	h->fx = fx;
	h->nr_owners = nr_owners;
	h->owners = new_owners(test, nr_owners);
	h->constant = new_owner(test, fx->ground);
	atomic_set(&h->drained, 0);
	atomic_set(&h->met, 0);

	/* two at least: on one CPU they have it in turns */
	h->nr_threads = clamp(num_online_cpus(), 2U, THREADS_MAX);
	h->threads = kunit_kcalloc(test, h->nr_threads, sizeof(*h->threads),
				   GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, h->threads);
	for (i = 0; i < h->nr_threads; i++) {
		h->threads[i].hammer = h;
		h->threads[i].seed = i + 1;
	}
}

/* No assertion while they run: it would leave them running. */
static bool hammer_start(struct hammer *h, int (*fn)(void *data))
{
	unsigned int cpu = cpumask_first(cpu_online_mask);
	struct task_struct *task;
	unsigned int i;

	for (i = 0; i < h->nr_threads; i++) {
		task = kthread_run_on_cpu(fn, &h->threads[i], cpu,
					  "foreign_kunit/%u");
		if (IS_ERR(task))
			return false;
		h->threads[i].task = task;

		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
	}
	return true;
}

static void hammer_stop(struct hammer *h)
{
	unsigned int i;

	for (i = 0; i < h->nr_threads; i++) {
		if (h->threads[i].task)
			kthread_stop(h->threads[i].task);
		h->threads[i].task = NULL;
	}
}

/* What there is of a key when no thread runs */
static unsigned long hammer_held(struct hammer *h, unsigned int o,
				 unsigned int d)
{
	unsigned long held = 0;
	unsigned int i;

	for (i = 0; i < h->nr_threads; i++)
		held += h->threads[i].held[o][d];
	return held;
}

static unsigned long hammer_held_all(struct hammer *h)
{
	unsigned long held = 0;
	unsigned int o, d;

	for (o = 0; o < h->nr_owners; o++)
		for (d = 0; d < DEVICES; d++)
			held += hammer_held(h, o, d);
	return held;
}

/* Some turns, while one CPU reads; @wrong says what it must not see. */
static void hammer_run(struct kunit *test, struct hammer *h,
		       bool (*wrong)(struct hammer *h, unsigned int looks))
{
	unsigned long deadline = jiffies + HZ / 3;
	unsigned int i, looks = 0, wrongs = 0, turns = 0;
	bool started = hammer_start(h, hammer_thread);

	while (started && time_before(jiffies, deadline)) {
		wrongs += wrong(h, looks++);
		usleep_range(20, 100);
	}
	hammer_stop(h);

	for (i = 0; i < h->nr_threads; i++)
		turns += h->threads[i].turns;
	kunit_info(test, "%u threads, %u turns, %u looks\n", h->nr_threads,
		   turns, looks);
	KUNIT_EXPECT_TRUE(test, started);
	KUNIT_EXPECT_GT(test, turns, 0);
	KUNIT_EXPECT_GT(test, looks, 0);
	KUNIT_EXPECT_EQ(test, wrongs, 0);
	settle();
}

static void hammer_drain(struct kunit *test, struct hammer *h)
{
	unsigned long deadline = jiffies + 5 * HZ;
	bool started = hammer_start(h, drain_thread);

	while (started && time_before(jiffies, deadline) &&
	       atomic_read(&h->drained) != h->nr_threads)
		msleep(20);
	hammer_stop(h);

	KUNIT_EXPECT_TRUE(test, started);
	KUNIT_EXPECT_EQ(test, atomic_read(&h->drained), h->nr_threads);
	KUNIT_EXPECT_EQ(test, hammer_held_all(h), 0);
	settle();
}

/*
 * Nothing is evicted: a reader sees what nobody changes as it is, and nothing
 * of what is changed below zero or above what there can be.
 */
#define FEW		5
#define CONSTANT	1000

static bool wrong_without_eviction(struct hammer *h, unsigned int looks)
{
	unsigned long most = h->nr_threads * HELD_MAX;
	struct memcg_foreign_entry *e;
	struct fixture *fx = h->fx;
	unsigned long pages;
	int i;

	pages = memcg_foreign_pages(fx->memcg);
	if (pages < CONSTANT || pages > CONSTANT + FEW * DEVICES * most)
		return true;

	fx->nr = memcg_foreign_read(fx->memcg, fx->entries, 0, ENTRIES);
	if (fx->nr > FEW * DEVICES + 1)
		return true;
	e = entry_of(fx, SDC, h->constant->memcg.css.id);
	if (!e || e->dirty != CONSTANT)
		return true;
	for (i = 0; i < fx->nr; i++) {
		if (&fx->entries[i] == e)
			continue;
		if (!fx->entries[i].bdi_id || fx->entries[i].dirty > most)
			return true;
	}
	return false;
}

static void counts_of_all_cpus_add_up(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct hammer h = {};
	unsigned int o, d;

	hammer_init(test, &h, FEW);
	count(test, SDC, h.constant, CONSTANT);

	hammer_run(test, &h, wrong_without_eviction);
	for (o = 0; o < FEW; o++)
		for (d = 0; d < DEVICES; d++)
			KUNIT_EXPECT_EQ(test, hammer_held(&h, o, d),
					dirty_of(test, hammer_devices[d],
						 h.owners[o]));
	expect_pages(test, CONSTANT + hammer_held_all(&h));

	hammer_drain(test, &h);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDC, h.constant), CONSTANT);
	KUNIT_EXPECT_EQ(test, fx->nr, 1);
	expect_pages(test, CONSTANT);
}

/*
 * While records become unrecorded pages, a reader may miss pages, or see them twice;
 * what is left is that nothing is as large as what is below zero would be.
 */
static bool wrong_at_all(struct hammer *h)
{
	unsigned long most = 4 * MANY * DEVICES * THREADS_MAX * HELD_MAX;
	struct fixture *fx = h->fx;
	int i;

	if (memcg_foreign_pages(fx->memcg) > most)
		return true;
	fx->nr = memcg_foreign_read(fx->memcg, fx->entries, 0, ENTRIES);
	for (i = 0; i < min(fx->nr, ENTRIES); i++)
		if (fx->entries[i].dirty > most)
			return true;
	return false;
}

static bool wrong_with_eviction(struct hammer *h, unsigned int looks)
{
	if (looks % 8 == 7)
		expire_after(h->fx, 10);
	return wrong_at_all(h);
}

static bool wrong_with_removal(struct hammer *h, unsigned int looks)
{
	memcg_foreign_forget(h->fx->memcg, hammer_devices[looks % DEVICES]);
	return wrong_at_all(h);
}

static void removal_on_all_cpus(struct kunit *test, unsigned int nr_owners,
				bool (*wrong)(struct hammer *h,
					      unsigned int looks))
{
	struct fixture *fx = test->priv;
	struct hammer h = {};

	hammer_init(test, &h, nr_owners);

	hammer_run(test, &h, wrong);
	expect_pages(test, hammer_held_all(&h));

	hammer_drain(test, &h);
	expect_pages(test, 0);
	KUNIT_EXPECT_EQ(test, fx->nr, 0);

	/* nothing below zero is left, nor of more than there were */
	count(test, SDC, h.constant, 1);
	KUNIT_EXPECT_EQ(test, dirty_of(test, SDC, h.constant), 1);
	expect_pages(test, 1);
}

static void eviction_on_all_cpus_loses_nothing(struct kunit *test)
{
	removal_on_all_cpus(test, MANY, wrong_with_eviction);
}

/* Records of the same key are made and removed all the time. */
static void removal_on_all_cpus_loses_nothing(struct kunit *test)
{
	removal_on_all_cpus(test, FEW, wrong_with_removal);
}

/* Waits until all threads have come here so many times, or are to stop. */
static bool hammer_meet(struct hammer *h, unsigned int times)
{
	atomic_inc(&h->met);
	while (atomic_read(&h->met) < times * h->nr_threads) {
		if (kthread_should_stop())
			return false;
		cpu_relax();
		cond_resched();
	}
	return true;
}

/* If one of two records of the same key were found, the other would stay. */
static int first_thread(void *data)
{
	struct hammer_thread *t = data;
	struct hammer *h = t->hammer;
	struct fixture *fx = h->fx;
	unsigned int times = 0;

	while (hammer_meet(h, ++times)) {
		memcg_foreign_mod(fx->memcg, times, h->constant->ptr, 1);
		if (!hammer_meet(h, ++times))
			break;
		if (t != h->threads)
			continue;

		memcg_foreign_mod(fx->memcg, times - 1, h->constant->ptr,
				  -(long)h->nr_threads);
		t->wrongs += memcg_foreign_read(fx->memcg, fx->entries, 0,
						ENTRIES) != 0;
		WRITE_ONCE(t->turns, t->turns + 1);
	}
	return 0;
}

static void first_counts_make_one_record(struct kunit *test)
{
	struct hammer h = {};
	unsigned long deadline;
	bool started;

	hammer_init(test, &h, 1);
	started = hammer_start(&h, first_thread);
	deadline = jiffies + 5 * HZ;
	do
		msleep(300);
	while (started && !READ_ONCE(h.threads[0].turns) &&
	       time_before(jiffies, deadline));
	hammer_stop(&h);

	kunit_info(test, "%u threads, %u turns\n", h.nr_threads,
		   h.threads[0].turns);
	KUNIT_EXPECT_TRUE(test, started);
	KUNIT_EXPECT_GT(test, h.threads[0].turns, 0);
	KUNIT_EXPECT_EQ(test, h.threads[0].wrongs, 0);
}

/* Flushing by ID */

/* Long enough for anything, unless it is not going to happen */
#define PATIENCE	(2 * HZ)

#define REASON	WB_REASON_FOREIGN_FLUSH

/* The root's wb of a new device. It does not run until it is enabled. */
static struct bdi_writeback *new_wb(struct kunit *test)
{
	struct fixture *fx = test->priv;

	fx->bdi = bdi_alloc(NUMA_NO_NODE);
	KUNIT_ASSERT_NOT_NULL(test, fx->bdi);
	KUNIT_ASSERT_EQ(test, bdi_register(fx->bdi, "memcg_foreign_kunit"), 0);
	fx->registered = true;
	KUNIT_ASSERT_NE(test, fx->bdi->id, 0);

	disable_delayed_work_sync(&fx->bdi->wb.dwork);
	return &fx->bdi->wb;
}

static void remove_device(struct fixture *fx)
{
	if (fx->registered)
		bdi_unregister(fx->bdi);
	fx->registered = false;
}

static void set_dirty(struct bdi_writeback *wb, long pages)
{
	s64 before = percpu_counter_sum(&wb->stat[WB_RECLAIMABLE]);

	wb_stat_mod(wb, WB_RECLAIMABLE, pages - before);
}

static int ask_id(u64 bdi_id, int memcg_id, unsigned long pages)
{
	long ret = cgroup_writeback_by_id(bdi_id, memcg_id, pages, REASON,
					  WB_BY_ID_CERTAIN);

	return ret < 0 ? ret : 0;
}

/* Returns 0 or an error. */
static int ask(struct bdi_writeback *wb, unsigned long pages)
{
	return ask_id(wb->bdi->id, wb->memcg_css->id, pages);
}

static unsigned long pending(struct bdi_writeback *wb)
{
	return READ_ONCE(wb->dirty.by_id.pages);
}

static bool becomes_pending(struct bdi_writeback *wb, unsigned long pages)
{
	unsigned long deadline = jiffies + PATIENCE;

	while (pending(wb) != pages) {
		if (time_after(jiffies, deadline))
			return false;
		msleep(20);
	}
	return true;
}

/* Somebody who asks and waits, and who can be helped if that does not end */
struct waiter {
	struct task_struct *task;
	struct completion ended;
	struct bdi_writeback *wb;
	unsigned long pages;
};

static int waiter_thread(void *data)
{
	struct waiter *w = data;
	unsigned int ticket;
	long left;
	int ret;

	ret = ask(w->wb, w->pages);
	ticket = wb_by_id_ticket(w->wb);
	/* The removal of the device does not wake it up. */
	do {
		left = wait_event_interruptible_timeout(w->wb->bdi->wb_waitq,
							wb_by_id_done(w->wb, ticket),
							HZ / 5);
	} while (!left);
	if (left < 0)
		ret = -EINTR;
	complete(&w->ended);
	return ret;
}

/* No assertion until waiter_end() */
static void waiter_start(struct kunit *test, struct waiter *w,
			 struct bdi_writeback *wb, unsigned long pages)
{
	struct task_struct *task;

	init_completion(&w->ended);
	w->wb = wb;
	w->pages = pages;

	task = kthread_create(waiter_thread, w, "foreign_kunit");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	/* it may end before it is waited for */
	w->task = get_task_struct(task);
	wake_up_process(task);
}

/* Returns what the waiter got, -EINTR if it had to be helped. */
static int waiter_end(struct waiter *w, unsigned long patience)
{
	wait_for_completion_timeout(&w->ended, patience);
	return kthread_stop_put(w->task);
}

static void unknown_device(struct kunit *test)
{
	struct bdi_writeback *wb = new_wb(test);
	int id = wb->memcg_css->id;

	set_dirty(wb, 100);
	KUNIT_EXPECT_EQ(test, ask_id(0, id, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, ask_id(U64_MAX, id, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, pending(wb), 0);
}

static void unknown_memcg(struct kunit *test)
{
	struct bdi_writeback *wb = new_wb(test);
	u64 bdi_id = wb->bdi->id;

	set_dirty(wb, 100);
	KUNIT_EXPECT_EQ(test, ask_id(bdi_id, 0, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, ask_id(bdi_id, INT_MAX, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, pending(wb), 0);
}

static void requests_add_up(struct kunit *test)
{
	struct bdi_writeback *wb = new_wb(test);

	set_dirty(wb, 100);
	KUNIT_EXPECT_EQ(test, ask(wb, 10), 0);
	KUNIT_EXPECT_EQ(test, pending(wb), 10);
	KUNIT_EXPECT_EQ(test, ask(wb, 20), 0);
	KUNIT_EXPECT_EQ(test, pending(wb), 30);
	KUNIT_EXPECT_EQ(test, ask(wb, 30), 0);
	KUNIT_EXPECT_EQ(test, pending(wb), 60);
	KUNIT_EXPECT_EQ(test, wb->dirty.by_id.reason, REASON);
	KUNIT_EXPECT_TRUE(test, wb->dirty.by_id.certain);
	KUNIT_EXPECT_EQ(test, wb->dirty.by_id.batches, 0);
	KUNIT_EXPECT_FALSE(test, wb->dirty.by_id.running);
}

static void requests_stop_at_what_is_dirty(struct kunit *test)
{
	struct bdi_writeback *wb = new_wb(test);

	set_dirty(wb, 100);
	KUNIT_EXPECT_EQ(test, ask(wb, 60), 0);
	KUNIT_EXPECT_EQ(test, pending(wb), 60);
	KUNIT_EXPECT_EQ(test, ask(wb, 60), 0);
	KUNIT_EXPECT_EQ(test, pending(wb), 100);
	KUNIT_EXPECT_EQ(test, ask(wb, LONG_MAX), 0);
	KUNIT_EXPECT_EQ(test, pending(wb), 100);

	set_dirty(wb, 130);
	KUNIT_EXPECT_EQ(test, ask(wb, LONG_MAX), 0);
	KUNIT_EXPECT_EQ(test, pending(wb), 130);

	/* others have written */
	set_dirty(wb, 40);
	KUNIT_EXPECT_EQ(test, ask(wb, 1), 0);
	KUNIT_EXPECT_EQ(test, pending(wb), 40);
}

/*
 * The flusher stops with a rest, and one more request has come in since: who waits
 * for either is woken when both are done.
 */
static void rest_is_done_with_later_requests(struct kunit *test)
{
	struct bdi_writeback *wb = new_wb(test);
	struct wb_by_id_batch batch;
	unsigned int first, second, third;

	set_dirty(wb, 100);
	KUNIT_EXPECT_EQ(test, ask(wb, 10), 0);
	first = wb_by_id_ticket(wb);
	wb_by_id_begin(wb, &batch);
	KUNIT_EXPECT_EQ(test, batch.pages, 10);
	KUNIT_EXPECT_EQ(test, ask(wb, 20), 0);
	second = wb_by_id_ticket(wb);
	KUNIT_EXPECT_NE(test, first, second);
	wb_by_id_end(wb, &batch, 6, 4);
	KUNIT_EXPECT_EQ(test, pending(wb), 24);
	KUNIT_EXPECT_EQ(test, wb_by_id_ticket(wb), second);
	KUNIT_EXPECT_FALSE(test, wb_by_id_done(wb, first));

	wb_by_id_begin(wb, &batch);
	KUNIT_EXPECT_EQ(test, batch.pages, 24);
	KUNIT_EXPECT_EQ(test, ask(wb, 30), 0);
	third = wb_by_id_ticket(wb);
	KUNIT_EXPECT_NE(test, second, third);
	wb_by_id_end(wb, &batch, 24, 0);
	KUNIT_EXPECT_TRUE(test, wb_by_id_done(wb, first));
	KUNIT_EXPECT_TRUE(test, wb_by_id_done(wb, second));
	KUNIT_EXPECT_FALSE(test, wb_by_id_done(wb, third));

	wb_by_id_begin(wb, &batch);
	wb_by_id_end(wb, &batch, 30, 0);
	KUNIT_EXPECT_TRUE(test, wb_by_id_done(wb, third));
	KUNIT_EXPECT_EQ(test, pending(wb), 0);
}

static void nothing_is_dirty(struct kunit *test)
{
	struct bdi_writeback *wb = new_wb(test);
	struct waiter w;

	KUNIT_EXPECT_EQ(test, ask(wb, 10), 0);
	KUNIT_EXPECT_EQ(test, pending(wb), 0);
	set_dirty(wb, -10);
	KUNIT_EXPECT_EQ(test, ask(wb, 10), 0);
	KUNIT_EXPECT_EQ(test, pending(wb), 0);
	KUNIT_EXPECT_FALSE(test, wb->dirty.by_id.certain);
	set_dirty(wb, 0);

	/* nor is there anything to wait for */
	waiter_start(test, &w, wb, 10);
	KUNIT_EXPECT_EQ(test, waiter_end(&w, PATIENCE), 0);
	KUNIT_EXPECT_EQ(test, pending(wb), 0);
	KUNIT_EXPECT_EQ(test, wb->dirty.by_id.batches, 0);
}

static void flusher_takes_all_at_once(struct kunit *test)
{
	struct bdi_writeback *wb = new_wb(test);
	struct waiter first, second;
	bool asked, early;
	unsigned int done;

	set_dirty(wb, 100);
	KUNIT_EXPECT_EQ(test, ask(wb, 10), 0);
	waiter_start(test, &first, wb, 20);
	asked = becomes_pending(wb, 30);

	/* nobody has written anything: it waits */
	early = wait_for_completion_timeout(&first.ended, HZ / 20);
	done = READ_ONCE(wb->dirty.by_id.batches);

	/* queued by this, as what came before has not been */
	enable_delayed_work(&wb->dwork);
	KUNIT_EXPECT_EQ(test, ask(wb, 5), 0);
	KUNIT_EXPECT_EQ(test, waiter_end(&first, PATIENCE), 0);

	KUNIT_EXPECT_TRUE(test, asked);
	KUNIT_EXPECT_FALSE(test, early);
	KUNIT_EXPECT_EQ(test, done, 0);
	KUNIT_EXPECT_EQ(test, pending(wb), 0);
	KUNIT_EXPECT_EQ(test, READ_ONCE(wb->dirty.by_id.batches), 1);

	waiter_start(test, &second, wb, 50);
	KUNIT_EXPECT_EQ(test, waiter_end(&second, PATIENCE), 0);
	KUNIT_EXPECT_EQ(test, pending(wb), 0);
	KUNIT_EXPECT_EQ(test, READ_ONCE(wb->dirty.by_id.batches), 2);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(wb->dirty.by_id.running));
}

static void signal_ends_wait(struct kunit *test)
{
	struct bdi_writeback *wb = new_wb(test);
	struct waiter w;
	bool asked;
	int ret;

	set_dirty(wb, 100);
	waiter_start(test, &w, wb, 10);
	asked = becomes_pending(wb, 10);
	/* stopping a thread is as good as a signal */
	ret = waiter_end(&w, HZ / 20);

	KUNIT_EXPECT_TRUE(test, asked);
	KUNIT_EXPECT_EQ(test, ret, -EINTR);
	/* the request stays */
	KUNIT_EXPECT_EQ(test, pending(wb), 10);
}

static void removal_ends_wait(struct kunit *test)
{
	struct bdi_writeback *wb = new_wb(test);
	struct waiter w;
	bool asked, early;
	int ret;

	set_dirty(wb, 100);
	waiter_start(test, &w, wb, 10);
	asked = becomes_pending(wb, 10);
	early = completion_done(&w.ended);
	remove_device(test->priv);
	ret = waiter_end(&w, PATIENCE);

	KUNIT_EXPECT_TRUE(test, asked);
	KUNIT_EXPECT_FALSE(test, early);
	KUNIT_EXPECT_EQ(test, ret, 0);
}

static void removed_device(struct kunit *test)
{
	struct bdi_writeback *wb = new_wb(test);
	int id = wb->memcg_css->id;
	u64 bdi_id = wb->bdi->id;

	enable_delayed_work(&wb->dwork);
	set_dirty(wb, 100);
	KUNIT_EXPECT_EQ(test, ask(wb, 10), 0);
	remove_device(test->priv);

	/* it has done what it was asked for, and is asked for no more */
	KUNIT_EXPECT_EQ(test, pending(wb), 0);
	KUNIT_EXPECT_EQ(test, wb->dirty.by_id.batches, 1);
	KUNIT_EXPECT_EQ(test, ask_id(bdi_id, id, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, pending(wb), 0);
}

/* Wbs that are not found by their IDs */

/* A wb of the device that is dying, with references, and that does not run */
struct dying {
	struct bdi_writeback wb;
	struct cgroup_subsys_state css;
	struct completion released;
};

static void dying_release(struct percpu_ref *ref)
{
	complete(&container_of(ref, struct dying, wb.refcnt)->released);
}

static void dying_work(struct work_struct *work)
{
}

/* @css: of the memcg it belongs to; NULL: a memcg that no lookup finds */
static struct dying *new_dying(struct kunit *test,
			       struct cgroup_subsys_state *css)
{
	struct fixture *fx = test->priv;
	struct dying *d = kunit_kzalloc(test, sizeof(*d), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, d);
	KUNIT_ASSERT_EQ(test, percpu_counter_init_many(d->wb.stat, 0, GFP_KERNEL,
						       NR_WB_STAT_ITEMS), 0);
	KUNIT_ASSERT_EQ(test, percpu_ref_init(&d->wb.refcnt, dying_release, 0,
					      GFP_KERNEL), 0);
	init_completion(&d->released);
	spin_lock_init(&d->wb.work_lock);
	INIT_DELAYED_WORK(&d->wb.dwork, dying_work);
	set_bit(WB_registered, &d->wb.state);
	d->wb.bdi = fx->bdi;
	d->css.id = INT_MAX - 1;
	d->wb.memcg_css = css ?: &d->css;
	percpu_ref_get(&d->wb.refcnt);
	percpu_ref_kill(&d->wb.refcnt);
	list_add_tail_rcu(&d->wb.bdi_node, &fx->bdi->wb_list);
	return d;
}

/* No assertion between new_dying() and this */
static void end_dying(struct dying *d)
{
	list_del_rcu(&d->wb.bdi_node);
	synchronize_rcu();
	clear_bit(WB_registered, &d->wb.state);
	cancel_delayed_work_sync(&d->wb.dwork);
	percpu_ref_put(&d->wb.refcnt);
	wait_for_completion(&d->released);
	percpu_ref_exit(&d->wb.refcnt);
	percpu_counter_destroy_many(d->wb.stat, NR_WB_STAT_ITEMS);
}

/* Returns by how many pages requests have grown, or an error. */
static long request(struct bdi_writeback *wb, unsigned long pages,
		    unsigned int flags)
{
	return cgroup_writeback_by_id(wb->bdi->id, wb->memcg_css->id, pages,
				      REASON, flags);
}

static void found_wb_comes_first(struct kunit *test)
{
	struct bdi_writeback *wb = new_wb(test);
	struct dying *d = new_dying(test, wb->memcg_css);

	set_dirty(wb, 100);
	set_dirty(&d->wb, 50);
	KUNIT_EXPECT_EQ(test, request(wb, 80, 0), 80);
	KUNIT_EXPECT_EQ(test, pending(wb), 80);
	KUNIT_EXPECT_EQ(test, pending(&d->wb), 0);
	end_dying(d);
}

static void dying_wb_gets_the_rest(struct kunit *test)
{
	struct bdi_writeback *wb = new_wb(test);
	struct dying *d = new_dying(test, wb->memcg_css);
	struct dying *e = new_dying(test, wb->memcg_css);

	set_dirty(wb, 100);
	set_dirty(&d->wb, 50);
	set_dirty(&e->wb, 25);
	KUNIT_EXPECT_EQ(test, request(wb, 130, WB_BY_ID_CERTAIN), 130);
	KUNIT_EXPECT_EQ(test, pending(wb), 100);
	KUNIT_EXPECT_EQ(test, pending(&d->wb), 30);
	KUNIT_EXPECT_TRUE(test, d->wb.dirty.by_id.certain);
	KUNIT_EXPECT_EQ(test, pending(&e->wb), 0);
	KUNIT_EXPECT_EQ(test, request(wb, LONG_MAX, WB_BY_ID_CERTAIN), 45);
	KUNIT_EXPECT_EQ(test, pending(&d->wb), 50);
	KUNIT_EXPECT_EQ(test, pending(&e->wb), 25);
	/* All of it has been requested already. */
	KUNIT_EXPECT_EQ(test, request(wb, LONG_MAX, WB_BY_ID_CERTAIN), 0);
	end_dying(e);
	end_dying(d);
}

static void dying_wb_alone_is_found(struct kunit *test)
{
	struct bdi_writeback *wb = new_wb(test);
	struct dying *d = new_dying(test, NULL);

	set_dirty(wb, 100);
	set_dirty(&d->wb, 50);
	KUNIT_EXPECT_EQ(test, request(&d->wb, 60, WB_BY_ID_ONE), 50);
	KUNIT_EXPECT_EQ(test, pending(&d->wb), 50);
	KUNIT_EXPECT_EQ(test, pending(wb), 0);
	end_dying(d);
	KUNIT_EXPECT_EQ(test, cgroup_writeback_by_id(wb->bdi->id, INT_MAX - 1, 1,
						     REASON, 0), -ENOENT);
}

static void dying_wbs_can_be_left_out(struct kunit *test)
{
	struct bdi_writeback *wb = new_wb(test);
	struct dying *d = new_dying(test, wb->memcg_css);

	set_dirty(wb, 100);
	set_dirty(&d->wb, 50);
	KUNIT_EXPECT_EQ(test, request(wb, 130, WB_BY_ID_ONE), 100);
	KUNIT_EXPECT_EQ(test, pending(&d->wb), 0);

	/* A caller that has it at hand means it alone. */
	KUNIT_EXPECT_EQ(test, wb_writeback_by_id(&d->wb, 20, REASON,
						 WB_BY_ID_WHOLE), 20);
	KUNIT_EXPECT_EQ(test, pending(&d->wb), 20);
	KUNIT_EXPECT_TRUE(test, d->wb.dirty.by_id.whole);
	KUNIT_EXPECT_FALSE(test, wb->dirty.by_id.whole);
	KUNIT_EXPECT_EQ(test, pending(wb), 100);
	end_dying(d);
}

static void other_memcgs_wbs_are_not_asked(struct kunit *test)
{
	struct bdi_writeback *wb = new_wb(test);
	struct dying *d = new_dying(test, NULL);

	set_dirty(wb, 100);
	set_dirty(&d->wb, 50);
	KUNIT_EXPECT_EQ(test, request(wb, 130, 0), 100);
	KUNIT_EXPECT_EQ(test, pending(&d->wb), 0);
	end_dying(d);
}

static int foreign_kunit_init(struct kunit *test)
{
	struct fixture *fx = kunit_kzalloc(test, sizeof(*fx), GFP_KERNEL);
	struct owner *memcg;

	if (!fx)
		return -ENOMEM;
	memcg = alloc_owner(test);
	fx->ground = alloc_owner(test);
	if (!memcg || !fx->ground)
		return -ENOMEM;
	fx->memcg = &memcg->memcg;

	spin_lock_init(&fx->lock);
	INIT_LIST_HEAD(&fx->owners);
	INIT_LIST_HEAD(&fx->ground->dirty.ptr_list);
	/* none that is zero, as that of unrecorded pages is */
	fx->ids = 1000;
	fx->ground->memcg.css.id = fx->ids;
	test->priv = fx;
	return 0;
}

static void foreign_kunit_exit(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct owner *owner;

	if (!fx)
		return;

	remove_device(fx);
	if (fx->bdi)
		bdi_put(fx->bdi);

	memcg_foreign_free(fx->memcg);
	/* children before parents, as they are in the order of age */
	list_for_each_entry(owner, &fx->owners, list) {
		mem_cgroup_ptr_offline(&owner->memcg);
		drop_owner(owner);
	}

	/* also waits for whoever may still look at the fakes */
	KUNIT_EXPECT_EQ(test, pointers_left(fx), 0);
}

static struct kunit_case foreign_kunit_cases[] = {
	KUNIT_CASE(memcg_without_table),
	KUNIT_CASE(first_count_makes_record),
	KUNIT_CASE(same_key_adds_up),
	KUNIT_CASE(devices_are_apart),
	KUNIT_CASE(colliding_devices_are_apart),
	KUNIT_CASE(owners_are_apart),
	KUNIT_CASE(empty_record_is_not_shown),
	KUNIT_CASE(since_is_when_it_was_empty),
	KUNIT_CASE(more_out_than_in),
	KUNIT_CASE(entries_beyond_space_are_counted),
	KUNIT_CASE(entries_of_memcgs_add_up),
	KUNIT_CASE(sum_survives_eviction),
	KUNIT_CASE(empty_record_is_evicted_first),
	KUNIT_CASE(older_of_empty_records_is_evicted),
	KUNIT_CASE(longest_left_alone_is_evicted),
	KUNIT_CASE(evicted_and_recorded_again),
	KUNIT_CASE(idle_empty_record_expires),
	KUNIT_CASE(live_record_does_not_expire),
	KUNIT_CASE(idle_time_is_since_last_dirtied),
	KUNIT_CASE(device_is_forgotten),
	KUNIT_CASE(forgotten_records_make_room),
	KUNIT_CASE(removed_owner_merges_with_parent),
	KUNIT_CASE(record_holds_removed_owner),
	KUNIT_CASE(freed_with_live_records),
#ifdef BASE_REPARENTS_FOLIOS
	KUNIT_CASE(records_move_to_parent),
	KUNIT_CASE(unrecorded_pages_move_to_parent),
	KUNIT_CASE(inherited_inodes_are_own),
	KUNIT_CASE(parent_is_going_too),
#endif
	KUNIT_CASE_SLOW(counts_of_all_cpus_add_up),
	KUNIT_CASE_SLOW(eviction_on_all_cpus_loses_nothing),
	KUNIT_CASE_SLOW(removal_on_all_cpus_loses_nothing),
	KUNIT_CASE_SLOW(first_counts_make_one_record),
	KUNIT_CASE(unknown_device),
	KUNIT_CASE(unknown_memcg),
	KUNIT_CASE(requests_add_up),
	KUNIT_CASE(requests_stop_at_what_is_dirty),
	KUNIT_CASE(rest_is_done_with_later_requests),
	KUNIT_CASE(nothing_is_dirty),
	KUNIT_CASE(flusher_takes_all_at_once),
	KUNIT_CASE(signal_ends_wait),
	KUNIT_CASE(removal_ends_wait),
	KUNIT_CASE(removed_device),
	KUNIT_CASE(found_wb_comes_first),
	KUNIT_CASE(dying_wb_gets_the_rest),
	KUNIT_CASE(dying_wb_alone_is_found),
	KUNIT_CASE(dying_wbs_can_be_left_out),
	KUNIT_CASE(other_memcgs_wbs_are_not_asked),
	{ }	/* terminate */
};

static struct kunit_suite foreign_kunit_suite = {
	.name = "memcg_foreign",
	.init = foreign_kunit_init,
	.exit = foreign_kunit_exit,
	.test_cases = foreign_kunit_cases,
};

kunit_test_suite(foreign_kunit_suite);

MEMCG_DIRTY_IMPORT_KUNIT_NS();
MODULE_AUTHOR("memcg-dirty maintainers");
MODULE_DESCRIPTION("KUnit suite of the records of foreign dirtying");
MODULE_LICENSE("GPL");
