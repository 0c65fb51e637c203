//go:build tools

// Package lint pins the linters, apart from the product's own dependencies.
package lint

import (
	_ "golang.org/x/vuln/cmd/govulncheck"
	_ "honnef.co/go/tools/cmd/staticcheck"
)
