// SPDX-License-Identifier: GPL-2.0
/*
 * Files of the module. Documentation/admin-guide/memcg-dirty.rst describes them.
 *
 * kernfs holds an active reference on the file while a handler runs: the css
 * stays allocated, and removing the files, which unloading the module does,
 * waits for the handlers. The task that waits holds cgroup_mutex, so no handler
 * may take it.
 */

#include <linux/capability.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include <linux/memcg_dirty_module.h>

#include "files.h"
#include "parse.h"

/* The root's limits are the system's, which vm.dirty_* sets. */
static bool memcg_dirty_is_root(struct cgroup_subsys_state *css)
{
	return !css->parent;
}

/* Which limit a file is for: memcg_dirty_files has it in ->private. */

static int memcg_dirty_bytes_show(struct seq_file *m, void *v)
{
	struct cgroup_subsys_state *css = seq_css(m);
	enum memcg_dirty_limit which = seq_cft(m)->private;
	struct memcg_dirty_value value;
	u64 bytes;

	if (memcg_dirty_is_root(css)) {
		bytes = memcg_dirty_system_bytes(which);
	} else {
		value = memcg_dirty_get_limit(mem_cgroup_from_css(css), which);
		bytes = (u64)value.pages << PAGE_SHIFT;
	}

	seq_printf(m, "%llu\n", bytes);
	return 0;
}

static int memcg_dirty_ratio_show(struct seq_file *m, void *v)
{
	struct cgroup_subsys_state *css = seq_css(m);
	enum memcg_dirty_limit which = seq_cft(m)->private;
	unsigned int ratio;

	if (memcg_dirty_is_root(css))
		ratio = memcg_dirty_system_ratio(which);
	else
		ratio = memcg_dirty_get_limit(mem_cgroup_from_css(css),
					      which).ratio;

	seq_printf(m, "%u\n", ratio);
	return 0;
}

/* The parsers would not see what is behind it. */
static bool memcg_dirty_has_nul(const char *buf, size_t nbytes)
{
	return strlen(buf) != nbytes;
}

static ssize_t memcg_dirty_write(struct kernfs_open_file *of,
				 struct memcg_dirty_value value, size_t nbytes)
{
	int err;

	err = memcg_dirty_set_limit(mem_cgroup_from_css(of_css(of)),
				    of_cft(of)->private, value);
	return err ?: nbytes;
}

static ssize_t memcg_dirty_bytes_write(struct kernfs_open_file *of, char *buf,
				       size_t nbytes, loff_t off)
{
	struct memcg_dirty_value value = {};
	int err;

	if (memcg_dirty_is_root(of_css(of)) || memcg_dirty_has_nul(buf, nbytes))
		return -EINVAL;
	err = memcg_dirty_parse_bytes(buf, &value.pages);
	return err ?: memcg_dirty_write(of, value, nbytes);
}

static ssize_t memcg_dirty_ratio_write(struct kernfs_open_file *of, char *buf,
				       size_t nbytes, loff_t off)
{
	struct memcg_dirty_value value = {};
	int err;

	if (memcg_dirty_is_root(of_css(of)) || memcg_dirty_has_nul(buf, nbytes))
		return -EINVAL;
	err = memcg_dirty_parse_ratio(buf, &value.ratio);
	return err ?: memcg_dirty_write(of, value, nbytes);
}

static const struct {
	const char *name;
	enum memcg_dirty_event kick;
	enum memcg_dirty_event pages;
} memcg_dirty_kicks[] = {
	{ "background", MEMCG_DIRTY_KICK_BACKGROUND,
	  MEMCG_DIRTY_KICKED_BACKGROUND },
	{ "limit", MEMCG_DIRTY_KICK_LIMIT, MEMCG_DIRTY_KICKED_LIMIT },
	{ "user", MEMCG_DIRTY_KICK_USER, MEMCG_DIRTY_KICKED_USER },
	{ "throttle", MEMCG_DIRTY_KICK_THROTTLE, MEMCG_DIRTY_KICKED_THROTTLE },
	{ "reclaim", MEMCG_DIRTY_KICK_RECLAIM, MEMCG_DIRTY_KICKED_RECLAIM },
#ifdef MEMCG_DIRTY_HAS_DONTCACHE
	{ "dontcache", MEMCG_DIRTY_KICK_DONTCACHE,
	  MEMCG_DIRTY_KICKED_DONTCACHE },
#endif
};

static void memcg_dirty_print_bytes(struct seq_file *m, const char *key,
				    unsigned long pages)
{
	seq_printf(m, "%s %llu\n", key, (u64)pages << PAGE_SHIFT);
}

static int memcg_dirty_stat_show(struct seq_file *m, void *v)
{
	struct mem_cgroup *memcg = mem_cgroup_from_css(seq_css(m));
	struct memcg_dirty_stat stat;
	unsigned int i;

	memcg_dirty_get_stat(memcg, &stat);
	memcg_dirty_print_bytes(m, "dirty", stat.dirty);
	memcg_dirty_print_bytes(m, "writeback", stat.writeback);
	memcg_dirty_print_bytes(m, "foreign_dirty", stat.foreign);
#ifdef MEMCG_DIRTY_HAS_DONTCACHE
	memcg_dirty_print_bytes(m, "dontcache_dirty", stat.dontcache);
#endif

	/* No limit, and nothing is counted, on the root. */
	if (memcg_dirty_is_root(seq_css(m)))
		return 0;

	memcg_dirty_print_bytes(m, "borrowed", stat.borrowed);
	memcg_dirty_print_bytes(m, "limit", stat.limit);
	seq_printf(m, "limit_cgroup %llu\n", stat.limit_cgroup);
	memcg_dirty_print_bytes(m, "background", stat.background);
	seq_printf(m, "background_cgroup %llu\n", stat.background_cgroup);
	memcg_dirty_print_bytes(m, "min", stat.min);
	seq_printf(m, "throttles %llu\n",
		   memcg_dirty_read_event(memcg, MEMCG_DIRTY_THROTTLE));
	seq_printf(m, "throttled_usec %llu\n",
		   div_u64(memcg_dirty_read_event(memcg,
						  MEMCG_DIRTY_THROTTLED_NS),
			   NSEC_PER_USEC));
	seq_printf(m, "window_usec %llu\n",
		   div_u64(memcg_dirty_read_event(memcg, MEMCG_DIRTY_WINDOW_NS),
			   NSEC_PER_USEC));
	for (i = 0; i < ARRAY_SIZE(memcg_dirty_kicks); i++) {
		seq_printf(m, "kick_%s %llu\n", memcg_dirty_kicks[i].name,
			   memcg_dirty_read_event(memcg,
						  memcg_dirty_kicks[i].kick));
		seq_printf(m, "kick_%s_pages %llu\n", memcg_dirty_kicks[i].name,
			   memcg_dirty_read_event(memcg,
						  memcg_dirty_kicks[i].pages));
	}
	return 0;
}

static int memcg_dirty_events_show(struct seq_file *m, void *v)
{
	struct mem_cgroup *memcg = mem_cgroup_from_css(seq_css(m));
	unsigned int i;

	seq_printf(m, "background %llu\n",
		   memcg_dirty_read_event(memcg, MEMCG_DIRTY_OVER_BACKGROUND));
	seq_printf(m, "limit %llu\n",
		   memcg_dirty_read_event(memcg, MEMCG_DIRTY_OVER_LIMIT));
	seq_printf(m, "throttle %llu\n",
		   memcg_dirty_read_event(memcg, MEMCG_DIRTY_THROTTLE));
	for (i = 0; i < ARRAY_SIZE(memcg_dirty_kicks); i++)
		seq_printf(m, "kick_%s %llu\n", memcg_dirty_kicks[i].name,
			   memcg_dirty_read_event(memcg,
						  memcg_dirty_kicks[i].kick));
	return 0;
}

/* All entries, in memory that is to be freed with kvfree(); or NULL. */
static struct memcg_foreign_entry *
memcg_dirty_read_foreign(struct mem_cgroup *memcg, int *nr)
{
	struct memcg_foreign_entry *entries;
	int max = 64;

	for (;;) {
		entries = kvmalloc_array(max, sizeof(*entries), GFP_KERNEL);
		if (!entries)
			return NULL;
		*nr = memcg_dirty_get_foreign(memcg, entries, max);
		if (*nr <= max)
			return entries;
		kvfree(entries);
		max = *nr;
	}
}

/* Pages that are in no record, or on no device, have a line without either. */
static int memcg_dirty_foreign_show(struct seq_file *m, void *v)
{
	struct memcg_foreign_entry *entries, *e;
	unsigned long unrecorded = 0;
	char name[64];
	int nr;

	entries = memcg_dirty_read_foreign(mem_cgroup_from_css(seq_css(m)), &nr);
	if (!entries)
		return -ENOMEM;

	for (e = entries; e < entries + nr; e++) {
		if (!e->bdi_id ||
		    memcg_dirty_bdi_name(e->bdi_id, name, sizeof(name))) {
			unrecorded += e->dirty;
			continue;
		}
		seq_printf(m, "%s owner=%llu dirty=%llu age_ms=%u\n", name,
			   e->owner, (u64)e->dirty << PAGE_SHIFT,
			   jiffies_to_msecs(jiffies - e->since));
	}
	if (unrecorded)
		seq_printf(m, "other dirty=%llu\n",
			   (u64)unrecorded << PAGE_SHIFT);
	kvfree(entries);
	return 0;
}

static ssize_t memcg_dirty_flush_write(struct kernfs_open_file *of, char *buf,
				       size_t nbytes, loff_t off)
{
	struct memcg_dirty_flush_request req;
	int err;

	if (memcg_dirty_has_nul(buf, nbytes))
		return -EINVAL;
	err = memcg_dirty_parse_flush(buf, &req);
	if (err)
		return err;

	err = memcg_dirty_flush(mem_cgroup_from_css(of_css(of)), &req);
	return err ?: nbytes;
}

static int memcg_dirty_kick_policy_show(struct seq_file *m, void *v)
{
	char *buf = kmalloc(PAGE_SIZE, GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	memcg_kick_show(mem_cgroup_from_css(seq_css(m)), buf, PAGE_SIZE);
	seq_puts(m, buf);
	kfree(buf);
	return 0;
}

static ssize_t memcg_dirty_kick_policy_write(struct kernfs_open_file *of,
					     char *buf, size_t nbytes,
					     loff_t off)
{
	char *name;
	int err;

	if (memcg_dirty_has_nul(buf, nbytes))
		return -EINVAL;
	name = strim(buf);
	err = memcg_kick_choose(mem_cgroup_from_css(of_css(of)),
				strcmp(name, "inherit") ? name : NULL,
				THIS_MODULE,
				file_ns_capable(of->file, &init_user_ns,
						CAP_SYS_ADMIN));
	return err ?: nbytes;
}

struct cftype memcg_dirty_files[] = {
	{
		.name = "dirty_limit_in_bytes",
		.private = MEMCG_DIRTY_LIMIT,
		.seq_show = memcg_dirty_bytes_show,
		.write = memcg_dirty_bytes_write,
	},
	{
		.name = "dirty_background_limit_in_bytes",
		.private = MEMCG_DIRTY_BACKGROUND,
		.seq_show = memcg_dirty_bytes_show,
		.write = memcg_dirty_bytes_write,
	},
	{
		.name = "dirty_min",
		.flags = CFTYPE_NOT_ON_ROOT,
		.private = MEMCG_DIRTY_MIN,
		.seq_show = memcg_dirty_bytes_show,
		.write = memcg_dirty_bytes_write,
	},
	{
		.name = "dirty_ratio",
		.private = MEMCG_DIRTY_LIMIT,
		.seq_show = memcg_dirty_ratio_show,
		.write = memcg_dirty_ratio_write,
	},
	{
		.name = "dirty_background_ratio",
		.private = MEMCG_DIRTY_BACKGROUND,
		.seq_show = memcg_dirty_ratio_show,
		.write = memcg_dirty_ratio_write,
	},
	{
		.name = "dirty_stat",
		.seq_show = memcg_dirty_stat_show,
	},
	{
		.name = "dirty_events",
		.flags = CFTYPE_NOT_ON_ROOT,
		.file_offset = offsetof(struct mem_cgroup, dirty_events_file),
		.seq_show = memcg_dirty_events_show,
	},
	{
		.name = "dirty_flush",
		.flags = CFTYPE_NS_DELEGATABLE,
		.write = memcg_dirty_flush_write,
	},
	{
		.name = "dirty_kick_policy",
		.flags = CFTYPE_NOT_ON_ROOT,
		.seq_show = memcg_dirty_kick_policy_show,
		.write = memcg_dirty_kick_policy_write,
	},
	{
		.name = "dirty_foreign",
		.seq_show = memcg_dirty_foreign_show,
	},
	{ }	/* terminate */
};
