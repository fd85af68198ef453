# SPDX-License-Identifier: GPL-2.0-or-later
KERNELDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local
DESTDIR ?=
DKMSDIR ?= /usr/src/vzlite-$(VERSION)

VERSION := $(shell sed -n 's/^\#define VZLITE_VERSION "\(.*\)"/\1/p' include/version.h)
# Paths go to the shell, and to rm -rf.
$(foreach name,PREFIX DESTDIR DKMSDIR,$(if $(word 2,$($(name))),$(error $(name) must not hold blanks: $($(name)))))
# Make goes to another directory on the way.
override DESTDIR := $(abspath $(DESTDIR))
MODULE_FILES := Kbuild dkms.conf COPYING include/version.h include/uapi/vzlite.h \
	kmod/build-id $(wildcard kmod/*.[ch] kmod/*/*.[ch])

all: userland

help:
	@echo 'make                  build the vzlite command'
	@echo 'make module           build vzlite.ko for KERNELDIR ($(KERNELDIR)); make module-clean'
	@echo 'make install          install the command (PREFIX, DESTDIR); make uninstall'
	@echo 'make dkms             have dkms build and install the module for all kernels here'
	@echo 'make dkms-install     install the module sources for dkms (DKMSDIR, DESTDIR);'
	@echo '                      make dkms-uninstall'
	@echo 'make demo             show it all in a virtual machine (HOST=1: on this host)'
	@echo 'make check            run every test; scenarios that passed with all as it is only with AGAIN=1;'
	@echo '                      each on all kernels that it can run on, with ALL=1'
	@echo 'make check-debug      run the scenarios of the module on a kernel with KASAN, lockdep, kmemleak'
	@echo 'make bench            measure the overhead, in guest instructions'
	@echo 'make style            check the style of what is here'
	@echo 'make clean            remove what was built of the command, and results'

userland:
	@$(MAKE) --no-print-directory -C userland all

module:
	$(MAKE) -C $(KERNELDIR) M=$(CURDIR) VZLITE_WERROR=1 modules

module-clean:
	$(MAKE) -C $(KERNELDIR) M=$(CURDIR) clean

install: userland
	@$(MAKE) --no-print-directory -C userland install PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)

uninstall:
	@$(MAKE) --no-print-directory -C userland uninstall PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)

dkms:
	@scripts/dkms

# What a version before had more must not stay: the build id is that of all files there.
dkms-install:
	@rm -rf $(DESTDIR)$(DKMSDIR)/kmod $(DESTDIR)$(DKMSDIR)/include
	@for file in $(MODULE_FILES); do \
		install -D -m 0644 $$file $(DESTDIR)$(DKMSDIR)/$$file || exit 1; \
	done
	@echo "installed the module's sources in $(DESTDIR)$(DKMSDIR)"

# Without its sources dkms fails on each next kernel.
dkms-uninstall:
	@if [ ! '$(DESTDIR)' ] && [ -e /var/lib/dkms/vzlite/$(VERSION) ]; then \
		echo 'dkms has it still: dkms remove vzlite/$(VERSION) --all' >&2; exit 1; \
	fi
	rm -rf $(DESTDIR)$(DKMSDIR)
	@[ '$(DESTDIR)' ] || for module in /lib/modules/*/updates/dkms/vzlite.ko*; do \
		[ ! -e "$$module" ] || \
			echo "$$module: of a build that failed later, unknown to dkms: rm it, and depmod" >&2; \
	done

check:
	@scripts/check $(if $(AGAIN),--again) $(if $(ALL),--all)

# Apart from check: the kernel is built once, and is slow.
check-debug:
	@scripts/vm images build debug
	@tests/run --on debug $(notdir $(basename $(wildcard tests/vm/module-*.sh tests/vm/view-*.sh)))

demo:
	@scripts/demo $(if $(HOST),--host)

bench:
	@scripts/bench

style:
	@scripts/style

clean:
	@$(MAKE) --no-print-directory -C userland clean
	rm -rf build

.PHONY: all help userland module module-clean install uninstall dkms dkms-install dkms-uninstall \
	check check-debug demo bench style clean
