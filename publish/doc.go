// Package publish delivers decisions to the callbacks of their sites, as signed
// Standard Webhooks messages.
//
// Each site with a callback has a lane: a goroutine that follows the site's feed from
// a stored cursor and calls the callback for every decision, at most eight calls at
// once. A decision counts as delivered when the callback answers 2xx; redirects are
// not followed and count as failures, and so does what takes more than 15 seconds.
// What failed is tried again after 1 s, 2 s, 5 s, 15 s, 1 min, 5 min, 30 min, 2, 5,
// 10, 14, 20 and 24 h, each within 10 percent, and later than that if Retry-After
// says so (up to an hour); then it is a dead letter, which an operator can put back.
// An answer of 410 stops the lane until the site is enabled again or has another
// callback.
//
// The decisions of one comment are delivered in the order of the feed: one that
// failed keeps back the newer ones of its comment and of no other. A newer one makes
// it due at once and begins its schedule anew, so that the newer one never waits in
// the middle of the older one's. Delivery is at least once; the webhook-id is the
// decision's id and the same on every try. A newer decision is called only after it
// is stored that the older one was delivered or given up, so that even a crash brings
// no older one back after a newer one; only an operator who sends it again does.
// Lanes share nothing, so that a slow or dead callback delays no other site.
//
// Little is stored: a delivery that succeeds at once writes no row, and the cursor
// moves in batches. Only what failed, or waits behind what failed, is kept on its
// own, in the commit that moves the cursor past it. A crash repeats deliveries and
// loses none.
//
// A callback where nothing is delivered any more is spared: after eight decisions in
// a row that failed at their first try, new ones are tried one at a time, with pauses
// of up to a minute, while what failed before keeps its own times.
//
// Before a connection is made, the address that the callback's name resolved to is
// checked (see guard.go), so that a callback cannot be turned against the machine or
// its network. No proxy is used.
package publish
