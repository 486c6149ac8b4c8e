// Package faultproxy is an HTTP proxy for tests that stands before a server and
// does to chosen requests what a bad network or an overloaded server does:
// cuts, stalls, slowness, errors, answers that are lost. What it does is
// decided by the test alone, request by request, never by chance.
package faultproxy
