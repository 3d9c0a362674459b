// Package intake is the native door: the part of the HTTP interface by which a
// site submits comments and learns what was decided.
//
//	POST   /v1/comments             submit a comment: 202, or 200 with the decision (Prefer: wait=N)
//	POST   /v1/comments/batch       submit up to 1,000, one a line
//	GET    /v1/comments/{id}        how a comment stands, with every decision of it
//	DELETE /v1/comments/{id}        remove it, or erase it and what was learnt from it
//	POST   /v1/comments/{id}/label  the site's own admin says what it is
//	GET    /v1/decisions            the site's decisions in order, with long polling
//
// Package openapi describes them to clients, and a test holds Routes equal to it.
//
// A Handler authenticates the site by its Bearer key, or a submission by its signature,
// asks whether the site may be
// served at all before it reads the body, turns the body into a models.Comment,
// and hands it to the Store. It answers only after the store said that the comment
// is durable: an error left nothing behind, and a 2xx is never lost. A client that
// leaves ends only its own waiting.
//
// Bodies are read strictly (no doubled members, no invalid UTF-8, names in exact
// case) and gently (unknown members are ignored, null is as good as absent, values
// without sense are kept for policy to judge). Every fault of a body is reported,
// not just the first. Whatever is refused is answered with a problem.
//
// The handler reads the path as the client escaped it and does its own routing,
// so that an id may contain anything, a slash included. It must not be mounted
// behind an http.ServeMux, which would answer paths such as /v1/comments/%2E%2E
// with a redirect. It sets Request.Pattern to the pattern that matched, for the
// metrics of whoever wraps it.
package intake
