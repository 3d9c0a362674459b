// Package openapitest holds what tests send, and what they are answered, against the
// description of the HTTP interface in package openapi.
//
//	client := &http.Client{Transport: openapitest.Transport(t, nil)}
//
// Every exchange of such a client must be as described: the path and the method, the
// status, the media type, the headers and the body of the answer, without members that
// are not described; and a request that was answered with success must be one that the
// description allows. A request that was refused may be anything, for tests send bad ones
// deliberately. Paths outside /v1 that are not described are left alone. Whoever speaks to a connection by hand uses Document.Check.
package openapitest
