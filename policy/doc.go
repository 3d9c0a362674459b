// Package policy judges comments by rules that an operator writes in a YAML file:
// what a form must contain, how many links are too many, which words and senders
// are unwelcome.
//
//	set, err := policy.Parse("policy.yaml", src)
//	if err != nil {
//		return err // an Errors: every fault of the file, with line and column
//	}
//	findings := set.Evaluate(&c)
//
// Parse is strict. An unknown key, a value of the wrong type, an address range
// that cannot match, each is an error that says where it stands and, for a
// misspelt name, which name is nearest. All errors of a file are reported at
// once, and nothing of a file with an error is used.
//
// What a Set promises:
//
//   - Evaluate is a pure function of the case. It reads no clock, no network and
//     no state: an entry that ends on a date ends by the time at which the
//     revision was received. The same file and the same case give the same
//     findings, so a stored decision can be explained and a changed file can be
//     tried on old comments.
//   - What is not known never counts against anybody: facts that were not
//     gathered, addresses that were anonymised.
//   - Findings stand in the order of the file; a rule that found nothing gives
//     none. Which finding decides is not policy's business.
//   - A Set never changes and may be used by any number of goroutines.
//
// Every rule is a type of its own with one method, in a file of its own name, and
// has one row in the table of kinds. docs/policy.md is the operator's manual.
package policy
