/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is found odd in a template that was made. Nothing of it is an error. */
#ifndef VZLITE_DOUBT_H
#define VZLITE_DOUBT_H

/*
 * A line for each, of template @name, whose tree is @fd: there is no init; its systemd does not know
 * cgroup v2, and does not come up; what is to be a machine's own, and would be that of all VEs.
 * No symbolic link leads out of the tree.
 */
void template_doubts(int fd, const char *name);

#endif
