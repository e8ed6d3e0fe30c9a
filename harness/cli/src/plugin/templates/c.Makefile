# make           builds the plugin
# make check     holds it to the rules of the contract
# make bench     compares it with EM

CFLAGS = -std=c99 -O2 -Wall -Wextra -Wpedantic -fPIC -fvisibility=hidden
HARNESS = harness
ifeq ($(shell uname),Darwin)
LIBRARY = lib@NAME@.dylib
else
LIBRARY = lib@NAME@.so
endif

$(LIBRARY): @NAME@.c harness_plugin.h
	$(CC) $(CFLAGS) -shared @NAME@.c -lm -o $@

check: $(LIBRARY)
	$(HARNESS) plugin check $(LIBRARY)

bench: $(LIBRARY)
	$(HARNESS) bench benchmark.yaml --plugin $(LIBRARY)

clean:
	rm -f $(LIBRARY)

.PHONY: check bench clean
