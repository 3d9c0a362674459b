// Package history reads and writes files of comment histories: what other systems
// exported or people labelled, and what winnow itself exports.
//
// Each format has a file of its own and is one entry of Formats. Its Read yields the
// entries of a file one by one, as models.HistoryEntry. An error that is a
// *models.RowError is of that row alone, and reading goes on; any other one is the
// last that is yielded. Readers hold one row in memory, whatever a file's size, and
// check what can be checked of a row by itself: lengths, encodings, types.
//
//	format, err := history.Detect(name, head)
//	for entry, err := range format.Read(file) {
//		var bad *models.RowError
//		if errors.As(err, &bad) {
//			...
//		}
//	}
package history
