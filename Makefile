# Every target is one command of scripts/src/main.ts; scripts/run.sh installs what it needs first.
# Settings stand in .env or on the command line: make up GATEWAY_PORT=9000 NAME=second

.DEFAULT_GOAL := help
.PHONY: help up down status logs restart demo import psql outbox audit smoke migrate clean check unit test chaos bench docs format

RUN := sh scripts/run.sh

help: ## list the targets
	@echo 'make TARGET [NAME=dev] [SETTING=value ...]    settings: .env.example'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile

up: ## start everything, print the addresses: in containers where a Docker engine answers; MODE=native|docker decides
	@$(RUN) up

down: ## end everything that make up has started; data stays
	@$(RUN) down

status: ## what runs: process, state, pid, port, restarts
	@$(RUN) status

logs: ## follow the logs; S=order-service follows one
	@$(RUN) logs

restart: ## restart the processes one after the other; S=order-service restarts one
	@$(RUN) restart

demo: ## place an order and show its saga step by step
	@$(RUN) demo

import: ## add and change products by a file; FILE=products.csv (or .jsonl)
	@$(RUN) import

psql: ## a database prompt; DB=orders_db, ROLE=order_service, SQL='select 1'
	@$(RUN) psql

outbox: ## look at and mend outboxes; DO=lanes (help lists all), DB=orders_db, ID=4,5, REASON='why'
	@$(RUN) outbox

audit: ## prove that stock, money, orders and sagas agree; names what does not
	@$(RUN) audit

smoke: ## try out what must work; URL=http://localhost:8000 names another gateway than the instance's
	@$(RUN) smoke

migrate: ## bring the databases to their newest tables
	@$(RUN) migrate

clean: ## make down, and remove all data of the instance
	@$(RUN) clean

check: ## types, lint, import boundaries and unit tests: everything that needs no server
	@$(RUN) check

unit: ## unit tests alone
	@$(RUN) unit

test: ## all tests, on servers of their own: unit, component, end to end
	@$(RUN) test

chaos: ## prove the promise at full size: ORDERS=1000, SEED=n, ONLY=part of a scenario's name; MODE=docker: in containers
	@$(RUN) chaos

docs: ## write what is made from the code anew: OpenAPI, errors, messages, settings
	@$(RUN) docs

bench: ## measure against references in the same run; ONLY=relay,latency chooses, QUICK=1 is short
	@$(RUN) bench

format: ## lay out the source
	@$(RUN) format
