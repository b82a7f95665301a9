# The workflow of this project; `make` lists it. Written for GNU Make 3.81 (macOS) and newer.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.SUFFIXES:

# The program. With another one (PGKEEL=/usr/local/bin/pgkeel, PGKEEL="docker run … pgkeel") nothing is built.
built := $(or $(CARGO_TARGET_DIR),target)/release/pgkeel
PGKEEL ?= $(built)
program := $(if $(filter-out $(built),$(PGKEEL)),,$(built))

# What a person types reaches the shell through the environment, as it was typed: `value` keeps make from reading a
# `$` in it, and "$$ARG_MSG" in a recipe keeps the shell from reading quotes and blanks. The originals are not
# exported, because make would expand them on the way.
unexport MSG REVISION REVISIONS YES
# Nor do cargo and the programs below it need to know how make was called.
unexport MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
export ARG_MSG := $(value MSG)
export ARG_REVISION := $(value REVISION)
export ARG_REVISIONS := $(value REVISIONS)
yes := $(if $(filter 1 y yes true,$(value YES)),--yes)

# `make migrate-show` without REVISION= : one line, before anything is built.
need = $(if $(strip $(value $(1))),@:,$(error usage: $(USAGE)))

# Destructive targets. pgkeel asks, since it knows which database it is and what would be lost; without a terminal
# there is nobody to ask.
ask = $(if $(yes),@:,@test -t 0 || { echo 'make $(MAKECMDGOALS): on a terminal this asks first; without one, add YES=1' >&2; exit 2; })
asking := PGKEEL_CONFIRM=true $(PGKEEL)

##@ Development database (a private server, only for this project; DB=docker: the container of docker-compose.yml)

.PHONY: db-up db-down db-status db-connect db-test db-reset

ifeq ($(DB),docker)

# The newer `docker compose`, or the older program of its own.
COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
in_db = $(COMPOSE) exec -T db
# The container knows the password: it need not show in the list of processes.
psql := sh -c 'PGPASSWORD="$$POSTGRES_PASSWORD" exec psql --username=postgres --host=127.0.0.1 "$$@"' psql

# Where the container is, for all targets of this file; with DB=docker, `make migrate-up` migrates there.
export DATABASE_HOST := 127.0.0.1
export DATABASE_PORT := $(or $(POSTGRES_PORT),5432)
export DATABASE_NAME := pgkeel_sample
export DATABASE_USER := postgres
export DATABASE_PASSWORD := $(or $(value POSTGRES_PASSWORD),keel)

db-up:
	@$(COMPOSE) up -d db
	@n=0; until $(in_db) pg_isready --quiet --host=127.0.0.1 --username=postgres; do \
		n=$$((n + 1)); \
		if [ $$n -ge 60 ]; then echo 'the container db does not get ready: $(COMPOSE) logs db' >&2; exit 1; fi; \
		sleep 1; \
	done

db-down:
	@$(COMPOSE) stop db

db-status:
	@$(COMPOSE) ps db

db-connect:
	@$(COMPOSE) exec $$(test -t 0 || echo -T) db $(psql) $(DATABASE_NAME)

db-test:
	@$(in_db) $(psql) -X -v ON_ERROR_STOP=1 -P pager=off -x -c "$$DB_TEST" $(DATABASE_NAME)

db-reset: ask-first
	@$(COMPOSE) down --volumes

else

db-up: $(program) ## Start the server (gets a PostgreSQL with pgvector first if there is none)
	@missing=$$($(PGKEEL) db programs --missing --format human) || exit; \
	if [ -n "$$missing" ]; then scripts/fetch-postgres --extensions "$$missing" >/dev/null; fi
	@$(PGKEEL) db up

db-down: $(program) ## Stop the server; its data stay
	@$(PGKEEL) db down

db-status: $(program) ## Show whether the server runs, where, and which programs it uses
	@$(PGKEEL) db status

db-connect: $(program) ## Open psql on the database
	@$(PGKEEL) db psql

db-test: $(program) ## Check the connection: server, database, pgvector
	@$(PGKEEL) db psql -- -X -v ON_ERROR_STOP=1 -P pager=off -x -c "$$DB_TEST"

db-reset: ask-first $(program) ## Stop the server and delete its data (asks; YES=1)
	@$(asking) db reset $(yes)

endif

define DB_TEST
SELECT version() AS server,
       current_database() AS database,
       coalesce((SELECT extversion FROM pg_extension WHERE extname = 'vector'),
                'not created yet; `make migrate-up` creates it') AS pgvector,
       coalesce((SELECT default_version FROM pg_available_extensions WHERE name = 'vector'),
                'none') AS "pgvector available"
endef
export DB_TEST

##@ Migrations

.PHONY: migrate-up migrate-down migrate-create migrate-status migrate-history migrate-show migrate-stamp \
	migrate-merge migrate-reset

migrate-up: $(program) ## Create what is missing and apply all pending revisions
	@$(PGKEEL) up

migrate-down: ask-first $(program) ## Go back one revision, or to REVISION= (asks; YES=1)
	@$(asking) downgrade $(yes) -- "$${ARG_REVISION:--1}"

migrate-create: USAGE = make migrate-create MSG="what it does"
migrate-create: need-msg $(program) ## Write a new revision: MSG="what it does"
	@$(PGKEEL) revision --message="$$ARG_MSG"

migrate-status: $(program) ## Show the state of the database, what is pending, the last runs
	@$(PGKEEL) status

migrate-history: $(program) ## List the revisions, newest first
	@$(PGKEEL) history

migrate-show: USAGE = make migrate-show REVISION=<revision>
migrate-show: need-revision $(program) ## Show one revision: REVISION=
	@$(PGKEEL) show -- "$$ARG_REVISION"

migrate-stamp: USAGE = make migrate-stamp REVISION=<revision>
migrate-stamp: need-revision $(program) ## Record that the database is at REVISION=, without running anything
	@$(PGKEEL) stamp -- "$$ARG_REVISION"

migrate-merge: USAGE = make migrate-merge REVISIONS="<revision> <revision>" [MSG="why"]
migrate-merge: need-revisions $(program) ## Write a revision that joins heads: REVISIONS="a b" [MSG=]
	@set -f; $(PGKEEL) merge $${ARG_MSG:+"--message=$$ARG_MSG"} -- $$ARG_REVISIONS

migrate-reset: ask-first $(program) ## Go back to base and up again: all data are lost (asks; YES=1)
	@$(asking) downgrade $(yes) -- base
	@$(PGKEEL) up

##@ The program itself

.PHONY: build check test bench install-deps docker-build

# With protoc on the PATH, the parser's build script would regenerate what it brings along.
clean_path = PATH="$$(scripts/install-build-deps --path-without-protoc)"

build: install-deps ## Build the release binary (cargo knows whether it has to)
	@$(clean_path) cargo build --release --locked

# The other targets ask cargo only when a source is newer: it takes its time to find nothing to do, and says so.
$(built): Cargo.toml Cargo.lock $(shell find src sql -type f)
	@$(install_deps)
	@$(clean_path) cargo build --release --locked
	@touch $@

docker-build: ## Build the images: pgkeel (the program alone) and pgkeel-sample (with this project's revisions)
	docker build --target tool -t pgkeel .
	docker build -t pgkeel-sample .

install-deps: ## Install what the build needs besides Rust: a C compiler, libclang
	@$(install_deps)

define install_deps
command -v cargo >/dev/null || { echo 'cargo is missing: install Rust, https://rustup.rs' >&2; exit 1; }; \
	scripts/install-build-deps
endef

check: install-deps ## Format, lints and documentation, as CI checks them
	cargo fmt --check
	$(clean_path) cargo clippy --all-targets --locked -- -D warnings
	$(clean_path) RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --document-private-items --locked

test: check ## Check, then run all tests against a throwaway PostgreSQL (TESTS= for some)
	$(clean_path) scripts/with-postgres cargo test --locked $(TESTS)

bench: $(program) ## Measure against psql, on a throwaway PostgreSQL
	@scripts/bench

##@ Help

.PHONY: help

help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "%s%s\n", (n++ ? "\n" : ""), substr($$0, 5) } \
		/^[a-z][a-z-]*:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# Not meant to be called by hand.
.PHONY: ask-first need-msg need-revision need-revisions

ask-first:
	$(ask)

need-msg:
	$(call need,MSG)

need-revision:
	$(call need,REVISION)

need-revisions:
	$(call need,REVISIONS)
