// Package evaluation measures how well a filter tells spam from honest comments.
//
// Labelled comments are read from JSON Lines (Read), and a filter of the caller's
// making is run over them in one of three ways: trained on some and tested on others
// (Test), comment by comment in file order, each predicted before its label is learnt
// (Online), or in folds, each predicted by a filter that learnt the others (Folds).
// Each gives one Prediction for each comment, in order of the data; Measure turns them
// into figures, Suggest into cut-offs, WriteReport into an HTML page.
//
//	examples, err := evaluation.ReadFile("comments.jsonl")
//	predictions, err := evaluation.Folds(ctx, setup, examples, folds)
//	figures := evaluation.Measure(predictions)
//
// What it promises:
//
//   - A comment goes the way that the daemon sends it: Setup.Read takes the markup off,
//     Setup.Lesson makes what is learnt, all of one site, in order.
//   - A label never reaches prediction: what is scored is made from the comment alone.
//   - The same data and seed give the same predictions, bit for bit, on any number of
//     processors.
package evaluation
