# SPDX-License-Identifier: GPL-3.0-or-later
# lxkit. One non-recursive Makefile; GNU make.
#
#   make                     the four programs, in build/
#   make check               every test on this machine
#   make bench               ratios to peers and to the floor (scripts/bench)
#   make fuzz                the fuzz targets, in build/fuzz (clang)
#   make install             DESTDIR= PREFIX=/usr/local
#   make CC=clang SAN=address,undefined B=build-asan DEVELOPER=1
#
# B is the build directory; DEVELOPER=1 makes warnings errors; V=1 shows the commands.

VERSION := 0.1.0

ifneq ($(V),1)
quiet = @echo '  $(1) $@';
endif

B      ?= build
PREFIX ?= /usr/local
CFLAGS ?= -O2 -g
ifeq ($(origin CC),default)
CC := gcc
endif
PKG_CONFIG ?= pkg-config

datadir := $(PREFIX)/share/lxkit
bindir  := $(PREFIX)/bin
mandir  := $(PREFIX)/share/man
completion_dirs := bash-completion/completions zsh/site-functions fish/vendor_completions.d

folders  := core fetch image vhdx install
programs := $(notdir $(patsubst %.c,%,$(foreach f,$(folders),$(wildcard $(f)/lx$(f).c))))
packages := libarchive ext2fs com_err libisal libzstd libcurl libcrypto librnp jansson yaml-0.1 libntfs-3g fuse3 hivex

warnings := -Wall -Wextra -Wshadow -Wvla -Wundef -Wwrite-strings -Wstrict-prototypes \
            -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual \
            -Wimplicit-fallthrough -Wformat=2 -Wconversion -Wno-sign-conversion
ifeq ($(DEVELOPER),1)
warnings += -Werror
endif
ifneq ($(SAN),)
sanitize := -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

ifneq ($(MAKECMDGOALS),clean)
package_cflags := $(shell $(PKG_CONFIG) --cflags $(packages))
package_libs   := $(shell $(PKG_CONFIG) --libs $(packages))
ifeq ($(package_libs),)
$(error missing libraries: run scripts/install-packages build)
endif
endif

cflags  = -std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -DLXKIT_VERSION='"$(VERSION)"' \
          -DLXKIT_DATADIR='"$(datadir)"' $(package_cflags) -pthread $(warnings) $(sanitize) $(CFLAGS)
ldflags = -pthread $(sanitize) $(LDFLAGS)

.PHONY: all check bench install clean print-version
all: $(programs:%=$(B)/%)

# A change of compiler or flags rebuilds everything.
flags := $(CC) $(cflags) $(ldflags)
$(B)/flags: FORCE
	@mkdir -p $(B)
	@printf '%s\n' '$(subst ','\'',$(flags))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(flags))' > $@
FORCE:

# Every folder is a library of its C files without its program, which is lxFOLDER.c and the verbs
# that have files of their own (they print: no library does).
own     = $(patsubst %.c,$(B)/%.o,$(1)/lx$(1).c $(wildcard $(1)/verb_*.c))
sources = $(filter-out $(1)/lx$(1).c $(1)/verb_%.c,$(wildcard $(1)/*.c $(1)/*/*.c))
objects = $(patsubst %.c,$(B)/%.o,$(call sources,$(1)))

define library
$(B)/lib$(1).a: $(call objects,$(1))
	@rm -f $$@
	$$(call quiet,AR)ar rcs $$@ $$^
endef
$(foreach f,$(folders),$(eval $(call library,$(f))))

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(cflags) -MMD -MP -c -o $@ $<

# The keys of manifests/keys, each held to its fingerprint, as a part of fetch.
$(B)/fetch/embedded_keys.c: scripts/embed-keys $(wildcard manifests/keys/*)
	@mkdir -p $(@D)
	$(call quiet,KEYS)scripts/embed-keys manifests/keys > $@.new && mv $@.new $@
$(B)/fetch/embedded_keys.o: $(B)/fetch/embedded_keys.c $(B)/flags
	$(call quiet,CC)$(CC) $(cflags) -MMD -MP -c -o $@ $<
$(B)/libfetch.a: $(B)/fetch/embedded_keys.o

# The init of the VM, without any library, as a part of install.
guest_objects := $(patsubst %.c,$(B)/%.o,$(wildcard install/run/guest/*.c))
guest_cflags   = -std=gnu17 -D_GNU_SOURCE -I. $(warnings) -Os -ffunction-sections
$(guest_objects): $(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(guest_cflags) -MMD -MP -c -o $@ $<
$(B)/install/run/guest/init: $(guest_objects)
	$(call quiet,LD)$(CC) -static -s -Wl,--gc-sections -o $@ $^
$(B)/install/run/vm_init.o: $(B)/install/run/guest/init
$(B)/install/run/vm_init.o: cflags += -DVM_INIT='"$(abspath $(B))/install/run/guest/init"'

archives := $(folders:%=$(B)/lib%.a)
link = $(CC) $(ldflags) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -Wl,--as-needed $(package_libs) -lunistring

# What each program may use; the layers of README.md.
$(B)/lxfetch:   $(call own,fetch) $(B)/libfetch.a $(B)/libcore.a
$(B)/lxvhdx:    $(call own,vhdx) $(B)/libvhdx.a $(B)/libcore.a
$(B)/lximage:   $(call own,image) $(B)/libimage.a $(B)/libvhdx.a $(B)/libcore.a
$(B)/lxinstall: $(call own,install) $(archives)
$(programs:%=$(B)/%):
	$(call quiet,LD)$(link)

# Unit tests: every tests/unit/*_test.c is a program. The other C files there help them.
unit_tests := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/*_test.c))
helpers := $(B)/tests/libhelpers.a
$(helpers): $(patsubst %.c,$(B)/%.o,$(filter-out %_test.c,$(wildcard tests/unit/*.c)))
	@mkdir -p $(@D) && rm -f $@
	$(call quiet,AR)ar rcs $@ $^
$(B)/tests/%_test: $(B)/tests/unit/%_test.o $(helpers) $(archives)
	@mkdir -p $(@D)
	$(call quiet,LD)$(link) -lcmocka

# Small C programs that scripts/bench and the tests run: tests/tools/NAME.c.
tools := $(patsubst tests/tools/%.c,$(B)/tools/%,$(wildcard tests/tools/*.c))
$(B)/tools/%: $(B)/tests/tools/%.o $(archives)
	@mkdir -p $(@D)
	$(call quiet,LD)$(link)
$(B)/tools/vhdx_cut: $(helpers)

# Fuzz targets: tests/fuzz/NAME_fuzz.c. NAME_replay gives it files, for the plain suite; `make fuzz`
# builds it with libFuzzer (clang) as $(B)/fuzz/NAME_fuzz, to be run as
#     build/fuzz/tar_fuzz -max_len=65536 NEW-INPUTS tests/fuzz/corpus/tar
fuzz_targets := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
replays := $(fuzz_targets:%=$(B)/tools/%_replay)
$(replays): $(B)/tools/%_replay: $(B)/tests/fuzz/%_fuzz.o $(B)/tests/fuzz/replay.o $(archives)
	@mkdir -p $(@D)
	$(call quiet,LD)$(link)
$(B)/%_fuzz: $(B)/tests/fuzz/%_fuzz.o $(archives)
	$(call quiet,LD)$(link) -fsanitize=fuzzer

.PHONY: fuzz fuzz-targets
fuzz:
	@$(MAKE) --no-print-directory fuzz-targets B='$(B)/fuzz' CC=clang CFLAGS='-O1 -g' \
	    SAN=fuzzer-no-link,address,undefined
fuzz-targets: $(fuzz_targets:%=$(B)/%_fuzz)

.PHONY: tests
tests: all $(unit_tests) $(tools) $(replays)

TESTS ?= $(unit_tests) $(wildcard tests/*.sh)
check: tests
	@B='$(abspath $(B))' CMOCKA_MESSAGE_OUTPUT=TAP prove --timer --failures --comments --merge -j2 $(PROVE) $(TESTS)

bench: all $(tools)
	@B='$(abspath $(B))' scripts/bench
	@B='$(abspath $(B))' scripts/bench-mount

install: all
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(mandir)/man1 $(DESTDIR)$(datadir)/manifests
	install -m 755 $(programs:%=$(B)/%) $(DESTDIR)$(bindir)
	install -m 644 $(foreach p,$(programs),$(p:lx%=%)/$(p).1) $(DESTDIR)$(mandir)/man1
	install -m 644 $(wildcard manifests/*.yaml) $(DESTDIR)$(datadir)/manifests
	install -d $(completion_dirs:%=$(DESTDIR)$(PREFIX)/share/%)
	for p in $(programs); do \
	    $(B)/$$p completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/$$p && \
	    $(B)/$$p completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_$$p && \
	    $(B)/$$p completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/$$p.fish || exit 1; \
	done

print-version:
	@echo $(VERSION)

clean:
	rm -rf $(B)

.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
