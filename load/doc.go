// Package load puts a running winnow under load as blogs would, and measures what
// they would see: how many comments a second it accepts and decides, how long both
// take, what it refuses, and whether it loses any.
//
// Each connection sends distinct comments, one at a time or in batches. Without a rate
// the loop is closed: a connection sends its next comment when the last one was
// answered, so that the figures are what the daemon can do. With a rate the loop is
// open: comments are due at fixed times, whether the daemon keeps up or not, and their
// latency counts from when they were due. A closed loop that meets a slow answer sends
// less and hides the wait; an open one does not (G. Tene, "How NOT to Measure Latency",
// 2013).
//
// A follower reads the site's decisions feed from the moment of the start. What was
// accepted and does not appear there is lost. After the last comment was sent, Run
// waits as long as decisions come in.
//
//	result, err := load.Run(ctx, load.Options{URL: url, Key: key, Connections: 64, Duration: 15 * time.Second})
package load
