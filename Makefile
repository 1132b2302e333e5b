# Short names for the commands people type. Each is one line of plain Go or of .ci/run, so that nobody needs make.
.DEFAULT_GOAL := help
.PHONY: help demo test check lint build bench fuzz generate fmt

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

demo: ## try Lectern with the course that it brings along (a first build takes one to four minutes)
	CGO_ENABLED=0 go run ./cmd/lectern demo

test: ## every test that needs nothing but Go
	go test ./...

check: ## everything that CI checks: run it before you hand in a change
	.ci/run

lint: ## the linters alone, at the version that CI uses
	.ci/run lint

build: ## the static binary, ./lectern
	CGO_ENABLED=0 go build -trimpath -o lectern ./cmd/lectern

bench: ## the figures of docs/performance.md: ratios to the limit, cost of an edit, memory (LECTERN_CORPUS names the sample courses)
	go test -run='^$$' -bench=. -timeout=30m ./...

fuzz: ## a short run of every fuzz target
	.ci/run fuzz

generate: ## bring generated files up to date
	go generate ./...

fmt: ## format the Go files
	gofmt -w .
