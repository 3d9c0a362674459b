package models

// Work is a revision handed out for judging.
type Work struct {
	Revision *Revision
	// Last tells that no further attempt follows: a failure now is final.
	Last bool
}

// Judgement is an automatic decision about to be stored, with the revision that
// was judged.
type Judgement struct {
	Revision *Revision
	Decision *Decision
	// Dead is why the judgement failed for good, if it did: the decision is the hold that
	// follows.
	Dead error
}

// Labelled is a label about to be stored, with the revision that was labelled and
// the decision that the label implies.
type Labelled struct {
	Revision *Revision
	Decision *Decision
	Label    Label
	Origin   Origin
	// Tokenizer is the version of the tokenizer that first learns the lesson.
	Tokenizer string
	Lesson    Lesson
}

// LabelResult is what a label came to.
type LabelResult struct {
	// Before is the decision that was in force, in the feed or not; nil if there was none.
	Before *Decision
	// Stands is the decision that is in force now: the label's, or the one before if the
	// label had been given already and that says the same.
	Stands *Decision
	// Learnt tells that the label was stored: it had not been given already.
	Learnt bool
}
