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
	{ }	/* terminate */
};
