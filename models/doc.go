// Package models holds the words that every part of winnow shares: the comment
// that a site submits, its revisions, the findings of rules, the verdict of the
// classifier, the decision that follows, the labels that training learns from,
// and the kinds of error that cross package borders.
//
// It is plain data with validation and no I/O, and it imports nothing of
// winnow's. The other packages know models and not each other; what they need of
// one another they declare as small interfaces over these types.
//
// Values of these types are not synchronised. A Revision that was handed to the
// queue, and a Decision that was committed, are never changed again and may be
// read by any number of goroutines.
package models
