// Package classifier says how probable it is that a comment is spam, and why.
//
// A Model is a fold over the label log: every labelled comment is reduced to a
// set of tokens (words, neighbouring words, link hosts, a few traits), and what
// is kept is in how many honest and in how many spam comments each token stood.
// Scoring looks those counts up, weighs each token by Robinson's formula,
// combines the strongest by Fisher's method, and turns the outcome into a
// probability that starts from the base rate and moves away from it only as far
// as the evidence carries. docs/classifier.md explains the formulas and gives
// measured figures.
//
//	m, err := classifier.New(classifier.Options{Epoch: "k3f9"})
//	err = m.Rebuild(ctx, log)        // at start: everything that was ever labelled
//	verdict := m.Score(&c)           // any number of goroutines
//	err = m.Fold(entry)              // a label was given or taken back
//
// What it promises:
//
//   - The same log gives the same scores, bit for bit on one architecture,
//     whether it was folded entry by entry or rebuilt.
//   - Taking a label back leaves the scores exactly as if it had never been given.
//   - A score lies in [0, 1]; without usable evidence it is the base rate.
//   - Scoring never waits longer than the learning of one document.
//
// The counts live in github.com/jbrukh/bayesian, whose own verdicts are not used.
package classifier
