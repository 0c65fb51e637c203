// Package libcrypto signs with RSA through the system's OpenSSL, which does so
// three to four times as fast as Go's own library: DKIM signatures are most of
// what a wire with RSA keys and no relay that signs costs.
//
// It is only in binaries built with the tag libcrypto, which need OpenSSL 3 at
// run time; in others, and where the library is missing, keys sign as they
// always do. It never makes or stores keys, and signs nothing but SHA-256 digests
// by PKCS #1 v1.5.
package libcrypto
