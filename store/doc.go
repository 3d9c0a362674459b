// Package store keeps everything in one SQLite file: sites, revisions, decisions,
// labels, policies.
//
// One goroutine, the writer, makes all changes. Operations that wait for it are
// committed together (group commit, at most maxBatch at a time with a share of what was
// judged, waiting for more only while others run, 2 ms at the most), and each caller is
// answered only when its operation is synced to disk. A failed operation of one caller fails alone if it broke a constraint of
// the schema; any other error abandons the whole batch, nothing of which remains,
// and all its callers get models.ErrUnavailable. After an error of the disk itself
// the process must end, because only recovery from the log is right then
// (Options.Fatal is told); a full disk is waited out.
//
// Readers use connections of their own, read-only, in short queries by key.
//
// Order is seq, one sequence over everything that happens. The database has a
// random epoch that a restore renews; cursors and decision ids contain it.
package store
