# Two commands are all a newcomer needs: make demo, make test. The rest is for
# those who build.

GO ?= go

.PHONY: demo build test dev lint vuln unit browser conformance faults bench bench-courier bench-edge bench-match bench-text bench-format bench-search fuzz clean help

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: build ## the whole wire on this machine: opens, publishes, delivers, stays up
	./bin/wireroom demo

build: ## bin/wireroom; TAGS=libcrypto signs RSA through OpenSSL 3
	$(GO) build -trimpath -tags "$(TAGS)" -o bin/wireroom ./cmd/wireroom

dev: ## serve with templates and assets from disk; pages reload when they change
	$(GO) run ./cmd/wireroom serve --dev --data wireroom-dev

test: ## everything CI runs; installs what it misses (Debian)
	./scripts/install-missing
	./scripts/check

lint: ## formatting, vet, staticcheck
	./scripts/lint

vuln: ## known vulnerabilities in what is really called
	./scripts/vuln

unit: ## the quick tests: no PostgreSQL, no browser, no fault runs
	$(GO) test -short ./...

browser: ## pages in real Chromium, with axe
	WIREROOM_BROWSER=required $(GO) test -count=1 -v ./test/browser/...

faults: ## kill -9 and power cuts
	$(GO) test -count=1 -v -timeout 30m ./test/faults/...

conformance: ## samples in, out and in again; outputs before independent judges. WIREROOM_SAMPLES=folder adds yours
	$(GO) test -count=1 -v -run "TestSamplesGoIn|TestFeedCases" ./internal/ingest
	WIREROOM_JUDGES=required $(GO) test -count=1 -v ./test/conformance/...

fuzz: ## a minute for every parser, and a summary
	./scripts/fuzz 60s

bench: ## benchmarks of the parts
	$(GO) test -run '^$$' -bench . -benchmem ./internal/...

bench-courier: ## letters, webhooks, ledger: against others and the limit; ARGS="-only mail"
	$(GO) build -C test/bench -trimpath -tags libcrypto -o ../../bin/bench ./cmd/bench
	$(GO) build -C test/bench -trimpath -tags libcrypto -o ../../bin/bench-sender ./cmd/sender
	@if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then ./scripts/with-postgres ./bin/bench $(ARGS); else ./bin/bench $(ARGS); fi

bench-edge: ## live streams and lifts: the edge, others, the limit; ARGS="-desktops 2000 -fleet 0"
	$(GO) build -C test/bench -trimpath -tags libcrypto -o ../../bin/bench ./cmd/bench
	./bin/bench -only edge,embargo $(ARGS)

bench-match: ## standing queries: the index, brute force, bleve; ARGS="-sizes 100000 -runs 3"
	$(GO) build -C test/bench -trimpath -tags libcrypto -o ../../bin/bench ./cmd/bench
	./bin/bench -only match $(ARGS)

bench-text: ## analysis of text: what is found and how fast; beside bleve's analysers and plain pairs
	$(GO) build -C test/bench -trimpath -tags libcrypto -o ../../bin/bench ./cmd/bench
	./bin/bench -only text $(ARGS)

bench-format: ## every format, written and read; beside plain libraries; ARGS="-format-seconds 0.2"
	$(GO) build -C test/bench -trimpath -tags libcrypto -o ../../bin/bench ./cmd/bench
	./bin/bench -only format $(ARGS)

bench-search: ## a million items in SQLite and PostgreSQL, searched; a quick run: ARGS="-items 20000 -peer-items 10000"
	$(GO) build -C test/bench -trimpath -tags libcrypto -o ../../bin/bench ./cmd/bench
	@if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then POSTGRES_OPTIONS="-c maintenance_work_mem=1GB -c max_wal_size=4GB" ./scripts/with-postgres ./bin/bench -only search -limit 3h $(ARGS); else ./bin/bench -only search -limit 3h $(ARGS); fi

clean: ## what was built and what the demo keeps
	rm -rf bin wireroom-demo wireroom-dev
