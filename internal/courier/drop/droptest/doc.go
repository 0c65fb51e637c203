// Package droptest runs the servers that outlets have: OpenSSH, ProFTPD and
// Versity's S3 gateway, on the loopback interface, with accounts of their own,
// for the tests of file drops and of a whole wire. Where one is not installed the
// test is skipped, or fails if WIREROOM_JUDGES=required.
//
// It knows nothing of how files are brought. No part of the product imports it.
package droptest
