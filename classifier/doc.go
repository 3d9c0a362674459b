// Package classifier says how probable it is that a comment is spam, and why.
//
// A Model is a fold over the label log: every labelled comment is reduced to a set
// of features (words, neighbours, grams, links, author, traits), counted, and a linear
// model is trained over them online, and anew at fixed places of the log. Scoring adds
// up what the features of a comment weigh, calibrates the sum by the newest labels, and
// draws it to the base rate as far as the comment is unknown. docs/classifier.md
// explains the formulas and gives measured figures.
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
//   - Taking the newest label back restores everything exactly; counts unlearn every
//     label exactly, and weights at the next training.
//   - What is shown adds up to the score's log-odds.
//   - A score lies between 0 and 1; without usable evidence it is the base rate.
//   - Scoring never waits longer than the learning of one document.
//
// The counts live in github.com/jbrukh/bayesian, whose own verdicts are not used.
package classifier
