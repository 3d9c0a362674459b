// Package server is the ground that winnow's HTTP interface stands on: listening
// and stopping, finding the handler for a path, middleware, health and metrics.
//
//	router := server.NewRouter(
//		server.Mount{Prefix: "/v1/", Handler: intake},
//		server.Mount{Prefix: "/healthz", Handler: server.Health()},
//		server.Mount{Prefix: "/readyz", Handler: server.Ready(ready)},
//		server.Mount{Prefix: "/", Handler: page})
//	middleware, err := server.NewMiddleware(registry, logger)
//	srv := server.New(server.Options{Addr: ":8080", Logger: logger})
//	if err := srv.Listen(); err != nil { ... }
//	go srv.Serve(middleware.Wrap(router))
//	defer srv.Shutdown(ctx)
//
// What this package answers itself is a problem (RFC 9457), under every path, and so is
// what net/http refuses before there is a request to hand on: one that cannot be read as
// HTTP/1.1 (400), a header beyond 32 KiB (431), a transfer coding other than chunked
// (501). What is left to net/http's own words are 505 for another version of HTTP, and 417
// without a body for an Expect header other than 100-continue. A connection whose
// header does not come in time is closed without an answer.
//
// The answer to a request whose body is long and was not read to its end goes out at
// once; what still comes of the body, up to 64 MiB for up to 5 seconds, is read and
// dropped before the connection is closed, so that clients that write everything before
// they read learn why. Who sends Expect: 100-continue is refused before the body.
//
// Reading a request and writing its answer may take 30 seconds each. A handler that
// needs longer, such as a long poll, moves the write deadline by
// http.ResponseController.
package server
