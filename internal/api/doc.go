// Package api is the wire's REST face, /v1: it decodes a request, makes one
// call, and encodes the answer. The OpenAPI description at /v1/openapi.json is
// made from the same types.
//
// It holds no rule: who may do what is decided by desk and wire. Errors become
// problem details (RFC 9457) in one place. Cookies never authenticate here.
package api
