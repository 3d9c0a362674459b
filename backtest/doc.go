// Package backtest replays stored decisions under another policy: each comment with its
// score and the facts as they were then. It changes nothing, and the policy that was
// running changes nothing in it.
//
//	result, err := backtest.Run(ctx, backtest.Options{Rules: set, History: store, ...})
//
// The history is read in ranges of seq, each one short query, the newest first, and
// several at once.
package backtest
