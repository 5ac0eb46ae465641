// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suites of the kick policies' arithmetic, of their registry, and of kicks.
 *
 * The arithmetic is that of module/policy.c, on figures. The registry's memcgs
 * are fakes: memory that is linked to a parent, with no cgroup behind. The memcg
 * that is kicked is that of the cgroup /kick, which the user of this module makes.
 */

#include <kunit/test.h>
#include <linux/cgroup.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "../module/policy.c"

#include "internal.h"

#define BACKGROUND	MEMCG_DIRTY_KICK_BACKGROUND
#define LIMIT		MEMCG_DIRTY_KICK_LIMIT
#define USER		MEMCG_DIRTY_KICK_USER
#define THROTTLE	MEMCG_DIRTY_KICK_THROTTLE
#define RECLAIM		MEMCG_DIRTY_KICK_RECLAIM
#ifdef MEMCG_DIRTY_HAS_DONTCACHE
#define DONTCACHE	MEMCG_DIRTY_KICK_DONTCACHE
#endif

#define NOBODY		0
#define OWN		MEMCG_KICK_OWN
#define FOREIGN		MEMCG_KICK_FOREIGN
#define BOTH		(MEMCG_KICK_OWN | MEMCG_KICK_FOREIGN)
#define EVERYONE	MEMCG_KICK_EVERYONE

struct scope_case {
	const char *policy;
	enum memcg_dirty_event event;
	bool limited;
	unsigned int scope;
};

static const struct scope_case scope_cases[] = {
	{ "targeted", BACKGROUND, true, BOTH },
	{ "targeted", BACKGROUND, false, FOREIGN },
	{ "targeted", THROTTLE, true, BOTH },
	{ "targeted", THROTTLE, false, FOREIGN },
	{ "targeted", LIMIT, true, BOTH },
	{ "targeted", RECLAIM, true, BOTH },
	{ "targeted", RECLAIM, false, BOTH },
	{ "targeted", USER, true, BOTH },
	{ "targeted", USER, false, BOTH },
	{ "foreign", BACKGROUND, true, NOBODY },
	{ "foreign", BACKGROUND, false, NOBODY },
	{ "foreign", THROTTLE, true, BOTH },
	{ "foreign", THROTTLE, false, FOREIGN },
	{ "foreign", LIMIT, true, NOBODY },
	{ "foreign", RECLAIM, true, EVERYONE },
	{ "foreign", RECLAIM, false, EVERYONE },
	{ "foreign", USER, false, BOTH },
	{ "global", BACKGROUND, true, EVERYONE },
	{ "global", THROTTLE, true, EVERYONE },
	{ "global", LIMIT, true, EVERYONE },
	{ "global", RECLAIM, false, EVERYONE },
	{ "global", USER, false, BOTH },
	{ "off", BACKGROUND, true, NOBODY },
	{ "off", THROTTLE, true, BOTH },
	{ "off", THROTTLE, false, FOREIGN },
	{ "off", LIMIT, true, NOBODY },
	{ "off", RECLAIM, true, NOBODY },
	{ "off", RECLAIM, false, NOBODY },
	{ "off", USER, false, BOTH },
#ifdef MEMCG_DIRTY_HAS_DONTCACHE
	{ "targeted", DONTCACHE, true, OWN },
	{ "targeted", DONTCACHE, false, OWN },
	{ "foreign", DONTCACHE, true, OWN },
	{ "foreign", DONTCACHE, false, OWN },
	{ "global", DONTCACHE, true, OWN },
	{ "global", DONTCACHE, false, OWN },
	{ "off", DONTCACHE, true, NOBODY },
	{ "off", DONTCACHE, false, NOBODY },
#endif
};

struct target_case {
	const char *what;
	const char *policy;
	struct memcg_kick kick;
	struct memcg_kick_target target;
	unsigned long pages;
	bool whole;
};

#define KICK(_event, ...)	\
	.kick = { .event = (_event), .limited = true, __VA_ARGS__ }
#define TARGET(...)		.target = { __VA_ARGS__ }

static const struct target_case target_cases[] = {
	{ "all of the excess where all is", "targeted",
	  KICK(BACKGROUND, .excess = 100, .total = 500),
	  TARGET(.dirty = 500, .own = true), 100 },
	{ "its part of the excess", "targeted",
	  KICK(BACKGROUND, .excess = 100, .total = 500),
	  TARGET(.dirty = 200, .own = true), 40 },
	{ "a part is rounded up", "targeted",
	  KICK(BACKGROUND, .excess = 1, .total = 500),
	  TARGET(.dirty = 1, .own = true), 1 },
	{ "a foreign owner's part", "targeted",
	  KICK(BACKGROUND, .excess = 100, .total = 500),
	  TARGET(.dirty = 300, .wb_dirty = 9000), 60 },
	{ "more excess than there is", "targeted",
	  KICK(BACKGROUND, .excess = 1000, .total = 500),
	  TARGET(.dirty = 200, .own = true), 200 },
	{ "nothing dirty any more", "targeted",
	  KICK(BACKGROUND, .excess = 1000, .total = 0),
	  TARGET(.own = true), 0 },
	{ "no excess, own", "targeted",
	  KICK(BACKGROUND, .total = 500), TARGET(.dirty = 200, .own = true), 0 },
	{ "no excess, foreign: the system's threshold", "targeted",
	  KICK(BACKGROUND, .total = 500), TARGET(.dirty = 200), 200 },
	{ "own with a request pending", "targeted",
	  KICK(BACKGROUND, .excess = 100, .total = 500),
	  TARGET(.dirty = 200, .own = true, .pending = true), 0 },
	{ "foreign with somebody's request pending", "targeted",
	  KICK(BACKGROUND, .excess = 100, .total = 500),
	  TARGET(.dirty = 200, .pending = true), 40 },
	{ "products beyond 64 bits", "targeted",
	  KICK(BACKGROUND, .excess = UINT_MAX, .total = 2UL * UINT_MAX),
	  TARGET(.dirty = UINT_MAX, .own = true), (UINT_MAX + 1UL) / 2 },
	{ "a lowered limit", "targeted",
	  KICK(LIMIT, .excess = 100, .total = 500),
	  TARGET(.dirty = 200, .own = true), 40 },
	{ "throttled, nothing in flight", "targeted",
	  KICK(THROTTLE, .excess = 100, .total = 500),
	  TARGET(.dirty = 200, .own = true), 40 },
	{ "throttled, pages in flight", "targeted",
	  KICK(THROTTLE, .excess = 100, .total = 500),
	  TARGET(.dirty = 200, .writeback = 1, .own = true), 0 },
	{ "throttled, the owner's pages in flight", "targeted",
	  KICK(THROTTLE, .excess = 100, .total = 500),
	  TARGET(.dirty = 200, .writeback = 1), 40 },
	{ "throttled, a request pending", "targeted",
	  KICK(THROTTLE, .excess = 100, .total = 500),
	  TARGET(.dirty = 200, .own = true, .pending = true), 0 },
	{ "reclaim, own", "targeted",
	  KICK(RECLAIM, .excess = 10, .total = 500),
	  TARGET(.dirty = 200, .wb_dirty = 300, .own = true), 200 },
	{ "reclaim, own in flight", "targeted",
	  KICK(RECLAIM, .total = 500),
	  TARGET(.dirty = 200, .writeback = 5, .own = true), 200 },
	{ "reclaim, own with somebody's request pending", "targeted",
	  KICK(RECLAIM, .total = 500),
	  TARGET(.dirty = 200, .own = true, .pending = true), 200 },
	{ "reclaim, foreign", "targeted",
	  KICK(RECLAIM, .total = 500),
	  TARGET(.dirty = 200, .wb_dirty = 9000, .pending = true), 200 },
	{ "asked for, its part", "targeted",
	  KICK(USER, .amount = 50, .total = 500),
	  TARGET(.dirty = 200, .own = true, .pending = true), 20 },
	{ "asked for, all", "targeted",
	  KICK(USER, .amount = 500, .total = 500), TARGET(.dirty = 200), 200 },
	{ "the owner's as well", "foreign",
	  KICK(THROTTLE, .excess = 1, .total = 500),
	  TARGET(.dirty = 200, .wb_dirty = 1000), 1250, true },
	{ "not while in flight", "foreign",
	  KICK(THROTTLE, .excess = 1, .total = 500),
	  TARGET(.dirty = 200, .wb_dirty = 1000, .pending = true), 0, true },
	{ "throttled, own", "foreign",
	  KICK(THROTTLE, .excess = 100, .total = 500),
	  TARGET(.dirty = 200, .wb_dirty = 200, .own = true), 40 },
	{ "asked for", "foreign",
	  KICK(USER, .amount = 50, .total = 500), TARGET(.dirty = 200), 20 },
	{ "asked for", "global",
	  KICK(USER, .amount = 50, .total = 500), TARGET(.dirty = 200), 20 },
	{ "asked for", "off",
	  KICK(USER, .amount = 50, .total = 500), TARGET(.dirty = 200), 20 },
	{ "throttled, nothing in flight", "off",
	  KICK(THROTTLE, .excess = 100, .total = 500),
	  TARGET(.dirty = 200, .own = true), 40 },
	{ "throttled, pages in flight", "off",
	  KICK(THROTTLE, .excess = 100, .total = 500),
	  TARGET(.dirty = 200, .writeback = 1, .own = true), 0 },
#ifdef MEMCG_DIRTY_HAS_DONTCACHE
	{ "as many as are uncached", "targeted",
	  KICK(DONTCACHE, .total = 500),
	  TARGET(.dirty = 500, .dontcache = 30, .own = true), 30 },
	{ "as many as are uncached, whatever the excess", "targeted",
	  KICK(DONTCACHE, .excess = 100, .total = 500),
	  TARGET(.dirty = 500, .dontcache = 30, .own = true), 30 },
	{ "uncached, with pages in flight and pending", "targeted",
	  KICK(DONTCACHE, .total = 500),
	  TARGET(.dirty = 500, .dontcache = 30, .writeback = 9, .own = true,
		 .pending = true), 30 },
	{ "uncached, counted before the others", "targeted",
	  KICK(DONTCACHE, .total = 20),
	  TARGET(.dirty = 20, .dontcache = 30, .own = true), 20 },
	{ "all are uncached", "foreign",
	  KICK(DONTCACHE, .total = 30),
	  TARGET(.dirty = 30, .dontcache = 30, .own = true), 30 },
	{ "as many as are uncached", "global",
	  KICK(DONTCACHE, .total = 500),
	  TARGET(.dirty = 500, .dontcache = 30, .own = true), 30 },
#endif
};

static const struct memcg_kick_policy *policy_named(struct kunit *test,
						    const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(memcg_dirty_policies); i++)
		if (!strcmp(memcg_dirty_policies[i].name, name))
			return &memcg_dirty_policies[i];
	KUNIT_FAIL_AND_ABORT(test, "there is no policy %s", name);
	return NULL;
}

static void scope_desc(const struct scope_case *c, char *desc)
{
	static const char * const events[] = {
		"background", "limit", "user", "throttle", "reclaim",
		"dontcache",
	};

	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s: %s, %s", c->policy,
		 events[c->event - BACKGROUND],
		 c->limited ? "limited" : "no limit");
}

static void target_desc(const struct target_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s: %s", c->policy, c->what);
}

KUNIT_ARRAY_PARAM(scope, scope_cases, scope_desc);
KUNIT_ARRAY_PARAM(target, target_cases, target_desc);

static void policy_scope(struct kunit *test)
{
	const struct scope_case *c = test->param_value;
	struct memcg_kick kick = { .event = c->event, .limited = c->limited };

	KUNIT_EXPECT_EQ(test, policy_named(test, c->policy)->scope(&kick),
			c->scope);
}

static void policy_target(struct kunit *test)
{
	const struct target_case *c = test->param_value;
	struct memcg_kick_target target = c->target;

	policy_named(test, c->policy)->target(&c->kick, &target);
	KUNIT_EXPECT_EQ(test, target.pages, c->pages);
	KUNIT_EXPECT_EQ(test, target.whole, c->whole);
}

/* Of many wbs with what amounts to nothing, some may give a page too many each. */
static void parts_make_the_whole(struct kunit *test)
{
	static const unsigned long dirty[] = { 1, 999, 3, 4096, 77, 0, 65536 };
	struct memcg_kick kick = {
		.event = BACKGROUND, .limited = true, .excess = 5000,
	};
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dirty); i++)
		kick.total += dirty[i];
	for (i = 0; i < ARRAY_SIZE(dirty); i++) {
		struct memcg_kick_target target = {
			.dirty = dirty[i], .own = true,
		};

		memcg_dirty_targeted_target(&kick, &target);
		KUNIT_EXPECT_LE(test, target.pages, dirty[i]);
		sum += target.pages;
	}
	KUNIT_EXPECT_GE(test, sum, kick.excess);
	KUNIT_EXPECT_LE(test, sum, kick.excess + ARRAY_SIZE(dirty));
}

/* What may have others' pages written is for the privileged. */
static void machine_wide_policies(struct kunit *test)
{
	unsigned int i, event;

	for (i = 0; i < ARRAY_SIZE(memcg_dirty_policies); i++) {
		const struct memcg_kick_policy *policy = &memcg_dirty_policies[i];
		unsigned int scope = 0;

		for (event = 0; event < MEMCG_DIRTY_NR_KICKS; event++) {
			struct memcg_kick kick = { .event = BACKGROUND + event };

			scope |= policy->scope(&kick);
		}
		KUNIT_EXPECT_EQ_MSG(test, policy->machine_wide,
				    !!(scope & EVERYONE), "%s", policy->name);
	}
}

#ifdef MEMCG_DIRTY_HAS_DONTCACHE
struct due_case {
	const char *what;
	unsigned long batch, dontcache;
	bool over;
	bool due;
};

static const struct due_case due_cases[] = {
	{ "no batch, nothing dirty", 0, 0, false, true },
	{ "no batch", 0, 1, false, true },
	{ "just below", 256, 255, false, false },
	{ "as many", 256, 256, false, true },
	{ "more", 256, 1000, false, true },
	{ "none, over background", 256, 0, true, true },
	{ "below, over background", 256, 255, true, true },
	{ "never enough", MEMCG_DIRTY_MAX_PAGES, 1UL << 30, false, false },
	{ "never enough, over background", MEMCG_DIRTY_MAX_PAGES, 1, true, true },
	{ "never", MEMCG_KICK_NEVER, 1UL << 30, false, false },
	{ "never, over background", MEMCG_KICK_NEVER, 1UL << 30, true, false },
	{ "never, however many", MEMCG_KICK_NEVER, ULONG_MAX, true, false },
};

static void due_desc(const struct due_case *c, char *desc)
{
	strscpy(desc, c->what, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(due, due_cases, due_desc);

static void dontcache_due(struct kunit *test)
{
	const struct due_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, memcg_kick_dontcache_due(c->batch, c->dontcache,
						       c->over), c->due);
}

/* The policies have what was set, but for the one that never kicks. */
static void dontcache_batch_is_set(struct kunit *test)
{
	static const struct {
		unsigned long set, have;
	} cases[] = {
		{ 0, 0 }, { 1, 1 }, { 4096, 4096 },
		{ ULONG_MAX, MEMCG_DIRTY_MAX_PAGES },
		{ MEMCG_DIRTY_MAX_PAGES, MEMCG_DIRTY_MAX_PAGES }, { 0, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memcg_dirty_set_dontcache_batch(cases[i].set);
		KUNIT_EXPECT_EQ(test, memcg_dirty_get_dontcache_batch(),
				cases[i].set);
		KUNIT_EXPECT_EQ(test, policy_named(test, "targeted")->dontcache_batch,
				cases[i].have);
		KUNIT_EXPECT_EQ(test, policy_named(test, "foreign")->dontcache_batch,
				cases[i].have);
		KUNIT_EXPECT_EQ(test, policy_named(test, "global")->dontcache_batch,
				cases[i].have);
		KUNIT_EXPECT_EQ(test, policy_named(test, "off")->dontcache_batch,
				MEMCG_KICK_NEVER);
	}
}
#endif

/* A policy that notes what it is called for */
static struct {
	atomic_t scopes;
	enum memcg_dirty_event event;
	struct completion called;
	struct completion go;		/* if @wait */
	bool wait;
} seen;

static unsigned int seen_scope(const struct memcg_kick *kick)
{
	seen.event = kick->event;
	atomic_inc(&seen.scopes);
	complete(&seen.called);
	if (seen.wait)
		wait_for_completion(&seen.go);
	return 0;
}

static void seen_target(const struct memcg_kick *kick,
			struct memcg_kick_target *target)
{
}

struct fake {
	struct memcg_dirty dirty;
	struct mem_cgroup memcg;	/* last, as it ends in an array */
};

struct registry {
	struct memcg_kick_policy policy, other;
	struct mem_cgroup *ground, *parent, *child;
	char before[256];
	char buf[256];
};

static struct mem_cgroup *new_memcg(struct kunit *test,
				    struct mem_cgroup *parent)
{
	struct fake *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fake);
	if (parent)
		fake->memcg.css.parent = &parent->css;
	fake->memcg.css.flags = CSS_ONLINE;
	fake->memcg.dirty = &fake->dirty;
	fake->dirty.memcg = &fake->memcg;
	memcg_kick_init(&fake->memcg);
	return &fake->memcg;
}

static void init_registry(struct kunit *test, struct registry *reg)
{
	test->priv = reg;
	reg->policy = (struct memcg_kick_policy){
		.name = "seen",
		.owner = THIS_MODULE,
		.scope = seen_scope,
		.target = seen_target,
	};
	reg->other = reg->policy;
	reg->other.name = "other";
	atomic_set(&seen.scopes, 0);
	init_completion(&seen.called);
	init_completion(&seen.go);
	seen.wait = false;
	reg->ground = new_memcg(test, NULL);
	reg->parent = new_memcg(test, reg->ground);
	reg->child = new_memcg(test, reg->parent);
	memcg_kick_show(NULL, reg->before, sizeof(reg->before));
}

static int registry_init(struct kunit *test)
{
	struct registry *reg = kunit_kzalloc(test, sizeof(*reg), GFP_KERNEL);

	if (!reg)
		return -ENOMEM;
	init_registry(test, reg);
	return 0;
}

static void registry_exit(struct kunit *test)
{
	struct registry *reg = test->priv;

	if (!reg || !reg->child)
		return;
	memcg_kick_reset(reg->child);
	memcg_kick_reset(reg->parent);
	memcg_kick_unregister(&reg->policy);
	memcg_kick_unregister(&reg->other);
}

static const char *shown(struct kunit *test, struct mem_cgroup *memcg)
{
	struct registry *reg = test->priv;

	memcg_kick_show(memcg, reg->buf, sizeof(reg->buf));
	return reg->buf;
}

static bool in_force(struct kunit *test, struct mem_cgroup *memcg,
		     const char *name)
{
	char want[64];

	snprintf(want, sizeof(want), "[%s]", name);
	return strstr(shown(test, memcg), want);
}

static void register_both(struct kunit *test)
{
	struct registry *reg = test->priv;

	KUNIT_ASSERT_EQ(test, memcg_kick_register(&reg->policy), 0);
	KUNIT_ASSERT_EQ(test, memcg_kick_register(&reg->other), 0);
}

static void incomplete_policy_is_refused(struct kunit *test)
{
	struct registry *reg = test->priv;
	struct memcg_kick_policy bad = reg->policy;

	bad.name = "";
	KUNIT_EXPECT_EQ(test, memcg_kick_register(&bad), -EINVAL);
	bad = reg->policy;
	bad.scope = NULL;
	KUNIT_EXPECT_EQ(test, memcg_kick_register(&bad), -EINVAL);
	bad = reg->policy;
	bad.target = NULL;
	KUNIT_EXPECT_EQ(test, memcg_kick_register(&bad), -EINVAL);
	KUNIT_EXPECT_STREQ(test, shown(test, NULL), reg->before);
}

static void name_is_taken(struct kunit *test)
{
	struct registry *reg = test->priv;
	struct memcg_kick_policy same = reg->policy;

	register_both(test);
	KUNIT_EXPECT_EQ(test, memcg_kick_register(&same), -EEXIST);
	/* Not what is registered under that name */
	memcg_kick_unregister(&same);
	KUNIT_EXPECT_NOT_NULL(test, strstr(shown(test, NULL), " seen other\n"));
}

static void unregistered_is_gone(struct kunit *test)
{
	struct registry *reg = test->priv;

	register_both(test);
	KUNIT_EXPECT_NOT_NULL(test, strstr(shown(test, NULL), " seen other\n"));
	memcg_kick_unregister(&reg->policy);
	memcg_kick_unregister(&reg->policy);
	memcg_kick_unregister(&reg->other);
	KUNIT_EXPECT_STREQ(test, shown(test, NULL), reg->before);
	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->child, "seen", THIS_MODULE, true),
			-EINVAL);
}

static void nearest_choice_is_in_force(struct kunit *test)
{
	struct registry *reg = test->priv;

	register_both(test);
	KUNIT_EXPECT_FALSE(test, in_force(test, reg->child, "seen"));

	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->parent, "seen", THIS_MODULE, true), 0);
	KUNIT_EXPECT_TRUE(test, in_force(test, reg->parent, "seen"));
	KUNIT_EXPECT_TRUE(test, in_force(test, reg->child, "seen"));
	KUNIT_EXPECT_FALSE(test, in_force(test, reg->ground, "seen"));

	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->child, "other", THIS_MODULE, true), 0);
	KUNIT_EXPECT_TRUE(test, in_force(test, reg->child, "other"));
	KUNIT_EXPECT_TRUE(test, in_force(test, reg->parent, "seen"));

	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->child, NULL, THIS_MODULE, true), 0);
	KUNIT_EXPECT_TRUE(test, in_force(test, reg->child, "seen"));
	memcg_kick_reset(reg->parent);
	KUNIT_EXPECT_FALSE(test, in_force(test, reg->child, "seen"));
}

static void failed_choice_changes_nothing(struct kunit *test)
{
	struct registry *reg = test->priv;

	register_both(test);
	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->child, "seen", THIS_MODULE, true), 0);
	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->child, "", THIS_MODULE, true), -EINVAL);
	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->child, "see", THIS_MODULE, true), -EINVAL);
	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->child, "seen ", THIS_MODULE, true), -EINVAL);
	reg->child->css.flags = 0;
	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->child, "other", THIS_MODULE, true), -ENODEV);
	KUNIT_EXPECT_TRUE(test, in_force(test, reg->child, "seen"));
}

static void machine_wide_needs_privilege(struct kunit *test)
{
	struct registry *reg = test->priv;

	reg->policy.machine_wide = true;
	register_both(test);
	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->child, "seen", THIS_MODULE, false),
			-EPERM);
	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->child, "other", THIS_MODULE, false), 0);
	KUNIT_EXPECT_TRUE(test, in_force(test, reg->child, "other"));
	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->child, "seen", THIS_MODULE, true), 0);
}

/* As with congestion controls: what is in use stays. */
static void choice_holds_the_module(struct kunit *test)
{
	struct registry *reg = test->priv;
	int refs = module_refcount(THIS_MODULE);

	register_both(test);
	/* Through its own module, which unregisters before it goes */
	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->child, "seen", THIS_MODULE, true), 0);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs);

	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->child, "seen", NULL, true), 0);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs + 1);
	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->parent, "other", NULL, true), 0);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs + 2);
	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->child, "other", NULL, true), 0);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs + 2);
	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->child, "none", NULL, true), -EINVAL);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs + 2);
	KUNIT_EXPECT_EQ(test, memcg_kick_choose(reg->child, NULL, NULL, true), 0);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs + 1);
	memcg_kick_reset(reg->parent);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), refs);
}

static void show_stops_at_the_end(struct kunit *test)
{
	char buf[8];

	register_both(test);
	memset(buf, 'x', sizeof(buf));
	KUNIT_EXPECT_LT(test, memcg_kick_show(NULL, buf, 4), 4);
	KUNIT_EXPECT_EQ(test, buf[4], 'x');
}

/* With a reference; NULL where nobody has made the cgroup */
static struct cgroup_subsys_state *kick_css(void)
{
	struct cgroup *cgroup = cgroup_get_from_path("/kick");
	struct cgroup_subsys_state *css;

	if (IS_ERR(cgroup))
		return NULL;
	css = cgroup_get_e_css(cgroup, &memory_cgrp_subsys);
	cgroup_put(cgroup);
	return css;
}

struct kicked {
	struct registry reg;		/* first: registry_exit() finds it */
	struct cgroup_subsys_state *css;
	struct mem_cgroup *memcg;
	struct task_struct *task;
};

static int kick_init(struct kunit *test)
{
	struct kicked *k = kunit_kzalloc(test, sizeof(*k), GFP_KERNEL);
	unsigned int i;
	int ret;

	if (!k)
		return -ENOMEM;
	init_registry(test, &k->reg);
	k->css = kick_css();
	if (!k->css) {
		kunit_err(test, "there is no cgroup /kick");
		return -ENOENT;
	}
	k->memcg = mem_cgroup_from_css(k->css);
	/* Long ago, whatever the case before has done */
	for (i = 0; i < MEMCG_DIRTY_NR_KICKS; i++)
		k->memcg->dirty->kick.kicked_at[i] = jiffies - 60 * HZ;
	ret = memcg_kick_register(&k->reg.policy);
	return ret ?: memcg_kick_choose(k->memcg, "seen", THIS_MODULE, true);
}

static void kick_exit(struct kunit *test)
{
	struct kicked *k = test->priv;

	/* A case that ended early may have left a worker in the policy. */
	complete_all(&seen.go);
	registry_exit(test);
	if (k && k->css)
		css_put(k->css);
}

/* How often the policy has been asked, now that all that was noted is done */
static int calls(struct kicked *k)
{
	flush_work(&k->memcg->dirty->kick.work);
	return atomic_read(&seen.scopes);
}

static void event_reaches_the_policy(struct kunit *test)
{
	static const enum memcg_dirty_event events[] = {
		BACKGROUND, LIMIT, THROTTLE, RECLAIM,
	};
	struct kicked *k = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(events); i++) {
		KUNIT_EXPECT_TRUE(test, __memcg_kick_flushers(k->memcg, events[i], 0));
		KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&seen.called, HZ), 0);
		KUNIT_EXPECT_EQ(test, seen.event, events[i]);
	}
	KUNIT_EXPECT_EQ(test, calls(k), ARRAY_SIZE(events));
}

static void kicks_are_paced(struct kunit *test)
{
	struct kicked *k = test->priv;
	unsigned int i;

	for (i = 0; i < 1000; i++)
		__memcg_kick_flushers(k->memcg, RECLAIM, 10 * HZ);
	KUNIT_EXPECT_EQ(test, calls(k), 1);
	/* Another event has a pace of its own. */
	__memcg_kick_flushers(k->memcg, THROTTLE, 10 * HZ);
	KUNIT_EXPECT_EQ(test, calls(k), 2);
}

static void kick_during_a_kick_is_not_lost(struct kunit *test)
{
	struct kicked *k = test->priv;

	seen.wait = true;
	__memcg_kick_flushers(k->memcg, LIMIT, 0);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&seen.called, HZ), 0);
	__memcg_kick_flushers(k->memcg, LIMIT, 0);
	__memcg_kick_flushers(k->memcg, LIMIT, 0);
	complete_all(&seen.go);
	KUNIT_EXPECT_EQ(test, calls(k), 2);
}

static int unregister_fn(void *arg)
{
	struct kicked *k = arg;

	memcg_kick_unregister(&k->reg.policy);
	complete(&seen.called);
	return 0;
}

static void unregistering_waits_for_kicks(struct kunit *test)
{
	struct kicked *k = test->priv;

	seen.wait = true;
	__memcg_kick_flushers(k->memcg, LIMIT, 0);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&seen.called, HZ), 0);
	k->task = kthread_run(unregister_fn, k, "memcg_kick_kunit");
	KUNIT_ASSERT_FALSE(test, IS_ERR(k->task));
	/* Nobody can choose it any more, but it is still in use. */
	KUNIT_EXPECT_EQ(test, wait_for_completion_timeout(&seen.called, HZ / 4), 0);
	KUNIT_EXPECT_FALSE(test, in_force(test, k->memcg, "seen"));
	complete_all(&seen.go);
	KUNIT_EXPECT_NE(test, wait_for_completion_timeout(&seen.called, 10 * HZ), 0);

	atomic_set(&seen.scopes, 0);
	__memcg_kick_flushers(k->memcg, LIMIT, 0);
	KUNIT_EXPECT_EQ(test, calls(k), 0);
}

static void root_is_not_kicked(struct kunit *test)
{
	struct kicked *k = test->priv;

	KUNIT_EXPECT_FALSE(test, __memcg_kick_flushers(parent_mem_cgroup(k->memcg),
						       RECLAIM, 0));
}

static int by_value(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/*
 * What a kick costs its caller that goes all the way, in the middle and at most.
 * In a guest whose clock counts instructions scripts/guest/kickcost.sh reads it.
 */
static void cost_for_the_caller(struct kunit *test)
{
	struct kicked *k = test->priv;
	u64 took[21];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(took); i++) {
		u64 begin;

		msleep(30);
		begin = ktime_get_ns();
		__memcg_kick_flushers(k->memcg, RECLAIM, MEMCG_KICK_PACE);
		took[i] = ktime_get_ns() - begin;
		KUNIT_EXPECT_EQ(test, calls(k), i + 1);
	}
	sort(took, ARRAY_SIZE(took), sizeof(took[0]), by_value, NULL);
	kunit_info(test, "kick cost: median %llu ns, most %llu ns",
		   took[ARRAY_SIZE(took) / 2], took[ARRAY_SIZE(took) - 1]);
}

static struct kunit_case policy_kunit_cases[] = {
	KUNIT_CASE_PARAM(policy_scope, scope_gen_params),
	KUNIT_CASE_PARAM(policy_target, target_gen_params),
	KUNIT_CASE(parts_make_the_whole),
	KUNIT_CASE(machine_wide_policies),
#ifdef MEMCG_DIRTY_HAS_DONTCACHE
	KUNIT_CASE_PARAM(dontcache_due, due_gen_params),
	KUNIT_CASE(dontcache_batch_is_set),
#endif
	{ }	/* terminate */
};

static struct kunit_case registry_kunit_cases[] = {
	KUNIT_CASE(incomplete_policy_is_refused),
	KUNIT_CASE(name_is_taken),
	KUNIT_CASE(unregistered_is_gone),
	KUNIT_CASE(nearest_choice_is_in_force),
	KUNIT_CASE(failed_choice_changes_nothing),
	KUNIT_CASE(machine_wide_needs_privilege),
	KUNIT_CASE(choice_holds_the_module),
	KUNIT_CASE(show_stops_at_the_end),
	{ }	/* terminate */
};

static struct kunit_case kick_kunit_cases[] = {
	KUNIT_CASE(event_reaches_the_policy),
	KUNIT_CASE(kicks_are_paced),
	KUNIT_CASE(kick_during_a_kick_is_not_lost),
	KUNIT_CASE(unregistering_waits_for_kicks),
	KUNIT_CASE(root_is_not_kicked),
	KUNIT_CASE(cost_for_the_caller),
	{ }	/* terminate */
};

static struct kunit_suite policy_kunit_suite = {
	.name = "memcg_kick_policy",
	.test_cases = policy_kunit_cases,
};

static struct kunit_suite registry_kunit_suite = {
	.name = "memcg_kick_registry",
	.init = registry_init,
	.exit = registry_exit,
	.test_cases = registry_kunit_cases,
};

static struct kunit_suite kick_kunit_suite = {
	.name = "memcg_kick",
	.init = kick_init,
	.exit = kick_exit,
	.test_cases = kick_kunit_cases,
};

kunit_test_suites(&policy_kunit_suite, &registry_kunit_suite,
		  &kick_kunit_suite);

MEMCG_DIRTY_IMPORT_NS();
MEMCG_DIRTY_IMPORT_KUNIT_NS();
MODULE_AUTHOR("memcg-dirty maintainers");
MODULE_DESCRIPTION("KUnit suites of kick policies");
MODULE_LICENSE("GPL");
