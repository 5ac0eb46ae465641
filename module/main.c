// SPDX-License-Identifier: GPL-2.0
/*
 * Limits on the dirty memory of a cgroup.
 *
 * Page cache that is written to is dirty until it has reached the disk. A
 * cgroup that dirties memory faster than its disk takes it makes everybody who
 * calls fsync() on that disk wait behind its pages. This module adds files to
 * the memory controller of cgroup v2 that limit how much dirty memory a cgroup
 * and its descendants may have. The limits themselves are in the kernel; the
 * module is what sets them.
 *
 * Loading the module makes these files in every cgroup that has the memory
 * controller enabled:
 *
 * memory.dirty_limit_in_bytes
 *	Dirty page cache and page cache under writeback, of the cgroup and its
 *	descendants together, do not exceed this. Writers are slowed down as
 *	they get near it. 0, the default, is no limit.
 *
 * memory.dirty_background_limit_in_bytes
 *	From here on the flusher cleans the cgroup's pages, while its writers
 *	run on. 0, the default, is half of the limit. Half of the limit is also
 *	what counts while this is not below the limit. Without a limit it
 *	starts the flusher and slows nobody down.
 *
 * memory.dirty_ratio, memory.dirty_background_ratio
 *	The same as per cent of what the cgroup could have dirty. Writing one
 *	of bytes and ratio clears the other.
 *
 * memory.dirty_min
 *	While the cgroup has less than this dirty, its writers are not slowed
 *	down by ancestors' limits or the system's.
 *
 * memory.dirty_stat
 *	Of the cgroup and its descendants: bytes that are dirty, under
 *	writeback, and dirty in files of others; the limits in force and the
 *	cgroups that set them; what tasks waited; what flushers were started
 *	for.
 *
 * memory.dirty_events
 *	How often limits were crossed, tasks slept and flushers were started.
 *	Changes are notified.
 *
 * memory.dirty_flush
 *	Writing an amount to it has that much dirty page cache written.
 *
 * memory.dirty_kick_policy
 *	Who is made to write when a cgroup's dirty pages should be written: because
 *	of a background limit, a lowered limit, a task that sleeps, or reclaim.
 *	policy.c has the choice. It reads as all policies with the one in force in
 *	brackets. A cgroup follows the nearest ancestor for which one was chosen,
 *	and again after "inherit" was written; above all of them is the parameter
 *	kick_policy of the module. "foreign" and "global" make others write as well
 *	and need CAP_SYS_ADMIN. What was written with RWF_DONTCACHE has flushers
 *	started as well, in kernels that do so; the parameter dontcache_batch has
 *	them wait until that many bytes of it are dirty.
 *
 * memory.dirty_foreign
 *	In whose files: a line for each device and cgroup whose writeback they
 *	are up to, "MAJ:MIN owner=<cgroup id> dirty=<bytes> age_ms=<since the
 *	first of them got dirty>". The id is the inode number of the cgroup's
 *	directory. Of a cgroup that was removed, the nearest ancestor is the
 *	owner. "other dirty=<bytes>" are pages of owners beyond the 128 that a
 *	cgroup remembers.
 *
 * A ratio is 0 to 100 in decimal, and anything else EINVAL.
 *
 * Any other value is bytes in decimal, with K, M, G, T, P or E (either case, powers of
 * 1024) behind it if wanted. It is rounded down to whole pages and reads back
 * as decimal bytes. "max" is written to lift a limit, as 0 is, and reads back
 * as 0. Less than two pages and anything that is not such a value is EINVAL;
 * more than 2^32 - 1 pages is ERANGE; after an error the old value stands. A
 * value takes effect as soon as it is written.
 *
 * The limits are hierarchical: those of every ancestor apply too, and so do
 * vm.dirty_bytes and vm.dirty_ratio of the system. Of these the one that
 * is closest to being reached counts. A cgroup cannot get more than its
 * ancestors leave it by setting a larger limit.
 *
 * The root cgroup's limits show vm.dirty_bytes, vm.dirty_background_bytes,
 * vm.dirty_ratio and vm.dirty_background_ratio, and refuse writes with EINVAL.
 *
 * What limit to choose: a limit divided by the speed of the disk is how long an
 * fsync() beside a busy writer may have to wait. 16 MiB on a disk that writes
 * 40 MiB/s is 0.4 s. Below 4 MiB the writer may no longer keep the disk busy.
 *
 *	# insmod memcg_dirty.ko
 *	# echo 16M > /sys/fs/cgroup/backup/memory.dirty_limit_in_bytes
 *
 * Unloading the module removes the files and lifts every limit. Writers that
 * are being slowed down at that moment run on.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/limits.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "compat.h"
#include <linux/memcg_dirty.h>

#include "files.h"
#include "parse.h"
#include "policy.h"

/* Until the policies are there it is a name, and looked up then. */
static char memcg_dirty_kick_policy[32] = "targeted";
static bool memcg_dirty_has_policies;

static int memcg_dirty_set_kick_policy(const char *val,
				       const struct kernel_param *kp)
{
	char name[sizeof(memcg_dirty_kick_policy)];

	if (strscpy(name, skip_spaces(val), sizeof(name)) < 0)
		return -EINVAL;
	strim(name);
	if (memcg_dirty_has_policies)
		return memcg_kick_set_default(name);
	strscpy(memcg_dirty_kick_policy, name);
	return 0;
}

static int memcg_dirty_get_kick_policy(char *buf, const struct kernel_param *kp)
{
	return memcg_kick_show(NULL, buf, PAGE_SIZE);
}

static const struct kernel_param_ops memcg_dirty_kick_policy_ops = {
	.set = memcg_dirty_set_kick_policy,
	.get = memcg_dirty_get_kick_policy,
};
module_param_cb(kick_policy, &memcg_dirty_kick_policy_ops, NULL, 0644);
MODULE_PARM_DESC(kick_policy, "memory.dirty_kick_policy of cgroups for which none is chosen (targeted)");

#ifdef MEMCG_DIRTY_HAS_DONTCACHE
static int memcg_dirty_set_batch(const char *val, const struct kernel_param *kp)
{
	unsigned long pages;
	int err;

	err = memcg_dirty_parse_amount(val, &pages);
	if (!err)
		memcg_dirty_set_dontcache_batch(pages);
	return err;
}

static int memcg_dirty_get_batch(char *buf, const struct kernel_param *kp)
{
	unsigned long pages = memcg_dirty_get_dontcache_batch();

	if (pages == ULONG_MAX)
		return sysfs_emit(buf, "max\n");
	return sysfs_emit(buf, "%llu\n", (u64)pages << PAGE_SHIFT);
}

static const struct kernel_param_ops memcg_dirty_batch_ops = {
	.set = memcg_dirty_set_batch,
	.get = memcg_dirty_get_batch,
};
module_param_cb(dontcache_batch, &memcg_dirty_batch_ops, NULL, 0644);
MODULE_PARM_DESC(dontcache_batch, "bytes written with RWF_DONTCACHE that a cgroup has dirty on a device before its flusher is started for them (0: none)");
#endif

static int __init memcg_dirty_init(void)
{
	int err;

	if (mem_cgroup_disabled()) {
		pr_err("the memory controller is disabled (cgroup_disable=memory)\n");
		return -ENODEV;
	}

	err = memcg_dirty_register_policies();
	if (err) {
		pr_err("cannot register the kick policies: %pe\n", ERR_PTR(err));
		return err;
	}
	kernel_param_lock(THIS_MODULE);
	err = memcg_kick_set_default(memcg_dirty_kick_policy);
	memcg_dirty_has_policies = !err;
	kernel_param_unlock(THIS_MODULE);
	if (err) {
		pr_err("there is no kick policy '%s'\n", memcg_dirty_kick_policy);
		goto unregister;
	}

	err = memcg_dirty_register(memcg_dirty_files);
	if (err) {
		pr_err("cannot add the files to the memory controller: %pe\n",
		       ERR_PTR(err));
		goto unregister;
	}

	pr_info("loaded; memory.dirty_limit_in_bytes and memory.dirty_background_limit_in_bytes limit the dirty memory of a cgroup\n");
	return 0;

unregister:
	memcg_dirty_unregister_policies();
	return err;
}

static void __exit memcg_dirty_exit(void)
{
	memcg_dirty_unregister(memcg_dirty_files);
	memcg_dirty_unregister_policies();
	pr_info("unloaded; all limits are lifted\n");
}

module_init(memcg_dirty_init);
module_exit(memcg_dirty_exit);

MEMCG_DIRTY_IMPORT_NS();
MODULE_AUTHOR("memcg-dirty maintainers");
MODULE_DESCRIPTION("Limits on the dirty memory of a cgroup");
MODULE_LICENSE("GPL");
