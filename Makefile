# Everything here works in a fresh clone with Go alone. A PostgreSQL is found or started by integration/withpg: from
# DATABASE_URL, through Docker, from the programs on the machine, or as root on Debian and Ubuntu with apt-get.

GO          ?= go
PG_VERSIONS ?= 15,17,18
TIMEOUT     ?= 25m
FUZZTIME    ?= 10s
SOAKTIME    ?= 10m
RACE_COUNT  ?= 3
BENCH       ?= .
BENCH_COUNT ?= 6
BENCH_PKGS  ?= ./...
BENCH_OUT   ?= bench/results/raw-$(shell date -u +%Y%m%d-%H%M%S).txt
DEMO_ARGS   ?=
SERVER_ARGS ?=

GOLANGCI_VERSION = v2.5.0
BENCHSTAT   = golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da

WITHPG      = $(GO) run ./integration/withpg
WITHTESTBED = $(WITHPG) -versions $(PG_VERSIONS) -pgbouncer
comma := ,
# The race detector needs a C compiler. Without one the tests run all the same.
RACE   = $(if $(filter 1,$(shell $(GO) env CGO_ENABLED)),-race)
# Where golangci-lint is kept.
GOLANGCI = $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/fraiseql-wire-go/golangci-lint-$(GOLANGCI_VERSION)-$(shell $(GO) env GOVERSION)
MODULES = $(patsubst %/go.mod,%,$(shell find . -name go.mod -not -path '*/testdata/*'))
# The modules beside the library whose tests belong to it.
TESTED  = $(filter-out . ./bench/peers,$(MODULES))

# The integration tests whose name says that they read, leave, pause, bound or break off rows.
READS_ROWS = Row|Byte|Value|Result|Writer|Alloc|Memory|Budget|Chunk|Leav|Clos|Cancel|Context|Drain|Pause|Stall|Timeout|Connection|Hole|Fails|Chaos|Stress|Stream|Goroutines|Stats|Occupancy|Iterators|Simple|Soak
NOT_AGAIN  = Command|Example|Metrics|Page|Pooled|Refused|Psql$$|Schema|SSL|Login|Topology|OverTLS

.DEFAULT_GOAL := help
.PHONY: help demo demo-server test test-sockets check unit race integration soak fuzz bench bench-compare bench-peers lint fmt fmt-check vet cover tidy-check cross

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  Variables: PG_VERSIONS=$(PG_VERSIONS) FUZZTIME=$(FUZZTIME) SOAKTIME=$(SOAKTIME) DATABASE_URL=..."

demo: ## stream a million rows out of a real PostgreSQL
	$(WITHPG) -- $(GO) run ./cmd/fraiseql-wire demo $(DEMO_ARGS)

demo-server: ## serve documents of two tenants over HTTP, and print what to ask
	cd examples/server && $(GO) build -o $(CURDIR)/demo-server .
	$(WITHPG) -init examples/server/setup.sql -- sh -c 'cat examples/server/demo.txt; \
		exec ./demo-server -tokens examples/server/tokens.demo -drain-grace 0 $(SERVER_ARGS)'

# All tests run under the race detector. Under it bare sockets are read through net.Conn, so whatever reads rows runs a
# second time without it, and measures allocations. There the tag invariants does what the race detector's run does by
# itself: rows kept too long are overwritten. How a socket is read is the same whatever the server's version is, so one
# is enough, and the other tests (logins, metrics, the command, examples, poolers) would only be repeated.
test: ## run all tests, on PostgreSQL 15, 17 and 18 where Docker answers
	@test -n "$(RACE)" || echo "make: no C compiler: the tests run without the race detector" >&2
	$(WITHTESTBED) -- sh -ec '$(GO) test $(if $(RACE),-race,-tags invariants) -timeout $(TIMEOUT) ./...; \
		for module in $(TESTED); do (cd $$module && $(GO) test $(if $(RACE),-race) -timeout $(TIMEOUT) ./...); done'
	$(if $(RACE),$(MAKE) --no-print-directory test-sockets)

test-sockets: ## run the tests of whatever reads rows, without the race detector
	$(GO) test -tags invariants -timeout $(TIMEOUT) ./conn ./fuzz ./internal/... ./protocol ./stream
	$(WITHPG) -versions $(firstword $(subst $(comma), ,$(PG_VERSIONS))) -- \
		$(GO) test -tags invariants -timeout $(TIMEOUT) -run '$(READS_ROWS)' -skip '$(NOT_AGAIN)' ./integration

check: fmt-check vet lint tidy-check ## check format, vet, lint and go.mod

unit: ## run the tests that need no server
	$(GO) test -timeout $(TIMEOUT) $$($(GO) list ./... | grep -v "/integration$$")

race: ## run all tests RACE_COUNT times under the race detector
	$(WITHTESTBED) -- sh -ec 'for n in $$(seq $(RACE_COUNT)); do $(GO) test -race -count 1 -timeout $(TIMEOUT) ./...; done'

integration: ## run the tests on real servers alone
	$(WITHTESTBED) -- $(GO) test $(RACE) -count 1 -timeout $(TIMEOUT) ./integration/...

soak: ## run the long test for SOAKTIME
	FRAISEQL_SOAK_TIME=$(SOAKTIME) $(WITHPG) -- $(GO) test -tags soak -run '^TestSoak' -v -count 1 -timeout 0 ./integration

fuzz: ## fuzz every target for FUZZTIME
	@set -e; for dir in $$(grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n 1 dirname | sort -u); do \
		for target in $$($(GO) test -list '^Fuzz' $$dir | grep '^Fuzz'); do \
			echo "$$dir $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x -timeout 0 $$dir; \
		done; \
	done

bench: ## run the benchmarks into bench/results/raw-*.txt
	@mkdir -p $(dir $(BENCH_OUT)); echo "writing $(BENCH_OUT)"
	@$(WITHPG) -- $(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count $(BENCH_COUNT) -timeout 60m $(BENCH_PKGS) \
		>$(BENCH_OUT); code=$$?; cat $(BENCH_OUT); exit $$code

bench-compare: ## compare the benchmarks with revision BASE
	@test -n "$(BASE)" || { echo "usage: make bench-compare BASE=<revision>" >&2; exit 2; }
	@set -e; tree=$$(mktemp -d); trap 'git worktree remove --force "$$tree/base"; rm -rf "$$tree"' EXIT; \
	git worktree add --quiet --detach "$$tree/base" $(BASE); \
	run="$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count $(BENCH_COUNT) -timeout 60m $(BENCH_PKGS)"; \
	$(WITHPG) -- sh -ec "(cd '$$tree/base'; $$run) >'$$tree/base.txt'; $$run >'$$tree/new.txt'"; \
	$(GO) run $(BENCHSTAT) base="$$tree/base.txt" new="$$tree/new.txt"

bench-peers: ## compare with other clients, into bench/results (an hour; quicker: PEERS_ARGS="-rounds 3 -scale 0.1")
	$(WITHPG) -- sh -c 'cd bench/peers && $(GO) run ./cmd/compare $(PEERS_ARGS)'

lint: $(GOLANGCI) ## run golangci-lint over every module
	@set -e; for module in $(MODULES); do \
		(set -x; cd $$module; $(GOLANGCI) run --allow-parallel-runners --config $(CURDIR)/.golangci.yml ./...); \
	done

# Built once for each version of it and of Go: some 4 minutes of processor time.
$(GOLANGCI):
	@echo "building golangci-lint $(GOLANGCI_VERSION) into $(@D)"
	@GOBIN=$(@D)/building $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	@mv $(@D)/building/golangci-lint $@ && rmdir $(@D)/building

fmt: ## format the code
	gofmt -w .

fmt-check:
	@out=$$(gofmt -l .); test -z "$$out" || { echo "not formatted, run make fmt:" >&2; echo "$$out" >&2; exit 1; }

vet:
	@set -e; for module in $(MODULES); do (set -x; cd $$module; $(GO) vet ./...); done

cover: ## print the coverage of each package and of all
	$(WITHTESTBED) -- $(GO) test -count 1 -timeout $(TIMEOUT) -coverprofile cover.out \
		-coverpkg $$($(GO) list ./... | grep -vE '/(integration|bench|examples|fuzz)' | paste -s -d , -) ./...
	@awk '!/^mode:/ { file = $$1; sub(/:.*/, "", file); sub(/\/[^\/]*$$/, "", file); \
			package[$$1] = file; size[$$1] = $$2; if ($$3 > 0) hit[$$1] = 1 } \
		END { for (b in size) { n[package[b]] += size[b]; all += size[b]; \
				if (b in hit) { h[package[b]] += size[b]; allhit += size[b] } } \
			for (p in n) if (n[p]) printf "%5.1f%%  %s\n", 100 * h[p] / n[p], p | "sort -k 2"; \
			close("sort -k 2"); printf "%5.1f%%  total\n", 100 * allhit / all }' cover.out

tidy-check: ## check that go.mod and go.sum are what go mod tidy makes
	@set -e; for module in $(MODULES); do (set -x; cd $$module; $(GO) mod tidy -diff); done

cross: ## vet for other systems and for 32 bits
	GOOS=linux GOARCH=386 $(GO) vet ./...
	GOOS=darwin GOARCH=arm64 $(GO) vet ./...
	GOOS=windows GOARCH=amd64 $(GO) vet ./...
