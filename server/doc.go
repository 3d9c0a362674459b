// Package server is the ground that winnow's HTTP interface stands on: listening
// and stopping, finding the handler for a path, middleware, health and metrics.
//
//	router := server.NewRouter(
//		server.Mount{Prefix: "/v1/", Handler: intake},
//		server.Mount{Prefix: "/healthz", Handler: server.Health()},
//		server.Mount{Prefix: "/readyz", Handler: server.Ready(ready)},
//		server.Mount{Prefix: "/", Handler: page})
//	middleware, err := server.NewMiddleware(registry, logger)
//	srv := server.New(server.Options{Addr: ":8080", Handler: middleware.Wrap(router), Logger: logger})
//	if err := srv.Listen(); err != nil { ... }
//	go srv.Serve()
//	defer srv.Shutdown(ctx)
//
// What this package answers itself is a problem (RFC 9457), under every path. Only
// what net/http refuses before there is a request to hand on (a malformed request
// line, header fields beyond 32 KiB) is answered in its plain text.
//
// Reading a request and writing its answer may take 30 seconds each. A handler that
// needs longer, such as a long poll, moves the write deadline by
// http.ResponseController.
package server
