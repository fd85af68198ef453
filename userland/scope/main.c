// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vzlite-scope OPERATION CTID PID [NAME=NUMBER...]: have systemd make the scope of a VE around
 * PID, with these properties, or, PID being 0, give them to the one that there is. A program of its
 * own, as only `start` needs it and then only where systemd is: libsystemd costs more to load than
 * `exec` and `status` do in all.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>

#include "error.h"
#include "scope.h"
#include "units.h"

/* systemd's own socket, as systemctl uses it: no message bus need run. */
#define ADDRESS "unix:path=/run/systemd/private"
#define MANAGER "org.freedesktop.systemd1.Manager"
#define TIMEOUT_US (30 * 1000000ULL)
/* While systemd becomes another (daemon-reexec, as with each upgrade of its) nobody listens, and who was connected
 * is so no more: how long that may last, a second or two but on a slow machine, and from one try to the next. */
#define AWAY_S 60
#define AWAY_MS 100

static int append_property(sd_bus_message *m, const char *name, const char *type,
			   const void *value)
{
	int r = sd_bus_message_open_container(m, 'r', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", name);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', type);
	if (r >= 0 && !strcmp(type, "au"))
		r = sd_bus_message_append_array(m, 'u', value, sizeof(uint32_t));
	else if (r >= 0 && !strcmp(type, "as"))
		r = sd_bus_message_append(m, "as", 1, value);
	else if (r >= 0 && *type == 's')
		r = sd_bus_message_append(m, "s", value);
	else if (r >= 0 && *type == 'b')
		r = sd_bus_message_append(m, "b", *(const int *)value);
	else if (r >= 0)
		r = sd_bus_message_append(m, "t", *(const uint64_t *)value);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* NAME=NUMBER, checked before. */
static int append_given(sd_bus_message *m, char *const *given)
{
	int r = 0;

	for (; r >= 0 && *given; given++) {
		char name[32];
		uint64_t value = 0;

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(*given, "="), *given);
		parse_u64(*given + strlen(name) + 1, UINT64_MAX, &value);
		r = append_property(m, name, "t", &value);
	}
	return r;
}

static int append_properties(sd_bus_message *m, uint32_t ctid, pid_t holder, char *const *given)
{
	const uint32_t pid = holder;
	/* Its number of tasks is the module's business. */
	const uint64_t infinity = UINT64_MAX;
	const int yes = 1;
	char description[32];
	const struct {
		const char *name, *type;
		const void *value;
	} properties[] = {
		{ "Description", "s", description },
		{ "Slice", "s", SCOPE_SLICE },
		{ "Delegate", "b", &yes },
		{ "TasksMax", "t", &infinity },
		{ "CollectMode", "s", "inactive-or-failed" },
		/* When the host goes down, `vzlite shutdown` comes before systemd's kill. */
		{ "Before", "as", "vzlite.service" },
		{ "PIDs", "au", &pid },
	};
	int r = sd_bus_message_open_container(m, 'a', "(sv)");

	snprintf(description, sizeof(description), "VE %u", ctid);
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(properties); i++)
		r = append_property(m, properties[i].name, properties[i].type, properties[i].value);
	if (r >= 0)
		r = append_given(m, given);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int new_call(sd_bus *b, const char *method, sd_bus_message **m)
{
	return sd_bus_message_new_method_call(b, m, "org.freedesktop.systemd1",
					      "/org/freedesktop/systemd1", MANAGER, method);
}

/* A scope to be made. */
struct wish {
	uint32_t ctid;
	pid_t holder;
	const char *unit;
	char *const *given;
};

/* Ask for the scope; *@reply then names the job. Negative errno. */
static int call_start(sd_bus *b, const struct wish *w, sd_bus_error *error, sd_bus_message **reply)
{
	sd_bus_message *m = NULL;
	int r = new_call(b, "StartTransientUnit", &m);

	if (r >= 0)
		r = sd_bus_message_append(m, "ss", w->unit, "fail");
	if (r >= 0)
		r = append_properties(m, w->ctid, w->holder, w->given);
	if (r >= 0)
		r = sd_bus_message_append(m, "a(sa(sv))", 0);
	if (r >= 0)
		r = sd_bus_call(b, m, TIMEOUT_US, error, reply);
	sd_bus_message_unref(m);
	return r;
}

/* As long as it runs, and the host does. Negative errno. */
static int set_properties(sd_bus *b, const struct wish *w, sd_bus_error *error)
{
	sd_bus_message *m = NULL;
	int r = new_call(b, "SetUnitProperties", &m);

	if (r >= 0)
		r = sd_bus_message_append(m, "sb", w->unit, true);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = append_given(m, w->given);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_call(b, m, TIMEOUT_US, error, NULL);
	sd_bus_message_unref(m);
	return r;
}

/* Seconds. Nobody sets this clock. */
static time_t uptime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Wait for systemd's signal @member whose argument at @format is @value; 1 when
 * it came, with *@result, if it has one, telling success. */
static int wait_signal(sd_bus *b, const char *member, const char *value, uint64_t timeout_us,
		       bool *done)
{
	time_t end = uptime() + timeout_us / 1000000 + 1;

	while (uptime() < end) {
		const char *path = NULL, *unit = NULL, *result = "done";
		sd_bus_message *m = NULL;
		bool found = false;
		uint32_t id;
		int r = sd_bus_process(b, &m);

		if (r < 0)
			return r;
		if (m && sd_bus_message_is_signal(m, MANAGER, member)) {
			if (!strcmp(member, "JobRemoved"))
				found = sd_bus_message_read(m, "uoss", &id, &path, &unit,
								&result) >= 0 &&
					!strcmp(path, value);
			else
				found = sd_bus_message_read(m, "so", &unit, &path) >= 0 &&
					!strcmp(unit, value);
		}
		if (found)
			*done = !strcmp(result, "done");
		sd_bus_message_unref(m);
		if (found)
			return 1;
		if (r == 0 && (r = sd_bus_wait(b, timeout_us)) < 0)
			return r;
	}
	return -ETIMEDOUT;
}

/* Has systemd made it, even if it could not tell us? Then our process is in it. */
static bool made(const struct wish *w)
{
	char path[32], end[72], text[4096];
	cleanup_close int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", w->holder);
	snprintf(end, sizeof(end), "/%s\n", w->unit);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	return strstr(text, end);
}

/* Negative errno. */
static int start_unit(sd_bus *b, const struct wish *w, sd_bus_error *error)
{
	sd_bus_message *reply = NULL;
	bool done = false, exists;
	const char *job;
	int r;

	for (int tries = 0; ; tries++) {
		r = call_start(b, w, error, &reply);
		exists = r < 0 && sd_bus_error_has_name(error, "org.freedesktop.systemd1.UnitExists");
		if (!exists || tries == 10 || made(w))
			break;
		/* Of the last run: systemd has not yet seen that it is empty. */
		sd_bus_error_free(error);
		r = wait_signal(b, "UnitRemoved", w->unit, 1000000, &done);
	}
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &job);
	if (r >= 0)
		r = wait_signal(b, "JobRemoved", job, TIMEOUT_US, &done);
	if (r >= 0 && !done) {
		sd_bus_error_set(error, SD_BUS_ERROR_FAILED, "systemd's job failed");
		r = -ECANCELED;
	}
	sd_bus_message_unref(reply);
	return r;
}

/* Once. Negative errno, with *@doing what failed. */
static int ask(const struct wish *w, const char **doing, sd_bus_error *error)
{
	sd_bus *b = NULL;
	int r = sd_bus_new(&b);

	*doing = "connect to systemd for";
	if (r >= 0)
		r = sd_bus_set_address(b, ADDRESS);
	if (r >= 0)
		r = sd_bus_start(b);
	if (r >= 0) {
		*doing = w->holder ? "make" : "change";
		r = w->holder ? start_unit(b, w, error) : set_properties(b, w, error);
	}
	sd_bus_unref(b);
	return r;
}

/* Of one that is becoming another. */
static bool is_away(int r)
{
	return r == -ENOENT || r == -ECONNREFUSED || r == -ECONNRESET || r == -ENOTCONN || r == -EPIPE;
}

static int run(struct wish *w)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	time_t end = uptime() + AWAY_S;
	const char *doing;
	char unit[64];
	int r, status = 0;

	snprintf(unit, sizeof(unit), "vzlite-%u.scope", w->ctid);
	w->unit = unit;
	while ((r = ask(w, &doing, &error)) < 0 && is_away(r) && !made(w) && uptime() < end) {
		sd_bus_error_free(&error);
		poll(NULL, 0, AWAY_MS);
	}
	/* What was made nobody may have told. */
	if (r < 0 && (r == -ECANCELED || !made(w)))
		status = fail(EXIT_SYSTEM, "%s %u: %s %s: %s", operation, w->ctid, doing, unit,
			      error.message ? error.message : strerror(-r));
	sd_bus_error_free(&error);
	return status;
}

static bool are_properties(char *const *given)
{
	uint64_t value;

	for (; *given; given++) {
		const char *sign = strchr(*given, '=');

		if (!sign || sign == *given || !parse_u64(sign + 1, UINT64_MAX, &value))
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct wish w = { .given = argv + 4 };
	uint64_t pid;

	if (argc < 4 || !parse_ctid(argv[2], &w.ctid) || !parse_u64(argv[3], INT32_MAX, &pid) ||
	    !are_properties(w.given))
		return fail(EXIT_BAD_OPTION, "vzlite-scope: run by vzlite, not by hand");
	operation = argv[1];
	w.holder = pid;
	return run(&w);
}
