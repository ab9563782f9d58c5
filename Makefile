# `make run` starts chapp, `make test` checks everything. Both install what they need on the first call.
# CHAPP_CACHE (default: ~/.cache/chapp) is the folder for tools and compiled dependencies.

.DEFAULT_GOAL := help
.PHONY: help run test dev tools build bench lint unit e2e screens lighthouse torture breakages clean

help: ## show this
	@sed -n 's/^\([a-z0-9]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{ printf "  make %-8s %s\n", $$1, $$2 }'

run: build ## build the release if needed, and start it
	@scripts/run.sh

test: ## format, lints, Rust tests, release build, browser tests
	@scripts/test.sh

dev: tools ## build, start, and rebuild on every change
	@bash -c 'source scripts/env.sh && exec cargo leptos watch --split'

tools: ## install the build tools, if missing
	@scripts/tools.sh

build: tools ## build the release into target/app
	@scripts/build.sh

bench: build ## measure the release build, and write docs/BENCHMARKS.md (a quarter of an hour)
	@scripts/bench.sh

lint: tools ## formatting and lints, for the server and the browser
	@scripts/lint.sh

unit: ## the Rust tests alone
	@scripts/rust-tests.sh

e2e: build ## the browser tests alone
	@scripts/e2e.sh

screens: build ## take the screenshots in docs/screens
	@CHAPP_SCREENS=1 scripts/e2e.sh --project=screens

lighthouse: build ## run Lighthouse and write docs/LIGHTHOUSE.md (some minutes; nothing else should run)
	@CHAPP_LIGHTHOUSE=1 scripts/e2e.sh --project=lighthouse

torture: ## the fault test at length: 200 kills, 250,000 messages (a quarter of an hour; Linux)
	@scripts/torture.sh

breakages: ## break the code on purpose; the fault test must notice
	@scripts/breakages.sh

clean: ## remove this clone's build; the shared cache stays
	rm -rf target end2end/node_modules end2end/test-results
