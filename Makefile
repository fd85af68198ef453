# SPDX-License-Identifier: GPL-2.0-or-later
KERNELDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local
DESTDIR ?=
DKMSDIR ?= /usr/src/vzlite-$(VERSION)

VERSION := $(shell sed -n 's/^\#define VZLITE_VERSION "\(.*\)"/\1/p' include/version.h)
MODULE_FILES := Kbuild dkms.conf COPYING include/version.h include/uapi/vzlite.h \
	$(wildcard kmod/*.[ch] kmod/*/*.[ch])

all: userland

help:
	@echo 'make                  build the vzlite command'
	@echo 'make module           build vzlite.ko for KERNELDIR ($(KERNELDIR))'
	@echo 'make install          install the command (PREFIX, DESTDIR)'
	@echo 'make dkms-install     install the module sources for dkms (DKMSDIR, DESTDIR)'
	@echo 'make demo             show it all in a virtual machine (HOST=1: on this host)'
	@echo 'make check            run every test'
	@echo 'make check-debug      run the scenarios of the module on a kernel with KASAN, lockdep, kmemleak'
	@echo 'make bench            measure the overhead, in guest instructions'
	@echo 'make style            check the style of what is here'

userland:
	@$(MAKE) --no-print-directory -C userland all

module:
	$(MAKE) -C $(KERNELDIR) M=$(CURDIR) modules

module-clean:
	$(MAKE) -C $(KERNELDIR) M=$(CURDIR) clean

install: userland
	@$(MAKE) --no-print-directory -C userland install PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)

# Then: dkms add vzlite/VERSION && dkms install vzlite/VERSION
dkms-install:
	@for file in $(MODULE_FILES); do \
		install -D -m 0644 $$file $(DESTDIR)$(DKMSDIR)/$$file || exit 1; \
	done
	@echo "installed the module's sources in $(DESTDIR)$(DKMSDIR)"

check:
	@scripts/check

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

.PHONY: all help userland module module-clean install dkms-install check check-debug demo bench style clean
