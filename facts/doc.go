// Package facts knows, in memory, what rules may want to know of a site's recent
// comments: which earlier ones have the same or nearly the same text, how many came
// from the same address, from the same person and under the same post, and how they
// stand.
//
//	index := facts.New(facts.Options{Window: 7 * 24 * time.Hour})
//	index.Add(revision)
//	found := index.Gather(revision)
//
// What is found for a revision depends only on revisions with a smaller Seq, in
// whatever order they were added, so that judging again finds the same again. An
// Index therefore may be filled from the database, in any order, while new
// revisions come in; what is judged before it is filled knows of less.
//
// An Index is bounded: it forgets the revisions with the smallest Seq when it is
// full, and those that no window reaches any more. It keeps keys and hashes, and of
// readable things only the ids of comments.
package facts
