// Package problem writes errors as RFC 9457 problem details, the one form in
// which winnow's HTTP interface says that something went wrong.
//
// Every problem is of a Kind, which fixes its type URI, status and title; the
// kinds are one table, and docs/problems.md describes each. Make one with New,
// add what a client may act on (field errors, extension members, headers), and
// Write it:
//
//	p := problem.New(problem.Invalid, "2 fields are wrong")
//	p.Errors = []problem.FieldError{{Pointer: "/author/email", Detail: "must be a string, not a number"}}
//	problem.Write(w, p)
//
// A Problem is an error, so that it can be returned and printed like one. It is
// not synchronised: it belongs to the request it answers.
package problem
