// Package events tells those who wait inside the process that decisions were made.
//
// A Hub has two kinds of listener. Watch gives the decisions of one comment, for a
// caller who waits for an answer; Follow signals that a site's feed has grown, for
// a long poll that then reads the feed itself. Whoever makes decisions calls
// Publish once they are durable:
//
//	decided, stop := hub.Watch(site.ID, comment.ID) // before submitting: none is missed
//	defer stop()
//
// Publish never blocks: a slow watcher loses its oldest decisions, never its
// newest, and signals to followers merge. With nobody listening it costs two
// atomic loads, however many decisions there are. Nothing here is durable; what
// must not be lost is read from the store.
//
// A Board is the same for moderators who have a page open: what was decided or removed,
// at the sites that each may see, and who is looking at which comment.
package events
