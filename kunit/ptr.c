// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of mem_cgroup_ptr, the pointer that outlives its memcg.
 *
 * The memcgs are fakes: memory that is linked to a parent and has a reference
 * count, with no cgroup behind.
 */

#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/percpu-refcount.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmstat.h>

#include "../module/compat.h"
#include "internal.h"

/* A fake's round after it has been freed */
#define FREED	UINT_MAX

/*
 * @ground is an ancestor of all of a case's fakes and never has a pointer. What
 * is in its list when all the others are gone has a reference too many.
 */
struct fixture {
	struct fake *ground;
	struct fake *top;	/* child of @ground, online */
	struct list_head fakes;	/* those not removed, youngest first */
	atomic_t freed;		/* number of fakes */
};

struct fake {
	struct fixture *fixture;
	struct list_head list;
	struct rcu_head rcu;
	unsigned int round;	/* of hammer() */
	struct memcg_dirty dirty;
	struct mem_cgroup memcg;	/* last, as it ends in an array */
};

static struct fake *to_fake(struct mem_cgroup *memcg)
{
	return container_of(memcg, struct fake, memcg);
}

static void fake_free(struct rcu_head *rcu)
{
	struct fake *fake = container_of(rcu, struct fake, rcu);

	atomic_inc(&fake->fixture->freed);
	WRITE_ONCE(fake->round, FREED);
	percpu_ref_exit(&fake->memcg.css.refcnt);
	kfree(fake);
}

/* The last reference is gone: as a css, it is freed after a grace period. */
static void fake_release(struct percpu_ref *ref)
{
	struct fake *fake = container_of(ref, struct fake, memcg.css.refcnt);

	call_rcu(&fake->rcu, fake_free);
}

/* Returns a memcg that is not online, or NULL. */
static struct fake *fake_alloc(struct fixture *fx, struct fake *parent)
{
	struct fake *fake = kzalloc_obj(*fake, GFP_KERNEL);

	if (!fake)
		return NULL;

	if (percpu_ref_init(&fake->memcg.css.refcnt, fake_release,
			    PERCPU_REF_INIT_ATOMIC, GFP_KERNEL)) {
		kfree(fake);
		return NULL;
	}
	fake->fixture = fx;
	fake->memcg.dirty = &fake->dirty;
	fake->dirty.memcg = &fake->memcg;
	fake->memcg.css.parent = &parent->memcg.css;
	list_add(&fake->list, &fx->fakes);
	return fake;
}

/* What rmdir does. The fake must not be used any more. */
static void fake_remove(struct fake *fake)
{
	mem_cgroup_ptr_offline(&fake->memcg);
	list_del(&fake->list);
	percpu_ref_kill(&fake->memcg.css.refcnt);
}

static struct fake *new_fake(struct kunit *test, struct fake *parent)
{
	struct fake *fake = fake_alloc(test->priv, parent);

	KUNIT_ASSERT_NOT_NULL(test, fake);
	return fake;
}

static struct fake *new_online(struct kunit *test, struct fake *parent)
{
	struct fake *fake = new_fake(test, parent);

	KUNIT_ASSERT_EQ(test, mem_cgroup_ptr_alloc(&fake->memcg), 0);
	return fake;
}

static struct mem_cgroup_ptr *get_of(struct kunit *test, struct fake *fake)
{
	struct mem_cgroup_ptr *ptr = mem_cgroup_ptr_get_of(&fake->memcg);

	KUNIT_ASSERT_NOT_NULL(test, ptr);
	return ptr;
}

/* The following two return what is to be compared only, not followed. */
static struct mem_cgroup_ptr *of(struct fake *fake)
{
	struct mem_cgroup_ptr *ptr;

	rcu_read_lock();
	ptr = mem_cgroup_ptr_of(&fake->memcg);
	rcu_read_unlock();

	return ptr;
}

static struct fake *shown(struct mem_cgroup_ptr *ptr)
{
	struct mem_cgroup *memcg;

	rcu_read_lock();
	memcg = mem_cgroup_ptr_memcg(ptr);
	rcu_read_unlock();

	return to_fake(memcg);
}

/*
 * Waits until references that memcgs had to their pointers are dropped, and
 * then until what that has released is freed.
 */
static void settle(void)
{
	rcu_barrier();
	rcu_barrier();
}

/* Number of pointers that show @fake, once no more are going away. */
static size_t pointers(struct fake *fake)
{
	settle();
	return list_count_nodes(&fake->dirty.ptr_list);
}

/* Life cycle */

static void own_pointer_shows_its_memcg(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *child = new_online(test, fx->top);
	struct mem_cgroup_ptr *ptr = get_of(test, child);

	KUNIT_EXPECT_PTR_EQ(test, shown(ptr), child);
	KUNIT_EXPECT_PTR_EQ(test, of(child), ptr);
	KUNIT_EXPECT_PTR_NE(test, of(fx->top), ptr);
	KUNIT_EXPECT_PTR_EQ(test, shown(of(fx->top)), fx->top);
	KUNIT_EXPECT_EQ(test, pointers(child), 1);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 1);

	/* the memcg's own reference keeps it */
	mem_cgroup_ptr_put(ptr);
	KUNIT_EXPECT_EQ(test, pointers(child), 1);
	KUNIT_EXPECT_PTR_EQ(test, of(child), ptr);
	KUNIT_EXPECT_PTR_EQ(test, shown(ptr), child);
}

static void unheld_pointer_goes_with_its_memcg(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *child = new_online(test, fx->top);

	mem_cgroup_ptr_put(get_of(test, child));
	mem_cgroup_ptr_offline(&child->memcg);

	KUNIT_EXPECT_NULL(test, rcu_access_pointer(child->dirty.ptr));
	KUNIT_EXPECT_EQ(test, pointers(child), 0);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 1);
}

static void held_pointer_goes_with_last_put(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *child = new_online(test, fx->top);
	struct mem_cgroup_ptr *ptr = get_of(test, child);

	mem_cgroup_ptr_get(ptr);
	mem_cgroup_ptr_offline(&child->memcg);
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(child->dirty.ptr));
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 2);

	mem_cgroup_ptr_put(ptr);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 2);

	mem_cgroup_ptr_put(ptr);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 1);
	KUNIT_EXPECT_PTR_EQ(test, shown(of(fx->top)), fx->top);
}

static void tryget_while_held(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *child = new_online(test, fx->top);
	struct mem_cgroup_ptr *ptr = get_of(test, child);

	KUNIT_ASSERT_TRUE(test, mem_cgroup_ptr_tryget(ptr));
	mem_cgroup_ptr_offline(&child->memcg);

	/* on its way from a counter on each CPU to a single one */
	KUNIT_ASSERT_TRUE(test, mem_cgroup_ptr_tryget(ptr));
	settle();
	KUNIT_ASSERT_TRUE(test, mem_cgroup_ptr_tryget(ptr));

	mem_cgroup_ptr_put(ptr);
	mem_cgroup_ptr_put(ptr);
	mem_cgroup_ptr_put(ptr);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 2);
	mem_cgroup_ptr_put(ptr);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 1);
}

static void tryget_fails_after_release(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *child = new_online(test, fx->top);
	struct mem_cgroup_ptr *ptr = get_of(test, child);
	bool got, got_again;

	mem_cgroup_ptr_offline(&child->memcg);
	settle();

	/* released and not yet freed, as an RCU reader may find it */
	rcu_read_lock();
	mem_cgroup_ptr_put(ptr);
	got = mem_cgroup_ptr_tryget(ptr);
	got_again = mem_cgroup_ptr_tryget(ptr);
	rcu_read_unlock();

	KUNIT_EXPECT_FALSE(test, got);
	KUNIT_EXPECT_FALSE(test, got_again);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 1);
}

static void put_of_nothing(struct kunit *test)
{
	struct fixture *fx = test->priv;

	mem_cgroup_ptr_put(NULL);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 1);
}

static void last_put_with_interrupts_off(struct kunit *test)
{
	static DEFINE_SPINLOCK(holders_lock);
	struct fixture *fx = test->priv;
	struct fake *child = new_online(test, fx->top);
	struct mem_cgroup_ptr *ptr = get_of(test, child);
	unsigned long flags;
	bool off_before, off_after;

	mem_cgroup_ptr_offline(&child->memcg);
	settle();

	spin_lock_irqsave(&holders_lock, flags);
	off_before = irqs_disabled();
	mem_cgroup_ptr_put(ptr);
	off_after = irqs_disabled();
	spin_unlock_irqrestore(&holders_lock, flags);

	KUNIT_EXPECT_EQ(test, off_after, off_before);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 1);
}

/* Walking up */

static void memcg_without_pointer_walks_up(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *child = new_fake(test, fx->top);
	struct fake *grandchild = new_fake(test, child);
	struct mem_cgroup_ptr *ptr;

	KUNIT_EXPECT_PTR_EQ(test, of(child), of(fx->top));
	KUNIT_EXPECT_PTR_EQ(test, of(grandchild), of(fx->top));

	ptr = get_of(test, grandchild);
	KUNIT_EXPECT_PTR_EQ(test, ptr, of(fx->top));
	KUNIT_EXPECT_PTR_EQ(test, shown(ptr), fx->top);
	mem_cgroup_ptr_put(ptr);

	/* the nearest counts */
	KUNIT_ASSERT_EQ(test, mem_cgroup_ptr_alloc(&child->memcg), 0);
	KUNIT_EXPECT_PTR_EQ(test, shown(of(grandchild)), child);
}

static void memcg_walks_up_once_offline(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *child = new_online(test, fx->top);
	struct fake *grandchild = new_online(test, child);
	struct mem_cgroup_ptr *ptr;

	mem_cgroup_ptr_offline(&grandchild->memcg);
	KUNIT_EXPECT_PTR_EQ(test, of(grandchild), of(child));

	mem_cgroup_ptr_offline(&child->memcg);
	KUNIT_EXPECT_PTR_EQ(test, of(grandchild), of(fx->top));

	ptr = get_of(test, grandchild);
	KUNIT_EXPECT_PTR_EQ(test, ptr, of(fx->top));
	mem_cgroup_ptr_put(ptr);
}

static void nobody_has_a_pointer(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *child = new_fake(test, fx->ground);
	struct fake *grandchild = new_fake(test, child);

	KUNIT_EXPECT_NULL(test, of(fx->ground));
	KUNIT_EXPECT_NULL(test, of(grandchild));
	KUNIT_EXPECT_NULL(test, mem_cgroup_ptr_get_of(&fx->ground->memcg));
	KUNIT_EXPECT_NULL(test, mem_cgroup_ptr_get_of(&grandchild->memcg));
	KUNIT_EXPECT_NULL(test, mem_cgroup_ptr_get_of(NULL));
}

/* As seen by who has read ->ptr right before it was set to NULL. */
static void killed_pointer_is_not_given_out(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *child = new_online(test, fx->top);
	struct mem_cgroup_ptr *ptr = get_of(test, child);
	struct mem_cgroup_ptr *got;

	mem_cgroup_ptr_offline(&child->memcg);
	rcu_assign_pointer(child->dirty.ptr, ptr);
	got = mem_cgroup_ptr_get_of(&child->memcg);
	RCU_INIT_POINTER(child->dirty.ptr, NULL);

	KUNIT_EXPECT_PTR_EQ(test, got, of(fx->top));
	mem_cgroup_ptr_put(got);
	mem_cgroup_ptr_put(ptr);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 1);
}

/* Reparenting */

static void held_pointer_shows_parent(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *child = new_online(test, fx->top);
	struct mem_cgroup_ptr *ptr = get_of(test, child);

	KUNIT_EXPECT_PTR_EQ(test, shown(ptr), child);
	mem_cgroup_ptr_offline(&child->memcg);
	KUNIT_EXPECT_PTR_EQ(test, shown(ptr), fx->top);
	KUNIT_EXPECT_PTR_NE(test, of(fx->top), ptr);
	settle();
	KUNIT_EXPECT_PTR_EQ(test, shown(ptr), fx->top);

	KUNIT_EXPECT_EQ(test, pointers(child), 0);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 2);
	mem_cgroup_ptr_put(ptr);
}

static void inherited_pointer_shows_grandparent(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *child = new_online(test, fx->top);
	struct fake *grandchild = new_online(test, child);
	struct mem_cgroup_ptr *ptr = get_of(test, grandchild);

	mem_cgroup_ptr_offline(&grandchild->memcg);
	KUNIT_EXPECT_PTR_EQ(test, shown(ptr), child);
	KUNIT_EXPECT_EQ(test, pointers(child), 2);

	mem_cgroup_ptr_offline(&child->memcg);
	KUNIT_EXPECT_PTR_EQ(test, shown(ptr), fx->top);

	/* it is still there when what it was inherited by is not */
	KUNIT_EXPECT_EQ(test, pointers(child), 0);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 2);
	KUNIT_EXPECT_PTR_EQ(test, shown(ptr), fx->top);

	mem_cgroup_ptr_put(ptr);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 1);
}

static void siblings_pointers_are_added_to_each_other(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *child = new_online(test, fx->top);
	struct fake *first = new_online(test, child);
	struct fake *second = new_online(test, child);
	struct fake *other = new_online(test, fx->top);
	struct mem_cgroup_ptr *of_first = get_of(test, first);
	struct mem_cgroup_ptr *of_second = get_of(test, second);
	struct mem_cgroup_ptr *of_other = get_of(test, other);

	mem_cgroup_ptr_offline(&first->memcg);
	KUNIT_EXPECT_PTR_EQ(test, shown(of_first), child);
	KUNIT_EXPECT_PTR_EQ(test, shown(of_second), second);
	mem_cgroup_ptr_offline(&second->memcg);
	KUNIT_EXPECT_PTR_EQ(test, shown(of_first), child);
	KUNIT_EXPECT_PTR_EQ(test, shown(of_second), child);
	KUNIT_EXPECT_PTR_EQ(test, shown(of_other), other);
	KUNIT_EXPECT_EQ(test, pointers(child), 3);

	mem_cgroup_ptr_put(of_first);
	KUNIT_EXPECT_EQ(test, pointers(child), 2);
	KUNIT_EXPECT_PTR_EQ(test, shown(of_second), child);

	mem_cgroup_ptr_offline(&other->memcg);
	mem_cgroup_ptr_offline(&child->memcg);
	KUNIT_EXPECT_PTR_EQ(test, shown(of_second), fx->top);
	KUNIT_EXPECT_PTR_EQ(test, shown(of_other), fx->top);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 3);

	mem_cgroup_ptr_put(of_second);
	mem_cgroup_ptr_put(of_other);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 1);
}

#define LEVELS	8

/* Each level's pointer, held, goes all the way up. */
static void all_levels_are_removed_bottom_up(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct mem_cgroup_ptr *ptr[LEVELS];
	struct fake *level[LEVELS];
	int i, j;

	for (i = 0; i < LEVELS; i++) {
		level[i] = new_online(test, i ? level[i - 1] : fx->top);
		ptr[i] = get_of(test, level[i]);
	}

	for (i = LEVELS - 1; i >= 0; i--) {
		struct fake *parent = i ? level[i - 1] : fx->top;

		fake_remove(level[i]);
		for (j = 0; j < LEVELS; j++)
			KUNIT_EXPECT_PTR_EQ(test, shown(ptr[j]),
					    j < i ? level[j] : parent);
		KUNIT_EXPECT_EQ(test, pointers(parent), LEVELS - i + 1);
	}

	for (i = 0; i < LEVELS; i++) {
		mem_cgroup_ptr_put(ptr[i]);
		KUNIT_EXPECT_EQ(test, pointers(fx->top), LEVELS - i);
	}
}

#define HOLDERS	1000

static void many_holders(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *child = new_online(test, fx->top);
	struct mem_cgroup_ptr *ptr = get_of(test, child);
	unsigned int i;

	for (i = 1; i < HOLDERS; i++) {
		if (i % 3 == 0)
			KUNIT_ASSERT_PTR_EQ(test, get_of(test, child), ptr);
		else if (i % 3 == 1)
			KUNIT_ASSERT_TRUE(test, mem_cgroup_ptr_tryget(ptr));
		else
			mem_cgroup_ptr_get(ptr);
	}
	/* one list entry, however many they are */
	KUNIT_EXPECT_EQ(test, pointers(child), 1);

	for (i = 0; i < HOLDERS / 2; i++)
		mem_cgroup_ptr_put(ptr);
	mem_cgroup_ptr_offline(&child->memcg);
	for (; i < HOLDERS - 1; i++)
		mem_cgroup_ptr_put(ptr);

	KUNIT_EXPECT_PTR_EQ(test, shown(ptr), fx->top);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 2);
	mem_cgroup_ptr_put(ptr);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 1);
}

static void holder_pins_no_memcg(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *child = new_online(test, fx->top);
	struct fake *grandchild = new_online(test, child);
	struct mem_cgroup_ptr *ptr = get_of(test, grandchild);

	fake_remove(grandchild);
	settle();
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->freed), 1);
	KUNIT_EXPECT_PTR_EQ(test, shown(ptr), child);

	fake_remove(child);
	settle();
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->freed), 2);
	KUNIT_EXPECT_PTR_EQ(test, shown(ptr), fx->top);

	mem_cgroup_ptr_put(ptr);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 1);
}

/* Going offline without a pointer */

static void offline_without_pointer(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *child = new_fake(test, fx->top);
	struct mem_cgroup_ptr *ptr = get_of(test, child);

	mem_cgroup_ptr_offline(&child->memcg);
	mem_cgroup_ptr_offline(&child->memcg);

	KUNIT_EXPECT_PTR_EQ(test, of(child), ptr);
	KUNIT_EXPECT_PTR_EQ(test, shown(ptr), fx->top);
	mem_cgroup_ptr_put(ptr);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 1);
}

static void offline_twice(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *child = new_online(test, fx->top);
	struct mem_cgroup_ptr *ptr = get_of(test, child);

	mem_cgroup_ptr_offline(&child->memcg);
	mem_cgroup_ptr_offline(&child->memcg);
	settle();
	mem_cgroup_ptr_offline(&child->memcg);

	KUNIT_EXPECT_PTR_EQ(test, shown(ptr), fx->top);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 2);
	mem_cgroup_ptr_put(ptr);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 1);
}

/* All at once */

#define ROUNDS		4096
#define SLOTS		31	/* pointers that one thread holds */

struct hammer {
	struct fake __rcu *leaf;
	struct fake *top;
};

struct hammer_thread {
	struct hammer *hammer;
	struct task_struct *task;
	unsigned long gets;
	unsigned long moved;	/* seen to show another memcg than before */
	unsigned long wrong;
};

struct hammer_slot {
	struct mem_cgroup_ptr *ptr;
	struct fake *shown;
	unsigned int round;
};

/*
 * A pointer that was got in a round shows a memcg of that round or, when these
 * are gone, the one above them: never one that is freed or that has got the
 * memory of a freed one.
 */
static void hammer_look(struct hammer_thread *t, struct hammer_slot *slot)
{
	struct fake *fake;
	unsigned int round;

	rcu_read_lock();
	fake = to_fake(mem_cgroup_ptr_memcg(slot->ptr));
	round = READ_ONCE(fake->round);
	rcu_read_unlock();

	if (fake != t->hammer->top && round != slot->round)
		t->wrong++;
	if (fake != slot->shown)
		t->moved++;
	slot->shown = fake;
}

static void hammer_get(struct hammer_thread *t, struct hammer_slot *slot)
{
	struct fake *leaf;

	rcu_read_lock();
	leaf = rcu_dereference(t->hammer->leaf);
	slot->round = leaf->round;
	slot->ptr = mem_cgroup_ptr_get_of(&leaf->memcg);
	if (slot->ptr)
		slot->shown = to_fake(mem_cgroup_ptr_memcg(slot->ptr));
	else
		t->wrong++;
	rcu_read_unlock();
	t->gets++;
}

static int hammer_thread(void *data)
{
	struct hammer_slot slots[SLOTS] = {};
	struct hammer_thread *t = data;
	unsigned long n, flags;
	spinlock_t lock;	/* as holders have, such as that of i_pages */
	unsigned int i;

	spin_lock_init(&lock);

	/* The first slot holds for one turn, the last one for many. */
	for (n = 0; !kthread_should_stop(); n++) {
		struct hammer_slot *slot;

		i = n % SLOTS;
		slot = &slots[i];
		if (slot->ptr) {
			hammer_look(t, slot);
			if ((n / SLOTS) % (i + 1))
				continue;
			spin_lock_irqsave(&lock, flags);
			mem_cgroup_ptr_put(slot->ptr);
			spin_unlock_irqrestore(&lock, flags);
		}
		hammer_get(t, slot);
		cond_resched();
	}

	for (i = 0; i < SLOTS; i++)
		mem_cgroup_ptr_put(slots[i].ptr);
	return 0;
}

/* One round: two levels come and go under the threads' hands. */
static bool hammer_round(struct fixture *fx, struct hammer *hammer,
			 unsigned int round)
{
	struct fake *mid, *leaf;

	mid = fake_alloc(fx, fx->top);
	if (!mid || mem_cgroup_ptr_alloc(&mid->memcg))
		return false;
	leaf = fake_alloc(fx, mid);
	if (!leaf || mem_cgroup_ptr_alloc(&leaf->memcg))
		return false;

	mid->round = round;
	leaf->round = round;
	rcu_assign_pointer(hammer->leaf, leaf);

	/* Threads on other CPUs have a go in any case, here those on this. */
	if (round % 8 == 0)
		usleep_range(20, 100);

	mem_cgroup_ptr_offline(&leaf->memcg);
	mem_cgroup_ptr_offline(&mid->memcg);
	rcu_assign_pointer(hammer->leaf, fx->top);
	fake_remove(leaf);
	fake_remove(mid);
	return true;
}

static void put_and_reparent_at_once(struct kunit *test)
{
	struct fixture *fx = test->priv;
	unsigned long gets = 0, moved = 0, wrong = 0, deadline;
	struct hammer_thread *threads, *t;
	struct hammer hammer = { .top = fx->top };
	unsigned int cpu, round, nr = 0, started;
	bool failed = false;

	threads = kunit_kcalloc(test, nr_cpu_ids, sizeof(*threads), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, threads);
	RCU_INIT_POINTER(hammer.leaf, fx->top);

	/* No assertion while they run: it would leave them running. */
	for_each_online_cpu(cpu) {
		t = &threads[nr];
		t->hammer = &hammer;
		t->task = kthread_run_on_cpu(hammer_thread, t, cpu,
					     "ptr_kunit/%u");
		if (IS_ERR(t->task)) {
			failed = true;
			break;
		}
		nr++;
	}
	started = nr;

	deadline = jiffies + HZ;
	for (round = 1; round <= ROUNDS && !failed; round++) {
		failed = !hammer_round(fx, &hammer, round);
		/* bounds the memory that waits for a grace period */
		if (round % 128 == 0)
			rcu_barrier();
		if (time_after(jiffies, deadline))
			break;
		cond_resched();
	}

	while (nr) {
		t = &threads[--nr];
		kthread_stop(t->task);
		gets += t->gets;
		moved += t->moved;
		wrong += t->wrong;
	}

	KUNIT_EXPECT_EQ(test, pointers(fx->top), 1);
	kunit_info(test, "%u threads, %d memcgs freed, %lu gets, %lu moves\n",
		   started, atomic_read(&fx->freed), gets, moved);
	KUNIT_EXPECT_FALSE(test, failed);
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_GT(test, gets, 0);
	KUNIT_EXPECT_GT(test, moved, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fx->freed),
			2 * min_t(unsigned int, round, ROUNDS));
}

/*
 * KASAN's quarantine keeps what is freed; and whoever builds a kernel with
 * KASAN can have kmemleak look for what is not.
 */
#ifndef CONFIG_KASAN_GENERIC

#define LEAK_BATCH	1024
#define LEAK_ROUNDS	(16 * LEAK_BATCH)

static void come_and_go(struct kunit *test, struct fake *fake,
			unsigned int rounds)
{
	struct mem_cgroup_ptr *ptr;

	for (; rounds; rounds--) {
		KUNIT_ASSERT_EQ(test, mem_cgroup_ptr_alloc(&fake->memcg), 0);
		ptr = get_of(test, fake);
		mem_cgroup_ptr_offline(&fake->memcg);
		mem_cgroup_ptr_put(ptr);
		cond_resched();
	}
	settle();
}

static void rounds_leave_no_memory(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *child = new_fake(test, fx->top);
	long before, growth, leak;
	unsigned int i;

	/* the slabs that one batch needs at a time stay in part */
	come_and_go(test, child, LEAK_BATCH);

	before = global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B);
	for (i = 0; i < LEAK_ROUNDS; i += LEAK_BATCH)
		come_and_go(test, child, LEAK_BATCH);
	growth = global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B) - before;

	/* half, as others allocate, too, and the statistics lag */
	leak = LEAK_ROUNDS * sizeof(struct mem_cgroup_ptr) / PAGE_SIZE;
	kunit_info(test, "slabs grew by %ld pages, a leak is %ld at least\n",
		   growth, leak);
	KUNIT_EXPECT_LT(test, growth, leak / 2);
	KUNIT_EXPECT_EQ(test, pointers(fx->top), 1);
}

#endif	/* CONFIG_KASAN_GENERIC */

static int ptr_kunit_init(struct kunit *test)
{
	struct fixture *fx = kunit_kzalloc(test, sizeof(*fx), GFP_KERNEL);

	if (!fx)
		return -ENOMEM;
	fx->ground = kunit_kzalloc(test, sizeof(*fx->ground), GFP_KERNEL);
	if (!fx->ground)
		return -ENOMEM;

	INIT_LIST_HEAD(&fx->fakes);
	fx->ground->memcg.dirty = &fx->ground->dirty;
	INIT_LIST_HEAD(&fx->ground->dirty.ptr_list);
	fx->top = fake_alloc(fx, fx->ground);
	test->priv = fx;
	if (!fx->top)
		return -ENOMEM;

	return mem_cgroup_ptr_alloc(&fx->top->memcg);
}

static void ptr_kunit_exit(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct fake *fake, *next;

	if (!fx)
		return;

	/* children before parents, as they are in the order of age */
	list_for_each_entry_safe(fake, next, &fx->fakes, list)
		fake_remove(fake);

	/* also waits for the callbacks that are this module's code */
	KUNIT_EXPECT_EQ(test, pointers(fx->ground), 0);
}

static struct kunit_case ptr_kunit_cases[] = {
	KUNIT_CASE(own_pointer_shows_its_memcg),
	KUNIT_CASE(unheld_pointer_goes_with_its_memcg),
	KUNIT_CASE(held_pointer_goes_with_last_put),
	KUNIT_CASE(tryget_while_held),
	KUNIT_CASE(tryget_fails_after_release),
	KUNIT_CASE(put_of_nothing),
	KUNIT_CASE(last_put_with_interrupts_off),
	KUNIT_CASE(memcg_without_pointer_walks_up),
	KUNIT_CASE(memcg_walks_up_once_offline),
	KUNIT_CASE(nobody_has_a_pointer),
	KUNIT_CASE(killed_pointer_is_not_given_out),
	KUNIT_CASE(held_pointer_shows_parent),
	KUNIT_CASE(inherited_pointer_shows_grandparent),
	KUNIT_CASE(siblings_pointers_are_added_to_each_other),
	KUNIT_CASE(all_levels_are_removed_bottom_up),
	KUNIT_CASE(many_holders),
	KUNIT_CASE(holder_pins_no_memcg),
	KUNIT_CASE(offline_without_pointer),
	KUNIT_CASE(offline_twice),
	KUNIT_CASE_SLOW(put_and_reparent_at_once),
#ifndef CONFIG_KASAN_GENERIC
	KUNIT_CASE_SLOW(rounds_leave_no_memory),
#endif
	{ }	/* terminate */
};

static struct kunit_suite ptr_kunit_suite = {
	.name = "mem_cgroup_ptr",
	.init = ptr_kunit_init,
	.exit = ptr_kunit_exit,
	.test_cases = ptr_kunit_cases,
};

kunit_test_suite(ptr_kunit_suite);

MEMCG_DIRTY_IMPORT_KUNIT_NS();
MODULE_AUTHOR("memcg-dirty maintainers");
MODULE_DESCRIPTION("KUnit suite of mem_cgroup_ptr");
MODULE_LICENSE("GPL");
