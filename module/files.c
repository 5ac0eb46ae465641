// SPDX-License-Identifier: GPL-2.0
/*
 * Files of the module. main.c says what they mean.
 *
 * kernfs holds an active reference on the file while a handler runs: the css
 * stays allocated, and removing the files, which unloading the module does,
 * waits for the handlers. Whoever waits holds cgroup_mutex, so no handler may
 * take it.
 */

#include <linux/cgroup.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "compat.h"
#include <linux/memcg_dirty.h>

#include "files.h"
#include "parse.h"

/* The root's limits are the system's, which vm.dirty_* sets. */
static bool memcg_dirty_is_root(struct cgroup_subsys_state *css)
{
	return !css->parent;
}

static int memcg_dirty_bytes_show(struct seq_file *m,
				  enum memcg_dirty_limit which)
{
	struct cgroup_subsys_state *css = seq_css(m);
	u64 bytes;

	if (memcg_dirty_is_root(css))
		bytes = memcg_dirty_system_bytes(which);
	else
		bytes = (u64)memcg_dirty_get_limit(mem_cgroup_from_css(css),
						   which) << PAGE_SHIFT;

	seq_printf(m, "%llu\n", bytes);
	return 0;
}

static ssize_t memcg_dirty_bytes_write(struct kernfs_open_file *of,
				       const char *buf, size_t nbytes,
				       enum memcg_dirty_limit which)
{
	struct cgroup_subsys_state *css = of_css(of);
	unsigned long pages;
	int err;

	if (memcg_dirty_is_root(css))
		return -EINVAL;

	err = memcg_dirty_parse_bytes(buf, &pages);
	if (err)
		return err;

	err = memcg_dirty_set_limit(mem_cgroup_from_css(css), which, pages);
	return err ?: nbytes;
}

static int memcg_dirty_limit_in_bytes_show(struct seq_file *m, void *v)
{
	return memcg_dirty_bytes_show(m, MEMCG_DIRTY_LIMIT);
}

static ssize_t memcg_dirty_limit_in_bytes_write(struct kernfs_open_file *of,
						char *buf, size_t nbytes,
						loff_t off)
{
	return memcg_dirty_bytes_write(of, buf, nbytes, MEMCG_DIRTY_LIMIT);
}

static int memcg_dirty_background_limit_in_bytes_show(struct seq_file *m,
						      void *v)
{
	return memcg_dirty_bytes_show(m, MEMCG_DIRTY_BACKGROUND);
}

static ssize_t
memcg_dirty_background_limit_in_bytes_write(struct kernfs_open_file *of,
					    char *buf, size_t nbytes,
					    loff_t off)
{
	return memcg_dirty_bytes_write(of, buf, nbytes, MEMCG_DIRTY_BACKGROUND);
}

static int memcg_dirty_stat_show(struct seq_file *m, void *v)
{
	struct memcg_dirty_stat stat;

	memcg_dirty_get_stat(mem_cgroup_from_css(seq_css(m)), &stat);
	seq_printf(m, "dirty %llu\n", (u64)stat.dirty << PAGE_SHIFT);
	seq_printf(m, "writeback %llu\n", (u64)stat.writeback << PAGE_SHIFT);
	seq_printf(m, "foreign_dirty %llu\n", (u64)stat.foreign << PAGE_SHIFT);
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

/* What no record is kept of, or no device, has a line without either. */
static int memcg_dirty_foreign_show(struct seq_file *m, void *v)
{
	struct memcg_foreign_entry *entries, *e;
	unsigned long other = 0;
	char name[64];
	int nr;

	entries = memcg_dirty_read_foreign(mem_cgroup_from_css(seq_css(m)), &nr);
	if (!entries)
		return -ENOMEM;

	for (e = entries; e < entries + nr; e++) {
		if (!e->bdi_id ||
		    memcg_dirty_bdi_name(e->bdi_id, name, sizeof(name))) {
			other += e->dirty;
			continue;
		}
		seq_printf(m, "%s owner=%llu dirty=%llu age_ms=%u\n", name,
			   e->owner, (u64)e->dirty << PAGE_SHIFT,
			   jiffies_to_msecs(jiffies - e->since));
	}
	if (other)
		seq_printf(m, "other dirty=%llu\n", (u64)other << PAGE_SHIFT);
	kvfree(entries);
	return 0;
}

struct cftype memcg_dirty_files[] = {
	{
		.name = "dirty_limit_in_bytes",
		.seq_show = memcg_dirty_limit_in_bytes_show,
		.write = memcg_dirty_limit_in_bytes_write,
	},
	{
		.name = "dirty_background_limit_in_bytes",
		.seq_show = memcg_dirty_background_limit_in_bytes_show,
		.write = memcg_dirty_background_limit_in_bytes_write,
	},
	{
		.name = "dirty_stat",
		.seq_show = memcg_dirty_stat_show,
	},
	{
		.name = "dirty_foreign",
		.seq_show = memcg_dirty_foreign_show,
	},
	{ }	/* terminate */
};
