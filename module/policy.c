// SPDX-License-Identifier: GPL-2.0
/*
 * Policies of memory.dirty_kick_policy: how many pages of which wbs are written
 * when something tells that a cgroup's dirty pages should be.
 *
 *		background, limit	throttle		reclaim
 *	targeted  excess, in proportion	 excess, in proportion	all it has dirty
 *	foreign	  nothing more		 the same, and all that	everything
 *					 owners of others' files have
 *	global	  everything		 everything		everything
 *	off	  nothing more		 excess, in proportion	nothing
 *
 * Where RWF_DONTCACHE has flushers kicked, "off" has none for it, and the others
 * do as the kernel does by itself: as many pages of the wb as were written so, be
 * it these or older ones. With dontcache_batch not before there are so many.
 *
 * "Nothing more" is what balance_dirty_pages() does by itself: it starts the wb
 * of the task that dirties pages. A throttled task must never wait for pages that
 * nobody writes, so under every policy what nothing is in flight of is written
 * then; and so is what somebody asks for with memory.dirty_flush.
 *
 * The functions get all they need as figures, so that KUnit can call them
 * without a cgroup.
 */

#include <linux/array_size.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/module.h>

#include "compat.h"
#include <linux/memcg_dirty_module.h>

#include "policy.h"

#ifdef MEMCG_DIRTY_HAS_DONTCACHE
static bool memcg_dirty_is_dontcache(const struct memcg_kick *kick)
{
	return kick->event == MEMCG_DIRTY_KICK_DONTCACHE;
}

static unsigned long memcg_dirty_dontcache(const struct memcg_kick_target *target)
{
	return min(target->dontcache, target->dirty);
}
#else
static bool memcg_dirty_is_dontcache(const struct memcg_kick *kick)
{
	return false;
}

static unsigned long memcg_dirty_dontcache(const struct memcg_kick_target *target)
{
	return 0;
}
#endif

/* What @target has of @pages, if each gives by how much it has; rounded up */
static unsigned long memcg_dirty_part(const struct memcg_kick *kick,
				      const struct memcg_kick_target *target,
				      unsigned long pages)
{
	if (pages >= kick->total)
		return target->dirty;
	return min_t(u64, target->dirty,
		     DIV64_U64_ROUND_UP((u64)pages * target->dirty, kick->total));
}

/*
 * Without a background limit it is the system's that is exceeded. The cgroup's
 * wb on that device writes already, and what it has on others is not concerned.
 */
static unsigned int memcg_dirty_targeted_scope(const struct memcg_kick *kick)
{
	if (memcg_dirty_is_dontcache(kick))
		return MEMCG_KICK_OWN;
	if (!kick->limited && (kick->event == MEMCG_DIRTY_KICK_BACKGROUND ||
			       kick->event == MEMCG_DIRTY_KICK_THROTTLE))
		return MEMCG_KICK_FOREIGN;
	return MEMCG_KICK_OWN | MEMCG_KICK_FOREIGN;
}

static void memcg_dirty_targeted_target(const struct memcg_kick *kick,
					struct memcg_kick_target *target)
{
	if (memcg_dirty_is_dontcache(kick)) {
		target->pages = memcg_dirty_dontcache(target);
		return;
	}
	switch (kick->event) {
	case MEMCG_DIRTY_KICK_USER:
		target->pages = memcg_dirty_part(kick, target, kick->amount);
		return;
	case MEMCG_DIRTY_KICK_RECLAIM:
		target->pages = target->dirty;
		return;
	case MEMCG_DIRTY_KICK_THROTTLE:
		/* In a foreign wb these may be its owner's. */
		if (target->own && target->writeback)
			return;
		fallthrough;
	default:
		/* Requests add up: this one would be the same pages again. */
		if (target->own && target->pending)
			return;
		if (kick->excess)
			target->pages = memcg_dirty_part(kick, target,
							 kick->excess);
		else if (!target->own)
			target->pages = target->dirty;
	}
}

/* Only what has to be, see above */
static unsigned int memcg_dirty_off_scope(const struct memcg_kick *kick)
{
	return kick->event == MEMCG_DIRTY_KICK_USER ||
	       kick->event == MEMCG_DIRTY_KICK_THROTTLE ?
		memcg_dirty_targeted_scope(kick) : 0;
}

/* As the kernel alone: mem_cgroup_flush_foreign(), wakeup_flusher_threads() */
static unsigned int memcg_dirty_foreign_scope(const struct memcg_kick *kick)
{
	if (memcg_dirty_is_dontcache(kick))
		return memcg_dirty_targeted_scope(kick);
	return kick->event == MEMCG_DIRTY_KICK_RECLAIM ?
		MEMCG_KICK_EVERYONE : memcg_dirty_off_scope(kick);
}

static void memcg_dirty_foreign_target(const struct memcg_kick *kick,
				       struct memcg_kick_target *target)
{
	if (target->own || kick->event != MEMCG_DIRTY_KICK_THROTTLE) {
		memcg_dirty_targeted_target(kick, target);
		return;
	}
	/* Most of what is dirty, and then some that may get so meanwhile */
	if (!target->pending)
		target->pages = target->wb_dirty + target->wb_dirty / 4;
	target->whole = true;
}

static unsigned int memcg_dirty_global_scope(const struct memcg_kick *kick)
{
	if (memcg_dirty_is_dontcache(kick))
		return memcg_dirty_targeted_scope(kick);
	return kick->event == MEMCG_DIRTY_KICK_USER ?
		memcg_dirty_off_scope(kick) : MEMCG_KICK_EVERYONE;
}

static struct memcg_kick_policy memcg_dirty_policies[] = {
	{
		.name = "targeted",
		.owner = THIS_MODULE,
		.scope = memcg_dirty_targeted_scope,
		.target = memcg_dirty_targeted_target,
	},
	{
		.name = "foreign",
		.owner = THIS_MODULE,
		.machine_wide = true,
		.scope = memcg_dirty_foreign_scope,
		.target = memcg_dirty_foreign_target,
	},
	{
		.name = "global",
		.owner = THIS_MODULE,
		.machine_wide = true,
		.scope = memcg_dirty_global_scope,
		.target = memcg_dirty_targeted_target,
	},
	{
		.name = "off",
		.owner = THIS_MODULE,
#ifdef MEMCG_DIRTY_HAS_DONTCACHE
		.dontcache_batch = MEMCG_KICK_NEVER,
#endif
		.scope = memcg_dirty_off_scope,
		.target = memcg_dirty_targeted_target,
	},
};

#ifdef MEMCG_DIRTY_HAS_DONTCACHE
static unsigned long memcg_dirty_batch_set;	/* as it was given, in pages */

/**
 * memcg_dirty_set_dontcache_batch - set when RWF_DONTCACHE has flushers kicked
 * @pages: from so many dirty pages of a wb on that were written so; %ULONG_MAX:
 *	not before a background limit is exceeded
 *
 * Context: Any; takes effect with the next write.
 */
void memcg_dirty_set_dontcache_batch(unsigned long pages)
{
	unsigned int i;

	memcg_dirty_batch_set = pages;
	/* As many pages never are there, and it is no MEMCG_KICK_NEVER. */
	pages = min(pages, MEMCG_DIRTY_MAX_PAGES);
	for (i = 0; i < ARRAY_SIZE(memcg_dirty_policies); i++)
		if (memcg_dirty_policies[i].dontcache_batch != MEMCG_KICK_NEVER)
			WRITE_ONCE(memcg_dirty_policies[i].dontcache_batch,
				   pages);
}

/**
 * memcg_dirty_get_dontcache_batch - what was set
 *
 * Context: Any.
 * Return: pages, as memcg_dirty_set_dontcache_batch() takes them.
 */
unsigned long memcg_dirty_get_dontcache_batch(void)
{
	return memcg_dirty_batch_set;
}
#endif

/**
 * memcg_dirty_register_policies - provide the policies
 *
 * Context: Process context.
 * Return: 0 or what memcg_kick_register() says; then there is none.
 */
int memcg_dirty_register_policies(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(memcg_dirty_policies); i++) {
		err = memcg_kick_register(&memcg_dirty_policies[i]);
		if (err)
			goto unregister;
	}
	return 0;

unregister:
	while (i--)
		memcg_kick_unregister(&memcg_dirty_policies[i]);
	return err;
}

/**
 * memcg_dirty_unregister_policies - take the policies away
 *
 * Context: Process context; waits for kicks in progress.
 */
void memcg_dirty_unregister_policies(void)
{
	unsigned int i = ARRAY_SIZE(memcg_dirty_policies);

	/* The first one is the default of all, until the end. */
	while (i--)
		memcg_kick_unregister(&memcg_dirty_policies[i]);
}
