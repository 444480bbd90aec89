/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/directory/directory_rights.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "image/directory/directory_flags.h"
#include "image/entry_flags.h"

static int capabilities_get(uint64_t *out, struct error *err)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, data) < 0)
        return error_errno(err, errno, "ask for the capabilities of this process");
    *out = (uint64_t)data[1].effective << 32 | data[0].effective;
    return 0;
}

int directory_rights_get(struct directory_rights *rights, struct error *err)
{
    uint64_t capabilities = 0;
    *rights = (struct directory_rights){.user = geteuid()};
    if (capabilities_get(&capabilities, err) < 0)
        return -1;
    rights->owners = capabilities >> CAP_CHOWN & 1;
    rights->devices = capabilities >> CAP_MKNOD & 1;
    rights->capability = capabilities >> CAP_SETFCAP & 1;
    rights->trusted = capabilities >> CAP_SYS_ADMIN & 1;
    rights->hard_flags = capabilities >> CAP_LINUX_IMMUTABLE & 1;

    int n = getgroups(0, NULL);
    rights->groups = calloc((size_t)(n < 0 ? 0 : n) + 1, sizeof(*rights->groups));
    if (!rights->groups)
        return error_no_memory(err);
    n = getgroups(n, rights->groups);
    if (n < 0)
        return error_errno(err, errno, "ask for the groups of this process");
    rights->groups[n] = getegid();
    rights->n_groups = (size_t)n + 1;
    return 0;
}

void directory_rights_free(struct directory_rights *rights)
{
    free(steal(&rights->groups));
}

bool directory_rights_owner(const struct directory_rights *rights, uid_t user, gid_t group)
{
    if (rights->owners)
        return true;
    for (size_t i = 0; i < rights->n_groups; i++)
        if (rights->groups[i] == group)
            return rights->user == user;
    return false;
}

static bool begins_with(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

const char *directory_rights_xattr(const struct directory_rights *rights, enum entry_type type,
                                   const char *name)
{
    static const char root[] = "only root may set it";
    if (begins_with(name, "user."))
        return type == ENTRY_FILE || type == ENTRY_DIRECTORY
                   ? NULL
                   : "Linux allows it on files and directories alone";
    if (strcmp(name, "security.capability") == 0)
        return rights->capability ? NULL : root;
    if (strcmp(name, "security.selinux") == 0)
        return NULL; /* a matter of the policy */
    if (begins_with(name, "security.") || begins_with(name, "trusted."))
        return rights->trusted ? NULL : root;
    return NULL;
}

mode_t directory_rights_mode(enum entry_type type, mode_t mode)
{
    return type == ENTRY_DIRECTORY ? mode : mode & ~(mode_t)(S_ISUID | S_ISGID);
}

void directory_rights_examine(const struct directory_rights *rights, const struct entry *entry,
                              struct events *events)
{
    char flags[ENTRY_FLAGS_TEXT_BYTES];
    if (entry->type == ENTRY_LINK)
        return;
    if (!directory_rights_owner(rights, entry->uid, entry->gid)) {
        mode_t left = directory_rights_mode(entry->type, entry->mode);
        event_loss(events, "owner", entry->path, "owner %u:%u (only root may set it)", entry->uid,
                   entry->gid);
        if (entry->type != ENTRY_SYMLINK && left != entry->mode)
            event_loss(events, "mode", entry->path,
                       "mode %04o (it becomes %04o: set-id bits need their owner)", entry->mode,
                       left);
    }
    for (size_t i = 0; i < entry->n_xattrs; i++) {
        const char *name = entry->xattrs[i].name;
        const char *why = directory_rights_xattr(rights, entry->type, name);
        if (why)
            event_loss(events, "xattr", entry->path, "extended attribute %s (%s)", name, why);
    }
    if (entry->flags & DIRECTORY_FLAGS_HARD && !rights->hard_flags) {
        entry_flags_text(entry->flags & DIRECTORY_FLAGS_HARD, flags);
        event_loss(events, "flags", entry->path, "flags %s (only root may set them)", flags);
    }
}
